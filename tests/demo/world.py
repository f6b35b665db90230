"""world: the generated world: products, sellers, sites, offers, assortments, price lists,
discounts, stock and the companies that buy. What is sold is the same in every run, whatever its
size and seed; those who buy, and their own lists, come from the seed and carry the id of the run.
"""
import random

import commands
import names
from commands import MICRO

EDITION = 1         # in every SKU; to be raised when what is sold is generated differently
ORDINARY = 814      # products beside the special ones; with 170 rare pieces they are 1,000
CENT = MICRO // 100
PLENTY = 1_000_000 * MICRO
EVERYBODY = "demo-base-eur"
FAR_PAST, FAR_FUTURE = "2020-01-01T00:00:00Z", "2199-01-01T00:00:00Z"
LONG_OVER = "2021-01-01T00:00:00Z"
COIN = f"D{EDITION}-COIN-100"     # costs exactly 100.00 and knows no discount
HIDDEN_FAMILY, UNPRICED_FAMILY, SCARCE_FAMILY = "demo-internal", "demo-on-request", "demo-rare"
OVER_ONE, OVER_TWO = 3_000 * MICRO, 8_000 * MICRO   # one person, two persons must say yes
TIGHT_LIMIT, POOR_LIMIT = 1_000 * MICRO, 2_500 * MICRO


class Product:
    def __init__(self, sku, name, family, unit, cents, status="active"):
        self.sku, self.name, self.family, self.unit = sku, name, family, unit
        self.price = cents * CENT
        self.status = status
        self.offers = []        # (priority, node)
        self.tiers = []         # (from quantity, price)


class Account:
    def __init__(self, account, name, currency, kind):
        self.account, self.name, self.currency, self.kind = account, name, currency, kind
        self.limit = None       # micro; None: no limit is judged
        self.units, self.buyers = [], []    # buyers: (user, unit)
        self.approver = self.controller = None
        self.allowed = None     # families, when an assortment limits the account
        self.denied = set()     # families
        self.rules = []
        self.skus = []          # its own lists speak of these


