#!/usr/bin/env python3
"""cli: a small world by hand, orders through it, an import of a set of our own, and Northwind when
it is there: every step by `batuta` alone, judged by exit code and output."""
import json
import os
import subprocess
import sys
import tempfile
import time

BIN = os.path.join(os.environ["BATUTA_BIN"], "batuta")
RUN = f"{int(time.time() * 1000) % 10**9}"
failed = False


def report(name, wrong):
    global failed
    failed |= bool(wrong)
    print(f"FAIL {name}: {wrong}" if wrong else f"ok {name}", flush=True)


class Wrong(Exception):
    pass


def batuta(*arguments, code=0, stdin=None, seconds=120):
    done = subprocess.run([BIN, *arguments], input=stdin, capture_output=True, text=True,
                          timeout=seconds, check=False)
    if done.returncode != code:
        raise Wrong(f"batuta {' '.join(arguments)} ended {done.returncode}, wanted {code}: "
                    f"{done.stdout[-300:]} {done.stderr[-500:]}".replace("\n", " "))
    return done


def equal(what, wanted, got):
    if wanted != got:
        raise Wrong(f"{what}: wanted {wanted!r}, got {got!r}")


def wait_state(word, wanted):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        order = json.loads(batuta("order", "show", word, "--json").stdout)["order"]
        if order["state"] == wanted:
            return order
        time.sleep(0.1)
    raise Wrong(f"order {word} is {order['state']}, wanted {wanted}")


SELLER, NODE = f"s{RUN}", f"s{RUN}/main"
SKU, LIST, ACCOUNT = f"P{RUN}", f"l{RUN}", f"a{RUN}"


def order_text(name, quantity, **more):
    return json.dumps({"account": ACCOUNT, "buyer": "lena", "currency": "EUR",
                       "purchase_order": f"{name}-{RUN}", **more,
                       "lines": [{"line": 1, "sku": SKU,
                                  "quantity": {"value": quantity, "unit": "C62"}}]})


def world_by_hand():
    batuta("seller", "create", SELLER, "--name", "A seller")
    batuta("node", "create", NODE, "--priority", "5")
    batuta("product", "create", SKU, "--name", "Coffee", "--family", f"f{RUN}")
    batuta("offer", "create", SKU, NODE)
    batuta("stock", "set", NODE, SKU, "50")
    batuta("price", "set", LIST, SKU, "20.00", "--currency", "EUR")
    batuta("discount", "create", f"d{RUN}", "--percent", "5", "--families", f"f{RUN}")
    batuta("account", "create", ACCOUNT, "--name", "A", "--currency", "EUR", "--limit", "1000")
    batuta("unit", "create", ACCOUNT, "top")
    batuta("user", "create", ACCOUNT, "lena", "--roles", "buyer", "--unit", "top")
    batuta("user", "create", ACCOUNT, "max", "--roles", "finance", "--unit", "top")
    batuta("rule", "create", ACCOUNT, "r", "--over", "100", "--tier", "finance")
    batuta("product", "set", SKU, "--category", "drinks")
    product = json.loads(batuta("product", "show", SKU, "--json").stdout)
    equal("product", ("Coffee", "drinks"), (product["name"], product["category"]))


def clean_order():
    first = batuta("order", "submit", "-", "--wait", "--key", f"one-{RUN}",
                   stdin=order_text("one", "2"))
    again = batuta("order", "submit", "-", "--wait", "--key", f"one-{RUN}",
                   stdin=order_text("one", "2"))
    equal("a repeat", first.stdout.split()[0], again.stdout.split()[0])
    batuta("order", "submit", "-", "--wait", "--key", f"one-{RUN}", code=4,
           stdin=order_text("one", "3"))
    shown = batuta("price", "explain", f"one-{RUN}", "1").stdout
    for words in ("winner: " + LIST, "5 %", "net 38.00"):
        if words not in shown:
            raise Wrong(f"the receipt does not say {words!r}: {shown!r}")
    batuta("partner", "accept", SELLER, f"one-{RUN}")
    batuta("partner", "ship", SELLER, f"one-{RUN}", "--line", "1=1", "--carrier", "Post")
    batuta("partner", "ship", SELLER, f"one-{RUN}", "--line", "1=2", code=1)
    batuta("partner", "ship", SELLER, f"one-{RUN}")
    batuta("partner", "deliver", SELLER, f"one-{RUN}")
    order = wait_state(f"one-{RUN}", "closed")
    equal("total", "38.00", order["total"]["amount"])
    shown = batuta("order", "show", f"one-{RUN}").stdout
    for words in ("order confirmed", "reservation committed", "notice told", "fulfilment ordered"):
        if words not in shown:
            raise Wrong(f"the timeline does not say {words!r}")
    batuta("order", "cancel", f"one-{RUN}", code=1)


