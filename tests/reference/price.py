#!/usr/bin/env python3
"""price: the pricing rules once more, from the README page alone, in Python's exact fractions.

It shares no code with the kernel. `price.py COUNT [SEED]` prints COUNT random worlds, one JSON
object a line: {"world": ..., "expected": "..."}; tests/unit/test_pricing_reference.c prices the
same worlds with the kernel and compares the texts.
"""
import json
import random
import sys
from fractions import Fraction

MICRO = 10**6
AMOUNT_MAX = 9 * 10**15
AGREED, CONTRACT, ACCOUNT, CHANNEL, BASE = range(1, 6)
PRIORITY, LOWEST = 1, 2
LINE, UNIT, ORDER = 1, 2, 3
AWAY, EVEN, UP, DOWN = 1, 2, 3, 4
ALWAYS, THRESHOLD = 1, 2
RUNNING, LIST = 1, 2
MISSING, OVERFLOW, PERCENTS = 1, 2, 3
(WINNER, INACTIVE, CURRENCY, FOREIGN_ACCOUNT, FOREIGN_CHANNEL, EARLY, LATE, WRONG_UNIT, TOO_FEW,
 LOWER_TIER, LOWER_LEVEL, BY_PRIORITY, BY_START, BY_AMOUNT, BY_ID) = range(1, 16)
R_APPLIED, R_INACTIVE, R_CURRENCY, R_ACCOUNT, R_EARLY, R_LATE, R_NO_LINE, R_BELOW, R_NEAR = \
    range(1, 10)
