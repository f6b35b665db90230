"""world: what the bench's orders (bench_order.c) need: 20 partners with a node each, 1,000 SKUs,
1,000 accounts with a credit limit and a price list of their own with tiers, a base list, one
discount, stock that never ends. Sent once into an empty stack and awaited."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))

import commands  # noqa: E402
from ask import ask, references_known  # noqa: E402
from commands import MICRO  # noqa: E402
from stack import Sender, StackError  # noqa: E402

PARTNERS, ACCOUNTS, SKUS = 20, 1000, 1000
SKUS_EACH = SKUS // PARTNERS
OWN_PRICES = 6              # SKUs on an account's own list, each with a second tier
PLENTY = 1_000_000_000 * MICRO


def partner(p):
    return f"p-{p + 1:02d}"


def sku(number):
    return f"sku-{number:05d}"


def sku_of(account, line):
    """As bench_order.c: line 0, 1, 2 of an order of account 0..999."""
    return 1 + account % PARTNERS * SKUS_EACH + (account // PARTNERS + line) % SKUS_EACH


def price_of(number):
    return (100 + number * 37 % 900) * MICRO // 100


def own_list(account):
    prices = []
    for line in range(OWN_PRICES):
        number = sku_of(account, line)
        prices.append((sku(number), "C62", price_of(number) * 95 // 100))
        prices.append((sku(number), "C62", price_of(number) * 90 // 100, 6 * MICRO))
    return commands.price_list(f"own-{account + 1:04d}", "account", prices,
                               account=f"acc-{account + 1:04d}")


def waves():
    """Each may be sent when the one before is answered."""
    nodes = [f"{partner(p)}/one" for p in range(PARTNERS)]
    numbers = range(1, SKUS + 1)
    home = {n: nodes[(n - 1) // SKUS_EACH] for n in numbers}
    return [
        [commands.sellers([{"seller": partner(p), "name": f"Partner {p + 1}"}
                           for p in range(PARTNERS)]),
         commands.products([{"sku": sku(n), "name": f"Article number {n}", "family": "bench",
                             "unit": "C62"} for n in numbers])],
        [commands.nodes([{"node": n, "seller": n.split("/")[0], "priority": 1} for n in nodes]),
         commands.price_list("base", "base", [(sku(n), "C62", price_of(n)) for n in numbers]),
         commands.discounts([{"discount": "bench-two", "kind": "always", "rate_ppm": 20_000,
                              "base": "running", "families": ["bench"], "priority": 1}])],
        [commands.offers([{"sku": sku(n), "node": home[n], "priority": 1} for n in numbers])] +
        [commands.stock_set(node, [(sku(n), PLENTY, "C62") for n in numbers if home[n] == node])
         for node in nodes],
        [own_list(a) for a in range(ACCOUNTS)],
        [commands.account_put(
            f"acc-{a + 1:04d}", name=f"Company {a + 1}", currency="EUR",
            credit_limit=commands.money(PLENTY),
            units=[{"unit": "hq"}], users=[{"user": "bea", "unit": "hq", "roles": ["buyer"]}])
         for a in range(ACCOUNTS)]]


def build(stack, say):
    """True when it was there already."""
    if stack.value("approvals", "select count(*) from account") == ACCOUNTS:
        return True
    code, _, error = stack.batuta("topics", "apply",
                                  *[f"--partner={partner(p)}" for p in range(PARTNERS)])
    if code:
        raise StackError(f"batuta topics apply: {error}")
    sender = Sender(stack)
    told = waves()
    for number, wave in enumerate(told, 1):
        say(f"world: wave {number} of {len(told)}, {len(wave)} commands")
        ask(stack, sender, wave, 120)
    sender.close()
    references_known(stack)
    return False