def approved_and_rejected():
    batuta("order", "submit", "-", "--dry-run", code=6, stdin=order_text("dry", "10"))
    batuta("order", "submit", "-", "--wait", code=6, stdin=order_text("two", "10"))
    batuta("approval", "approve", f"two-{RUN}", "--principal", "lena", code=1)
    listed = json.loads(batuta("approval", "list", "--approver", "max", "--json").stdout)
    equal("waiting", 1, len([x for x in listed if x["account"] == ACCOUNT]))
    batuta("approval", "approve", f"two-{RUN}", "--principal", "max")
    wait_state(f"two-{RUN}", "confirmed")
    batuta("order", "cancel", f"two-{RUN}", "--reason", "test")
    wait_state(f"two-{RUN}", "cancelled")
    batuta("order", "submit", "-", "--wait", code=6, stdin=order_text("three", "10"))
    batuta("approval", "reject", f"three-{RUN}", "--principal", "max", "--comment", "no")
    wait_state(f"three-{RUN}", "refused")


def bad_orders():
    done = batuta("order", "submit", "-", "--json", code=1, stdin='{"order":"x"}')
    equal("code", "text_too_short", json.loads(done.stdout)["code"])
    done = batuta("order", "submit", "-", "--json", "--wait", "--unchecked", code=1,
                  stdin='{"order":')
    answer = json.loads(done.stdout)["answer"]
    equal("answer", "json_invalid", answer["code"])
    listed = batuta("dlq", "list", "orders").stdout
    if "json_invalid" not in listed:
        raise Wrong(f"dlq list has no json_invalid: {listed[-300:]}")
    letter = listed.splitlines()[0].split()[0]
    shown = batuta("dlq", "show", letter).stdout
    if '{"order":' not in shown:
        raise Wrong(f"dlq show {letter} has not the bytes: {shown[-300:]}")
    batuta("order", "show", f"nothing-{RUN}", code=3)
    batuta("account", "show", f"nothing-{RUN}", code=3)
    batuta("order", "list", "--http", "orders=127.0.0.1:1", code=5)
    batuta("order", "submit", "-", "--wait", code=1,
           stdin=order_text("many", "10000", line_policy="all_or_nothing"))


def many_orders():
    lines = "\n".join(order_text(f"m{i}", "1") for i in range(5))
    done = batuta("order", "submit", "-", "--wait", stdin=lines + "\n")
    equal("confirmed", 5, done.stdout.count(" confirmed"))
    listed = json.loads(batuta("order", "list", "--account", ACCOUNT, "--state", "confirmed",
                               "--json").stdout)
    equal("listed", 5, len(listed))