class World:
    """Everything, and the rules of which product an account sees and from where it comes."""

    def __init__(self, seed, run, account_count, scarce_count):
        self.shop = random.Random(f"shop {EDITION}")
        self.rng = random.Random(f"{seed} world")
        self.run = run
        self.products, self.lists, self.rules, self.stock = {}, [], [], {}
        self.nodes = {}         # node -> (seller, priority)
        self.scarce = []        # SKUs with a site and a stock of their own
        self.accounts, self.assortments = [], []
        self._sellers()
        self._products()
        self._rare(max(170, scarce_count))
        self._general_lists()
        self._accounts(account_count)
        self._own_lists()
        self._discounts()

    # --- who sells what from where

    def _sellers(self):
        owner, _, sites = names.OWNER
        for place, site in enumerate(sites):
            self.nodes[f"{owner}/{site}"] = (owner, 1 + place)
        for number, (partner, _, _, sites) in enumerate(names.PARTNERS):
            for place, site in enumerate(sites):
                self.nodes[f"{partner}/{site}"] = (partner, 10 + number + 50 * place)
        self.sellers = [owner] + [p[0] for p in names.PARTNERS]

    def _products(self):
        rng = self.shop
        for n in range(ORDINARY):
            family, prefix, noun, unit, low, high = names.FAMILIES[n % len(names.FAMILIES)]
            make = names.MAKES[rng.randrange(len(names.MAKES))]
            p = self._product(f"{prefix}-{1000 + n}", f"{noun} {make} {1000 + n}", family, unit,
                              rng.randrange(low, high + 1))
            if rng.random() < 0.1:      # prices below a cent exist: spare parts, linen
                p.price += rng.randrange(1, 100) * MICRO // 10_000
            if rng.random() < 0.3:
                p.tiers = [(10 * MICRO, p.price * 95 // 100 // 100 * 100),
                           (50 * MICRO, p.price * 90 // 100 // 100 * 100)]
            self._offers(p)
        for n in range(8):
            self._offers(self._product(f"INT-{n}", f"Internal sample {n}", HIDDEN_FAMILY, "C62",
                                       5000))
        for n in range(4):
            self._offers(self._product(f"ASK-{n}", f"Made to order {n}", UNPRICED_FAMILY, "C62",
                                       0))
        for n in range(3):
            self._offers(self._product(f"OLD-{n}", f"Last year's model {n}", "demo-parts", "C62",
                                       1000, "discontinued"))
        self._offers(self._product("COIN-100", "Voucher over 100", "demo-vouchers", "C62",
                                   10_000))

    def _rare(self, count):
        """Pieces with one site and a stock of their own, which the plan sets."""
        nodes = sorted(self.nodes)
        for n in range(count):
            rng = random.Random(f"rare {EDITION} {n}")
            p = self._product(f"RAR-{n:04d}", f"Rare piece {n}", SCARCE_FAMILY, "C62",
                              rng.randrange(1_000, 9_000))
            p.offers = [(1, rng.choice(nodes))]
            self.stock[p.offers[0][1], p.sku] = 0
            self.scarce.append(p.sku)

    def _product(self, sku, *what):
        p = Product(f"D{EDITION}-{sku}", *what)
        self.products[p.sku] = p
        return p

    def _offers(self, p):
        rng = self.shop
        owner = [n for n, (seller, _) in self.nodes.items() if seller == names.OWNER[0]]
        partners = [n for n, (seller, _) in self.nodes.items() if seller != names.OWNER[0]]
        chosen = [owner[rng.randrange(len(owner))]]
        for _ in range(rng.randrange(1, 4)):
            node = partners[rng.randrange(len(partners))]
            if node not in chosen:
                chosen.append(node)
        for node in chosen:
            p.offers.append((rng.choice((5, 10, 20)), node))
            self.stock[node, p.sku] = PLENTY

    # --- who buys

    def _accounts(self, count):
        rng = self.rng
        kinds = {"tight": max(1, count // 40), "poor": max(1, count // 20),
                 "hasty": max(1, count // 40)}
        pool = [kind for kind, n in kinds.items() for _ in range(n)]
        pool += ["general"] * (count - len(pool))
        for n, kind in enumerate(pool):
            owner = names.OWNERS[n % len(names.OWNERS)]
            what = names.KINDS[n // len(names.OWNERS) % len(names.KINDS)]
            town = names.TOWNS[rng.randrange(len(names.TOWNS))]
            currency = "CHF" if kind == "general" and n % 10 == 9 else "EUR"
            slug = f"{owner}-{what}-{n}".lower()
            self._account(Account(f"{self.run}-{slug}", f"{what} {owner}, {town}", currency, kind))
        self._limit_some()

    def _account(self, a):
        rng = self.rng
        a.units = [("hq", None), ("kitchen", "hq"), ("service", "hq"), ("bar", "service")]
        first = rng.randrange(len(names.PEOPLE))
        people = [names.PEOPLE[(first + i) % len(names.PEOPLE)] for i in range(4)]
        suffix = a.account.rsplit("-", 2)[0].rsplit("-", 1)[-1]
        people = [f"{p}.{suffix}" for p in people]
        a.buyers = [(people[0], "kitchen"), (people[1], rng.choice(("hq", "service", "bar")))]
        a.approver, a.controller = people[2], people[3]
        if a.kind == "tight":
            a.limit = TIGHT_LIMIT
        elif a.kind == "poor":
            a.limit = POOR_LIMIT
        elif rng.random() < 0.5:
            a.limit = 2_000_000 * MICRO
        if a.kind == "hasty":
            a.rules = [("every-order", 0, [["approver"]], 4)]
        elif a.kind == "general":
            a.rules = [("over-3000", OVER_ONE, [["approver"]], None),
                       ("over-8000", OVER_TWO, [["approver"], ["controller"]], None)]
        self.accounts.append(a)

    def _limit_some(self):
        """Some accounts see only some families, some are denied one."""
        rng = self.rng
        families = [f[0] for f in names.FAMILIES]
        for a in self.of_kind("general"):
            chance = rng.random()
            if chance < 0.10:
                a.allowed = set(rng.sample(families, 12)) | {SCARCE_FAMILY}
                self.assortments.append((f"{a.account}-allow", a.account, "allow", a.allowed))
            elif chance < 0.25:
                a.denied = {rng.choice(families)}
                self.assortments.append((f"{a.account}-deny", a.account, "deny", a.denied))

    def of_kind(self, kind):
        return [a for a in self.accounts if a.kind == kind]

    # --- prices

    def _list(self, name, level, currency, **more):
        entry = {"id": name, "level": level, "currency": currency, "priority": 0,
                 "rounding": "half_away", "account": None, "channel": None,
                 "valid_from": "", "valid_until": "", "prices": [], **more}
        self.lists.append(entry)
        return entry

    def _general_lists(self):
        base = self._list(EVERYBODY, "base", "EUR")
        swiss = self._list("demo-base-chf", "base", "CHF", rounding="half_even")
        # Neither may win: one is over, one has not begun.
        over = self._list("demo-base-eur-2020", "base", "EUR", priority=9, valid_from=FAR_PAST,
                          valid_until=LONG_OVER)
        coming = self._list("demo-base-eur-next", "base", "EUR", priority=9, valid_from=FAR_FUTURE)
        market = self._list("demo-marketplace", "channel", "EUR", channel="marketplace")
        for p in self.products.values():
            if p.family == UNPRICED_FAMILY:
                continue
            for start, amount in [(0, p.price)] + p.tiers:
                base["prices"].append((p.sku, p.unit, amount, start))
                swiss["prices"].append((p.sku, p.unit, amount * 107 // 100 // 100 * 100, start))
            if self.shop.random() < 0.05:
                over["prices"].append((p.sku, p.unit, p.price // 2, 0))
                coming["prices"].append((p.sku, p.unit, p.price * 2, 0))
                market["prices"].append((p.sku, p.unit, p.price * 104 // 100, 0))

    def _own_lists(self):
        general = self.of_kind("general")
        for a in general[::max(1, len(general) // 20)]:
            self._own_list(a, "account", 30, (88, 99))
        for a in general[1::max(1, len(general) // 20)]:
            self._own_list(a, "contract", 10, (80, 103))

    def _own_list(self, a, level, count, per_cent):
        rng = self.rng
        mine = self._list(f"{a.account}-{level}", level, a.currency, account=a.account,
                          priority=rng.randrange(3),
                          rounding=rng.choice(("half_away", "half_even", "half_down")))
        seen = [p for p in self.products.values() if self.visible(a, p) and p.price and
                p.status == "active" and p.family not in (SCARCE_FAMILY, "demo-vouchers")]
        for p in rng.sample(seen, count):
            amount = p.price * rng.randrange(*per_cent) // 100 // 100 * 100
            mine["prices"].append((p.sku, p.unit, amount, 0))
            a.skus.append(p.sku)

    def _discounts(self):
        rng = self.rng
        families = [f[0] for f in names.FAMILIES]

        def rule(name, kind, rate, **more):
            self.rules.append({"id": name, "kind": kind, "rate": rate, "base": "running",
                               "account": None, "families": None, "currency": None,
                               "threshold": 0, "priority": 0, **more})
        rule("demo-coffee-weeks", "always", 50_000, families=["demo-beans", "demo-tea"])
        rule("demo-table-set", "always", 20_000, priority=5, base="list",
             families=["demo-cups", "demo-plates", "demo-glasses", "demo-cutlery"])
        rule("demo-basket-2000", "threshold", 30_000, currency="EUR", threshold=2_000 * MICRO,
             families=families)
        rule("demo-kitchen-900", "threshold", 15_000, currency="EUR", threshold=900 * MICRO,
             priority=5, families=["demo-pans", "demo-pots", "demo-knives", "demo-boards"])
        rule("demo-basket-chf", "threshold", 25_000, currency="CHF", threshold=2_000 * MICRO,
             families=families)
        for a in self.of_kind("general"):
            if rng.random() < 0.1:
                rule(f"{a.account}-loyal", "always", rng.choice((10_000, 25_000, 33_333)),
                     account=a.account, families=families)

    # --- what an account sees, and from where it comes

    def visible(self, account, product):
        if product is None or product.family == HIDDEN_FAMILY or \
                product.family in account.denied:
            return False
        return account.allowed is None or product.family in account.allowed

    def source(self, sku, seller=None, node=None):
        """The node that serves a line: by the offer's priority, the node's, then its id."""
        chosen = [(priority, self.nodes[n][1], n) for priority, n in self.products[sku].offers
                  if (seller is None or self.nodes[n][0] == seller) and
                  (node is None or n == node)]
        return min(chosen)[2] if chosen else None

    # --- as commands

    def catalogue_commands(self):
        """Waves: each is sent when the one before has been answered."""
        owner = {"seller": names.OWNER[0], "name": names.OWNER[1], "owner": True}
        partners = [{"seller": p[0], "name": f"{p[1]} ({p[2]})"} for p in names.PARTNERS]
        products = [{"sku": p.sku, "name": p.name, "family": p.family, "unit": p.unit,
                     "status": p.status} for p in self.products.values()]
        nodes = [{"node": n, "seller": seller, "priority": priority}
                 for n, (seller, priority) in self.nodes.items()]
        offers = [{"sku": p.sku, "node": node, "priority": priority}
                  for p in self.products.values() for priority, node in p.offers]
        hidden = [{"assortment": "demo-hidden", "effect": "deny", "families": [HIDDEN_FAMILY]}]
        own = [{"assortment": name, "account": account, "effect": effect,
                "families": sorted(families)}
               for name, account, effect, families in self.assortments]
        return [[commands.sellers([owner] + partners)] +
                [commands.products(part) for part in parts(products, 500)],
                [commands.nodes(nodes), commands.assortments(hidden + own)] +
                self.price_commands() + self.account_commands(),
                [commands.offers(part) for part in parts(offers, 1000)] + self.stock_commands()]

    def stock_commands(self):
        by_node = {}
        for (node, sku), on_hand in self.stock.items():
            by_node.setdefault(node, []).append((sku, on_hand, self.products[sku].unit))
        return [commands.stock_set(node, part) for node, items in sorted(by_node.items())
                for part in parts(items, 1000)]

    def price_commands(self):
        told = []
        for entry in self.lists:
            more = {k: entry[k] for k in ("priority", "account", "channel", "rounding",
                                          "valid_from", "valid_until") if entry[k]}
            told += [commands.price_list(entry["id"], entry["level"], part, entry["currency"],
                                         **more) for part in parts(entry["prices"], 1000)]
        rules = [{"discount": r["id"], "kind": r["kind"], "rate_ppm": r["rate"],
                  "base": r["base"], "priority": r["priority"],
                  **{k: r[k] for k in ("account", "families", "currency") if r[k]},
                  **({"threshold": commands.decimal(r["threshold"])} if r["threshold"] else {})}
                 for r in self.rules]
        return told + [commands.discounts(rules)]

    def account_commands(self):
        return [commands.account_put(
            a.account, name=a.name, currency=a.currency,
            credit_limit=commands.money(a.limit, a.currency) if a.limit is not None else None,
            credit_unlimited=True if a.limit is None else None,
            units=[{"unit": u, "name": u.title(), **({"parent": p} if p else {})}
                   for u, p in a.units],
            users=[{"user": u, "unit": unit, "roles": ["buyer"]} for u, unit in a.buyers] +
            [{"user": a.approver, "unit": "hq", "roles": ["approver"]},
             {"user": a.controller, "unit": "hq", "roles": ["controller"]}],
            rules=[{"rule": name, "over": commands.money(over, a.currency),
                    "tiers": [{"roles": roles} for roles in tiers],
                    **({"expire_seconds": seconds} if seconds else {})}
                   for name, over, tiers, seconds in a.rules],
            payment_terms=["net_30", "net_60"]) for a in self.accounts]


def parts(items, size):
    return [items[i:i + size] for i in range(0, len(items), size)]