EXTEND, AGREED_STEP, PERCENT, ROUND, MULTIPLY, ORDER_DISCOUNT, ORDER_ROUND = range(1, 8)
EXPONENTS = {"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}


def rounded(value, digits, mode):
    """A fraction of micro to whole micro on the grid of `digits` decimals."""
    step = 10 ** (6 - digits)
    scaled = Fraction(value) / step
    floor = scaled.numerator // scaled.denominator
    rest = scaled - floor
    if rest != Fraction(1, 2):
        return (floor + (1 if rest > Fraction(1, 2) else 0)) * step
    up = {AWAY: scaled > 0, UP: True, DOWN: scaled < 0, EVEN: floor % 2 == 1}[mode]
    return (floor + (1 if up else 0)) * step


def spread(total, weights, step):
    """Largest remainder: floors, then a step each by remainder, weight, position."""
    sign, steps = (-1, -total // step) if total < 0 else (1, total // step)
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    shares = [steps * w // whole for w in weights]
    best = sorted(range(len(weights)),
                  key=lambda i: (-(steps * weights[i] % whole), -weights[i], i))
    for i in best[:steps - sum(shares)]:
        shares[i] += 1
    return [sign * s * step for s in shares]


def window(at, begin, end):
    if begin and at < begin:
        return -1
    return 1 if end and at >= end else 0


def filtered(world, line, candidate, quantity):
    tariff = world["lists"][candidate["list"]]
    w = window(world["at"], tariff["from"], tariff["until"])
    for lost, verdict in (
            (not tariff["active"], INACTIVE),
            (tariff["currency"] != world["currency"], CURRENCY),
            ("account" in tariff and tariff["account"] != world["account"], FOREIGN_ACCOUNT),
            ("channel" in tariff and tariff["channel"] != world.get("channel"), FOREIGN_CHANNEL),
            (w < 0, EARLY), (w > 0, LATE),
            (candidate["unit"] != line["unit"], WRONG_UNIT),
            (candidate["min"] > quantity, TOO_FEW)):
        if lost:
            return verdict
    return 0


def ranking(world, policy):
    """Named keys in the order in which they decide; the lowest tuple wins."""
    def tariff(c):
        return world["lists"][c["list"]]
    by = {BY_PRIORITY: lambda c: -tariff(c)["priority"], BY_START: lambda c: -tariff(c)["from"],
          BY_AMOUNT: lambda c: c["amount"], BY_ID: lambda c: tariff(c)["id"].encode()}
    order = [BY_AMOUNT, BY_PRIORITY, BY_START, BY_ID] if policy == LOWEST else \
        [BY_PRIORITY, BY_START, BY_AMOUNT, BY_ID]
    return [(verdict, by[verdict]) for verdict in order]


def best_of(world, candidates, alive, level):
    here = [i for i in alive if world["lists"][candidates[i]["list"]]["level"] == level]
    if not here:
        return None, None
    lists = [world["lists"][candidates[i]["list"]] for i in here]
    first = min(lists, key=lambda t: (-t["priority"], -t["from"], t["id"].encode()))
    keys = ranking(world, first["policy"])
    return min(here, key=lambda i: tuple(k(candidates[i]) for _, k in keys)), keys


def choose(world, line, quantity):
    """(source, winner, base, verdicts) of one line."""
    candidates = line["candidates"]
    verdicts = [filtered(world, line, c, quantity) for c in candidates]
    tiers = {}
    for c, v in zip(candidates, verdicts):
        if not v:
            tiers[c["list"]] = max(tiers.get(c["list"], 0), c["min"])
    for i, c in enumerate(candidates):
        if not verdicts[i] and c["min"] < tiers[c["list"]]:
            verdicts[i] = LOWER_TIER
    alive = [i for i, v in enumerate(verdicts) if not v]
    base, _ = best_of(world, candidates, alive, BASE)
    if line["agreed"]:
        for i in alive:
            verdicts[i] = LOWER_LEVEL
        return AGREED, None, base, verdicts
    for level in (CONTRACT, ACCOUNT, CHANNEL, BASE):
        winner, keys = best_of(world, candidates, alive, level)
        if winner is None:
            continue
        for i in alive:
            verdicts[i] = LOWER_LEVEL
            if i == winner:
                verdicts[i] = WINNER
            elif world["lists"][candidates[i]["list"]]["level"] == level:
                verdicts[i] = next(v for v, k in keys
                                   if k(candidates[i]) != k(candidates[winner]))
        return level, winner, base, verdicts
    return 0, None, base, verdicts


def rule_verdict(world, rule):
    w = window(world["at"], rule["from"], rule["until"])
    for lost, verdict in (
            (not rule["active"], R_INACTIVE),
            (rule["kind"] == THRESHOLD and rule["currency"] != world["currency"], R_CURRENCY),
            ("account" in rule and rule["account"] != world["account"], R_ACCOUNT),
            (w < 0, R_EARLY), (w > 0, R_LATE)):
        if lost:
            return verdict
    return 0


def speaks_of(rule, line):
    if line["agreed"]:
        return False
    skus, families = rule.get("skus", []), rule.get("families", [])
    return not skus and not families or line["sku"] in skus or line.get("family") in families


class Line:
    """A line while it is priced."""

    def __init__(self, world, line, quantity):
        self.line, self.quantity, self.steps, self.fault = line, quantity, [], 0
        self.source, self.winner, base, self.verdicts = choose(world, line, quantity)
        self.above = self.unit_price = self.gross = self.net = 0
        if not self.source:
            self.fault = MISSING
            return
        settings = base if self.winner is None else self.winner
        if settings is None:
            self.settings = {"point": LINE, "mode": AWAY, "digits": EXPONENTS[world["currency"]]}
            self.settings_id = b""
        else:
            self.settings = world["lists"][line["candidates"][settings]["list"]]
            self.settings_id = self.settings["id"].encode()
        self.point, self.mode = self.settings["point"], self.settings["mode"]
        self.digits = 6 if self.point == ORDER else self.settings["digits"]
        self.amount = line["agreed_price"] if self.winner is None else \
            line["candidates"][self.winner]["amount"]
        if self.source == CONTRACT and base is not None:
            self.above = max(0, self.amount - line["candidates"][base]["amount"])

    def step(self, kind, rule, value):
        self.steps.append((kind, rule, value))

    def extend(self, world, rules):
        quantity = Fraction(self.line["quantity"], MICRO)
        by_unit = self.point == UNIT
        self.unit_price = rounded(self.amount, self.digits, self.mode) if by_unit else self.amount
        self.gross = rounded(self.unit_price * quantity, self.digits, self.mode)
        if self.gross > AMOUNT_MAX:
            self.fault = OVERFLOW
            return
        listed = running = Fraction(self.amount) if by_unit else self.amount * quantity
        self.step(EXTEND, -1, rounded(running, 6, AWAY))
        if self.line["agreed_ppm"]:
            running *= 1 - Fraction(self.line["agreed_ppm"], MICRO)
            self.step(AGREED_STEP, -1, rounded(running, 6, AWAY))
        taken = 0
        for i, rule in enumerate(world["rules"]):
            if rule["kind"] != ALWAYS or rules[i]["verdict"] > R_APPLIED or \
                    not speaks_of(rule, self.line):
                continue
            taken += 1
            if taken > 16:
                self.fault = PERCENTS
                return
            rules[i]["verdict"] = R_APPLIED
            rules[i]["lines"] += 1
            of = listed if rule["base"] == LIST else running
            running = max(Fraction(0), running - of * Fraction(rule["rate"], MICRO))
            self.step(PERCENT, i, rounded(running, 6, AWAY))
        if by_unit:
            unit = rounded(running, self.digits, self.mode)
            self.step(ROUND, -1, unit)
            self.net = rounded(unit * quantity, self.digits, self.mode)
            self.step(MULTIPLY, -1, self.net)
        else:
            self.net = rounded(running, self.digits, self.mode)
            self.step(ROUND, -1, self.net)
        if self.net > AMOUNT_MAX:
            self.fault = OVERFLOW


def share_out(group, total, digits, kind, rule):
    shares = spread(total, [x.net for x in group], 10 ** (6 - digits))
    for x, share in zip(group, shares):
        x.net += share
        x.digits = max(x.digits, digits)
        x.step(kind, rule, share)
        assert x.net >= 0


def threshold(i, rule, told, lines):
    group = [x for x in lines if speaks_of(rule, x.line)]
    told["lines"] = len(group)
    told["tested"] = sum(x.net for x in group)
    if not group:
        told["verdict"] = R_NO_LINE
    elif told["tested"] > rule["threshold"]:
        told["verdict"] = R_APPLIED
        leader = min(group, key=lambda x: (-x.digits, x.settings_id))
        told["base"] = sum(x.gross for x in group) if rule["base"] == LIST else told["tested"]
        off = rounded(Fraction(told["base"] * rule["rate"], MICRO), leader.digits, leader.mode)
        told["discount"] = min(off, told["tested"])
        share_out(group, -told["discount"], leader.digits, ORDER_DISCOUNT, i)
    else:
        told["missing"] = rule["threshold"] - told["tested"]
        near = rule["threshold"] > 0 and told["missing"] * 10 <= rule["threshold"]
        told["verdict"] = R_NEAR if near else R_BELOW


def price(world):
    """The text that the kernel's result must equal, and what became of each rule."""
    quantities = {}
    for line in world["lines"]:
        key = (line["sku"], line["unit"])
        quantities[key] = quantities.get(key, 0) + line["quantity"]
    rules = [{"verdict": rule_verdict(world, r), "lines": 0, "tested": 0, "base": 0,
              "discount": 0, "missing": 0} for r in world["rules"]]
    lines = [Line(world, x, quantities[x["sku"], x["unit"]]) for x in world["lines"]]
    for x in lines:
        if not x.fault:
            x.extend(world, rules)
    order_fault = total = subtotal = charges = 0
    priced = not any(x.fault for x in lines)
    if priced:
        for i, rule in enumerate(world["rules"]):
            if rule["kind"] == THRESHOLD and not rules[i]["verdict"]:
                threshold(i, rule, rules[i], lines)
        group = [x for x in lines if x.point == ORDER]
        if group:
            leader = min(group, key=lambda x: (-x.settings["digits"], x.settings_id))
            exact = sum(x.net for x in group)
            off = rounded(exact, leader.settings["digits"], leader.mode) - exact
            share_out(group, off, 6, ORDER_ROUND, -1)
        subtotal, charges = sum(x.net for x in lines), sum(world["charges"])
        total = subtotal + charges
        if subtotal > AMOUNT_MAX or total > AMOUNT_MAX:
            priced, order_fault, subtotal, charges, total = False, OVERFLOW, 0, 0, 0
    return told(priced, order_fault, lines, rules, (subtotal, charges, total)), rules


def told(priced, order_fault, lines, rules, totals):
    parts = [f"priced {int(priced)} fault {order_fault}"]
    for x in lines:
        verdicts = ",".join(map(str, x.verdicts))
        parts.append(f"line {x.fault} {x.source} {x.quantity} [{verdicts}]")
        if priced:
            steps = ",".join(f"{k}:{r}:{v}" for k, r, v in x.steps)
            parts.append(f"{x.unit_price} {x.gross} {x.gross - x.net} {x.net} above {x.above} "
                         f"[{steps}]")
    if priced:
        for r in rules:
            parts.append("rule " + " ".join(str(r[k]) if k != "verdict" else
                                            str(r[k] or R_NO_LINE) for k in r))
    parts.append("total %d %d %d" % totals)
    return "; ".join(parts)


# --- random worlds

def amount(rng, edge=False):
    kind = rng.randrange(12)
    if kind == 0:
        return 0
    if kind == 1 and edge:
        return rng.randrange(AMOUNT_MAX + 1)
    if kind < 5:
        return rng.randrange(1, 10**9)
    if kind < 7:
        return rng.randrange(1, 2000) * 500
    return rng.randrange(1, 10**5) * 10**rng.choice((2, 4, 6))


def quantity(rng, edge):
    kind = rng.randrange(12)
    if kind == 0 and edge:
        return rng.randrange(1, AMOUNT_MAX)
    return rng.randrange(1, 30 * MICRO) if kind == 1 else rng.randrange(1, 70) * MICRO


def span(rng):
    begin = rng.choice((0, 0, 500, 900, 1000, 1001))
    end = rng.choice((0, 0, 0, 1000, 1001, 2000))
    return {"from": begin, "until": end}


def maybe(rng, item, name, choices, chance):
    if rng.random() < chance:
        item[name] = rng.choice(choices)


def tariff(rng, n, currency, digits):
    level = rng.choice((CONTRACT, ACCOUNT, CHANNEL, BASE, BASE))
    item = {"id": f"L{rng.choice('abcxyz')}{n}", "level": level, "priority": rng.randrange(3),
            "currency": currency if rng.random() < 0.93 else "USD",
            "policy": rng.choice((PRIORITY, LOWEST)),
            "point": rng.choice((LINE, LINE, UNIT, ORDER)),
            "mode": rng.choice((AWAY, EVEN, UP, DOWN)),
            "digits": digits if rng.random() < 0.6 else rng.randrange(7),
            "active": rng.random() < 0.95, **span(rng)}
    if level in (CONTRACT, ACCOUNT):
        item["account"] = rng.choice(("me", "me", "other"))
    if level == CHANNEL or level == CONTRACT and rng.random() < 0.1:
        item["channel"] = rng.choice(("web", "web", "shop"))
    return item


def rule(rng, n, currency):
    kind = rng.choice((ALWAYS, THRESHOLD))
    item = {"id": f"R{n}", "kind": kind, "base": rng.choice((RUNNING, RUNNING, LIST)),
            "rate": rng.choice((1, 25000, 50000, 100000, 333333, 600000, MICRO,
                                rng.randrange(1, MICRO + 1))),
            "currency": currency if rng.random() < 0.9 else "USD", "threshold": 0,
            "active": rng.random() < 0.95, "priority": rng.randrange(3), **span(rng)}
    if kind == THRESHOLD:
        item["threshold"] = amount(rng)
    maybe(rng, item, "account", ("me", "me", "other"), 0.3)
    maybe(rng, item, "skus", (["A"], ["A", "B"], ["B", "C"]), 0.3)
    maybe(rng, item, "families", (["f"], ["f", "g"], ["h"]), 0.2)
    return item


def line(rng, world):
    item = {"sku": rng.choice("ABC"), "unit": rng.choice(("C62", "C62", "C62", "KGM")),
            "quantity": quantity(rng, world["edge"]), "agreed": rng.random() < 0.12,
            "agreed_price": 0,
            "agreed_ppm": rng.choice((0, 0, 0, 150000, 333333, MICRO)), "candidates": []}
    maybe(rng, item, "family", ("f", "g", "h"), 0.5)
    if item["agreed"]:
        item["agreed_price"] = amount(rng, world["edge"])
    prices = {}
    for c in world["prices"].setdefault(item["sku"], candidates(rng, world)):
        prices[c["list"], c["unit"], c["min"]] = c
    item["candidates"] = list(prices.values())
    return item


def candidates(rng, world):
    some = [{"list": rng.randrange(len(world["lists"])), "amount": amount(rng, world["edge"]),
             "unit": rng.choice(("C62", "C62", "C62", "KGM")),
             "min": rng.choice((0, 0, 0, 5, 10, 12, 40)) * MICRO}
            for _ in range(rng.randrange(1, 12))]
    if world["sure"]:
        some += [{"list": 0, "amount": amount(rng, world["edge"]), "unit": unit, "min": 0}
                 for unit in ("C62", "KGM")]
    return some


def thresholds_near(rng, world):
    """Moves thresholds to where their rules begin to speak."""
    _, rules = price(world)
    for item, became in zip(world["rules"], rules):
        if item["kind"] == THRESHOLD and became["tested"] and rng.random() < 0.5:
            tested = became["tested"]
            item["threshold"] = max(0, rng.choice((tested, tested - 1, tested + 1, tested // 2,
                                                   tested * 10 // 9, tested * 10 // 9 + 1)))


def world_of(rng):
    currency, digits = rng.choice(list(EXPONENTS.items()))
    world = {"account": "me", "currency": currency, "at": 1000, "prices": {},
             "edge": rng.random() < 0.15, "sure": rng.random() < 0.9}
    maybe(rng, world, "channel", ("web",), 0.7)
    world["lists"] = [tariff(rng, n, currency, digits) for n in range(rng.randrange(1, 7))]
    if world["sure"]:
        world["lists"][0].update({"level": BASE, "currency": currency, "active": True, "from": 0,
                                  "until": 0})
        world["lists"][0].pop("account", None)
        world["lists"][0].pop("channel", None)
    many = 20 if rng.random() < 0.03 else 5
    world["rules"] = sorted((rule(rng, n, currency) for n in range(rng.randrange(many))),
                            key=lambda r: (-r["priority"], r["id"].encode()))
    if many > 5:
        for r in world["rules"]:
            r.update({"kind": ALWAYS, "active": True})
    world["lines"] = [line(rng, world) for _ in range(rng.choice((1, 2, 3, 5, 12)))]
    if rng.random() < 0.03:
        for _ in range(200):
            world["lines"].append(line(rng, world))
    world["charges"] = [amount(rng) for _ in range(rng.randrange(3))]
    for name in ("prices", "edge", "sure"):
        del world[name]
    thresholds_near(rng, world)
    return world


def main():
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for _ in range(int(sys.argv[1])):
        world = world_of(rng)
        expected, _ = price(world)
        world["charges"] = [{"micro": c} for c in world["charges"]]
        print(json.dumps({"world": world, "expected": expected}))


if __name__ == "__main__":
    main()
