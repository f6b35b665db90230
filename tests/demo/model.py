"""model: what the services must come to, computed here from the rules alone, in whole numbers:
prices, discounts, and what is left of an order when less is to be had. Nothing is shared with the
services."""
import world as made
from commands import MICRO

LEVELS = ("contract", "account", "channel", "base")
MODES = {"half_away": 0, "half_even": 1, "half_down": 2}


def rounded(numerator, denominator, mode):
    """numerator / denominator micro, not negative, to whole cents, in micro."""
    whole, rest = divmod(numerator, denominator * made.CENT)
    twice = 2 * rest - denominator * made.CENT
    if twice > 0 or twice == 0 and (mode == "half_away" or mode == "half_even" and whole % 2):
        whole += 1
    return whole * made.CENT


def spread(total, weights, step):
    """Shares that add up to the total: floors, then a step each by remainder, weight, place."""
    sign, steps = (-1, -total // step) if total < 0 else (1, total // step)
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    shares = [steps * w // whole for w in weights]
    order = sorted(range(len(weights)),
                   key=lambda i: (-(steps * weights[i] % whole), -weights[i], i))
    for i in order[:steps - sum(shares)]:
        shares[i] += 1
    return [sign * share * step for share in shares]


class Priced:
    """A line with its price."""

    def __init__(self, line, entry, amount, mode):
        self.line, self.list, self.unit_price, self.mode = line, entry["id"], amount, mode
        self.gross = self.net = 0


class Model:
    def __init__(self, world):
        self.world = world
        self.by_sku = {}        # sku -> [(list, unit, amount, start)]
        for entry in world.lists:
            for sku, unit, amount, start in entry["prices"]:
                self.by_sku.setdefault(sku, []).append((entry, unit, amount, start))
        self.rules = sorted(world.rules, key=lambda r: (-r["priority"], r["id"]))

    # --- which price

    def _candidates(self, account, channel, sku, unit, quantity):
        """The best tier of each list that speaks of this line now."""
        best = {}
        for entry, list_unit, amount, start in self.by_sku.get(sku, ()):
            if entry["currency"] != account.currency or list_unit != unit or start > quantity:
                continue
            if entry["account"] not in (None, account.account) or \
                    entry["channel"] not in (None, channel):
                continue
            if entry["valid_from"] == made.FAR_FUTURE or entry["valid_until"] == made.LONG_OVER:
                continue
            if entry["id"] not in best or best[entry["id"]][1] < start:
                best[entry["id"]] = (entry, start, amount)
        return [(entry, amount) for entry, _, amount in best.values()]

    def _winner(self, account, channel, sku, unit, quantity):
        found = self._candidates(account, channel, sku, unit, quantity)
        for level in LEVELS:
            here = [c for c in found if c[0]["level"] == level]
            if here:
                return min(here, key=lambda c: (-c[0]["priority"], c[1], c[0]["id"]))
        return None

    # --- what it costs

    def price(self, account, channel, lines):
        """(priced lines, subtotal), or None when a line has no price."""
        together = {}
        for line in lines:
            together[line["sku"]] = together.get(line["sku"], 0) + line["quantity"]
        priced = []
        for line in lines:
            won = self._winner(account, channel, line["sku"], line["unit"],
                               together[line["sku"]])
            if won is None:
                return None
            p = Priced(line, won[0], won[1], won[0]["rounding"])
            self._extend(account, p)
            priced.append(p)
        for rule in self.rules:
            if rule["kind"] == "threshold" and rule["currency"] == account.currency:
                self._threshold(rule, account, priced)
        return priced, sum(p.net for p in priced)

    def _speaks(self, rule, account, line):
        family = self.world.products[line["sku"]].family
        return rule["account"] in (None, account.account) and \
            (rule["families"] is None or family in rule["families"])

    def _extend(self, account, p):
        listed = p.unit_price * p.line["quantity"]      # in millionths of a micro
        top, bottom = listed, MICRO
        p.gross = rounded(top, bottom, p.mode)
        for rule in self.rules:
            if rule["kind"] != "always" or not self._speaks(rule, account, p.line):
                continue
            if rule["base"] == "list":
                top, bottom = top * MICRO - listed * bottom // MICRO * rule["rate"], bottom * MICRO
            else:
                top, bottom = top * (MICRO - rule["rate"]), bottom * MICRO
            top = max(0, top)
        p.net = rounded(top, bottom, p.mode)

    def _threshold(self, rule, account, priced):
        group = [p for p in priced if self._speaks(rule, account, p.line)]
        tested = sum(p.net for p in group)
        if not group or tested <= rule["threshold"]:
            return
        base = sum(p.gross for p in group) if rule["base"] == "list" else tested
        mode = min(group, key=lambda p: p.list).mode
        discount = min(rounded(base * rule["rate"], MICRO, mode), tested)
        for p, share in zip(group, spread(-discount, [p.net for p in group], made.CENT)):
            p.net += share


def shrink(amount, kept, taken):
    """What stays of an amount when `kept` of kept + taken stay."""
    return spread(amount, [kept, taken], made.CENT if amount % made.CENT == 0 else 1)[0]