def set_of_our_own(folder, expected):
    files = {
        "buyer.csv": f"id;name\nb{RUN};Björn\n",
        "item.csv": f"sku;name;price\nX{RUN};Tee;2,50\n",
        "order.csv": f"no;buyer;day;shipped\n1;b{RUN};05.07.2024;yes\n2;b{RUN};06.07.2024;\n",
        "line.csv": f"no;sku;pieces;off\n1;X{RUN};3;10\n2;X{RUN};1;0\n",
        "expected.csv": f"no;net\n1;{expected}\n2;2,50\n"}
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    csv = {"delimiter": ";", "decimal": ","}
    mapping = {
        "name": f"own{RUN}", "constants": {"seller": SELLER, "node": NODE},
        "sources": {
            "buyer": {"file": "buyer.csv", **csv},
            "item": {"file": "item.csv", "key": "sku", **csv},
            "order": {"file": "order.csv", **csv},
            "line": {"file": "line.csv", "join": {"item": "sku"}, **csv},
            "expected": {"file": "expected.csv", **csv}},
        "products": [{"from": "item", "set": {"sku": "{sku}", "name": "{name}", "unit": "C62"}}],
        "offers": [{"from": "item", "set": {"sku": "{sku}", "node": "{$node}"}}],
        "stock": [{"from": "item", "set": {"node": "{$node}", "sku": "{sku}",
                                           "quantity": {"value": "100", "unit": "C62"}}}],
        "accounts": [{"from": "buyer", "set": {
            "account": "{id}", "name": "{name}", "currency": "EUR", "credit_unlimited": True,
            "units": [{"unit": "top"}],
            "users": [{"user": "{id}", "unit": "top", "roles": ["buyer"]}]}}],
        "orders": [{"from": "order", "id": "{no}", "set": {
            "account": "{buyer}", "buyer": "{buyer}", "principal": "{buyer}", "currency": "EUR",
            "placed_at": "{day|time:DD.MM.YYYY}",
            "lines": {"$each": "line", "$match": {"no": "{no}"}, "$item": {
                "line": "{#}", "sku": "{sku}", "quantity": {"value": "{pieces}", "unit": "C62"},
                "agreed_price": {"amount": "{item.price|decimal}", "currency": "EUR"},
                "agreed_discount_ppm": "{off|percent}"}}},
            "fulfil": {"when": [{"value": "{shipped}", "is": "yes"}], "carrier": "Post"}}],
        "expect": [{"from": "expected", "id": "no", "net": "{net|decimal}"}]}
    path = os.path.join(folder, "map.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(mapping, file)
    return path


def import_and_replay():
    with tempfile.TemporaryDirectory() as folder:
        path = set_of_our_own(folder, "6,75")
        batuta("import", "--map", path, folder)
        batuta("import", "--map", path, folder)
        last = batuta("replay", "--map", path, folder).stdout.splitlines()
        equal("result", "replay: orders 2 confirmed 2 differing 0", last[-1])
        equal("sums", "replay: delivered 1 open 1, net 9.25 EUR, freight 0.00 EUR", last[-2])
        set_of_our_own(folder, "6,76")
        last = batuta("replay", "--map", path, folder, code=1).stdout.splitlines()
        equal("result", "replay: orders 2 confirmed 2 differing 1", last[-1])


def wrong_set():
    with tempfile.TemporaryDirectory() as folder:
        path = set_of_our_own(folder, "1")
        with open(os.path.join(folder, "item.csv"), "a", encoding="utf-8") as file:
            file.write(f"X{RUN};Again;1\nY;Bad;1e3\nZ;short\n")
        done = batuta("import", "--map", path, folder, code=2)
        if "item.csv:5: csv_ragged" not in done.stderr or "nothing was sent" not in done.stderr:
            raise Wrong(done.stderr)
        with open(os.path.join(folder, "item.csv"), "w", encoding="utf-8") as file:
            file.write(f"sku;name;price\nX{RUN};Tee;1\nX{RUN};Again;1\n")
        done = batuta("import", "--map", path, folder, code=2)
        if "item.csv:3: duplicate" not in done.stderr:
            raise Wrong(done.stderr)


def northwind():
    data = os.path.join(os.environ.get("BATUTA_DATA", "../shared/data"), "northwind")
    if not os.path.isdir(data):
        print("absent: northwind")
        return
    batuta("import", "--map", "deploy/imports/northwind.json", data)
    last = batuta("replay", "--map", "deploy/imports/northwind.json", data, seconds=240)
    lines = last.stdout.splitlines()
    equal("result", "replay: orders 830 confirmed 830 differing 0", lines[-1])
    equal("sums", "replay: delivered 809 open 21, net 1,265,793.29 USD, freight 64,942.69 USD",
          lines[-2])


def main():
    steps = {"a world by hand": world_by_hand, "a clean order": clean_order,
             "approved and rejected": approved_and_rejected, "bad orders": bad_orders,
             "many orders": many_orders, "import and replay": import_and_replay,
             "a wrong set": wrong_set, "northwind": northwind}
    wanted = sys.argv[1:]
    for name, step in steps.items():
        if wanted and name not in wanted:
            continue
        try:
            step()
            report(name, None)
        except (Wrong, KeyError, IndexError, ValueError) as error:
            report(name, f"{error}" or repr(error))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
