"""names: words of the generated world: a maker of kitchen and coffee equipment, those who sell for
it, and the companies that buy."""

OWNER = ("demo-brandt", "Brandt & Sons, kitchen and coffee equipment", ("linz", "hamburg", "lyon"))

# id, name, what they are, their sites
PARTNERS = (
    ("demo-alpen-gross", "Alpen Gross", "wholesaler", ("wels", "graz")),
    ("demo-norda", "Norda Supply", "distributor", ("kiel", "malmo")),
    ("demo-cucina-uno", "Cucina Uno", "reseller", ("milano",)),
    ("demo-gastro-west", "Gastro West", "wholesaler", ("koeln", "aachen")),
    ("demo-maison-lebrun", "Maison Lebrun", "reseller", ("dijon",)),
    ("demo-iberhostel", "Iberhostel", "distributor", ("bilbao", "porto")),
    ("demo-polkuchnia", "Pol Kuchnia", "wholesaler", ("lodz",)),
    ("demo-baltic-brew", "Baltic Brew", "reseller", ("riga",)),
    ("demo-donau-handel", "Donau Handel", "wholesaler", ("passau", "gyor")),
    ("demo-tavola", "Tavola Professionale", "reseller", ("verona",)),
    ("demo-fjord-kjokken", "Fjord Kjokken", "distributor", ("bergen",)),
    ("demo-seaport", "Seaport Catering Supply", "wholesaler", ("rotterdam", "antwerpen")),
    ("demo-alb-kaffee", "Alb Kaffee", "reseller", ("ulm",)),
    ("demo-horeca-24", "Horeca 24", "distributor", ("gent", "lille")),
    ("demo-moravia", "Moravia Gastro", "wholesaler", ("brno",)),
    ("demo-adriatica", "Adriatica", "reseller", ("rijeka",)),
    ("demo-helvetia-bar", "Helvetia Bar", "reseller", ("bern",)),
    ("demo-karpat", "Karpat Distribution", "distributor", ("kosice", "cluj")),
    ("demo-isar-profi", "Isar Profi", "reseller", ("muenchen",)),
    ("demo-green-bean", "Green Bean Trade", "wholesaler", ("bremen",)),
)

# id, prefix of the SKU, noun, unit, lowest and highest price in cents
FAMILIES = (
    ("demo-espresso", "ESP", "Espresso machine", "C62", 9900, 64900),
    ("demo-grinders", "GRD", "Coffee grinder", "C62", 6900, 38900),
    ("demo-beans", "BEN", "Coffee beans", "KGM", 890, 2690),
    ("demo-tea", "TEA", "Tea", "KGM", 1190, 5490),
    ("demo-cups", "CUP", "Cup", "C62", 190, 1290),
    ("demo-plates", "PLT", "Plate", "C62", 290, 1890),
    ("demo-glasses", "GLS", "Glass", "C62", 150, 990),
    ("demo-cutlery", "CUT", "Cutlery", "C62", 120, 890),
    ("demo-pans", "PAN", "Pan", "C62", 1990, 12900),
    ("demo-pots", "POT", "Pot", "C62", 2490, 18900),
    ("demo-knives", "KNF", "Knife", "C62", 1490, 15900),
    ("demo-boards", "BRD", "Cutting board", "C62", 990, 5900),
    ("demo-ovens", "OVN", "Oven tray", "C62", 1290, 7900),
    ("demo-cooling", "COL", "Cooling box", "C62", 4900, 29900),
    ("demo-scales", "SCL", "Scale", "C62", 2900, 17900),
    ("demo-dosing", "DOS", "Dosing pump", "C62", 690, 4900),
    ("demo-cleaning", "CLN", "Cleaner", "LTR", 390, 1990),
    ("demo-filters", "FLT", "Water filter", "C62", 1490, 8900),
    ("demo-syrups", "SYR", "Syrup", "LTR", 590, 1790),
    ("demo-linen", "LIN", "Linen", "MTR", 290, 2490),
    ("demo-aprons", "APR", "Apron", "C62", 890, 4900),
    ("demo-trays", "TRY", "Serving tray", "C62", 790, 3900),
    ("demo-lamps", "LMP", "Heat lamp", "C62", 3900, 19900),
    ("demo-carts", "CRT", "Serving cart", "C62", 9900, 49900),
    ("demo-parts", "PRT", "Spare part", "C62", 90, 2900),
)

MAKES = ("Alba", "Bosco", "Corso", "Duna", "Etna", "Fado", "Gala", "Humo", "Isola", "Juno", "Kora",
         "Lido", "Mira", "Nova", "Onda", "Perla", "Quadra", "Riva", "Sola", "Terra", "Una", "Vela")

TOWNS = ("Linz", "Graz", "Wien", "Salzburg", "Passau", "Augsburg", "Ulm", "Köln", "Bonn", "Kiel",
         "Bremen", "Gent", "Brugge", "Lille", "Reims", "Dijon", "Lyon", "Torino", "Verona",
         "Trieste", "Zagreb", "Brno", "Olomouc", "Łódź", "Gdańsk", "Riga", "Tartu", "Turku",
         "Malmö", "Bergen", "Porto", "Bilbao", "Sevilla", "Toledo")
KINDS = ("Catering", "Hotel", "Bistro", "Kaffeehaus", "Bakery", "Canteen", "Hospital", "Resort",
         "Roastery", "Brewery")
OWNERS = ("Hofmann", "Moser", "Lindqvist", "Rossi", "Nowak", "Silva", "Dubois", "Novak", "Berg",
          "Jansen", "Weber", "Marin", "Costa", "Keller", "Vidal", "Horvat", "Bauer", "Olsen")
PEOPLE = ("lena", "max", "ana", "jan", "mia", "tom", "eva", "leo", "ida", "ben", "zoe", "kai")
STREETS = ("Hafenstraße", "Marktplatz", "Rue du Port", "Via Roma", "Storgatan", "Calle Mayor")
CARRIERS = ("Gebrüder Weiss", "Post", "DB Schenker", "La Poste", "InPost")
COST_CENTRES = ("CC-100", "CC-210", "CC-410", "CC-420", None)
