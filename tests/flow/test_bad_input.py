#!/usr/bin/env python3
"""bad input: what cannot be read or may not be is answered with one stable code and the place of
the fault; the dead letter holds the very bytes; nothing is half done and the partition moves on."""
import copy
import glob
import hashlib
import json
import lzma
import os
import tarfile

import commands
from ask import answers
from commands import MICRO
from scenes import Stage, audited, check
from stack import ROOT, wait_for
from wire import Wire, header

DATA = os.environ.get("BATUTA_DATA", os.path.join(ROOT, "../shared/data"))
VECTORS = os.path.join(DATA, "wire_vectors")
SUBMIT = "batuta.orders.order.submit.v1"
TOPICS = {"orders": "orders.commands.v1", "pricing": "pricing.commands.v1",
          "approvals": "approvals.commands.v1", "catalog": "catalog.commands.v1",
          "notifications": "partners.responses.v1"}
KEYS = {"order.submit": "order", "order.preview": "order", "order.cancel": "order",
        "account.put": "account", "payment.record": "account", "approval.approve": "account",
        "approval.reject": "account", "stock.set": "node", "stock.receive": "node",
        "fulfilment.accept": "partner", "fulfilment.reject": "partner",
        "fulfilment.ship": "partner", "fulfilment.deliver": "partner"}


class Case:
    """One record and what must come of it."""

    def __init__(self, name, service, value, code, path=None, **more):
        self.name, self.service, self.value, self.code, self.path = name, service, value, code, path
        self.key = more.pop("key", None)
        self.kind = more.pop("kind", SUBMIT)
        self.dead = more.pop("dead", True)
        self.headers = more.pop("headers", {})
        self.silent = more.pop("silent", False)     # nobody to answer
        self.id = commands.order_id("bad", name, id(self))


def submit_body(order, account, **more):
    return commands.submit(order, account, "bea", [{"sku": "x", "quantity": MICRO}],
                           **more)["body"]


def text(body):
    return json.dumps(body, ensure_ascii=False).encode()


# --- classes of bytes and of values

def byte_cases():
    yield Case("not-json", "orders", b"order me two coffees", "json_invalid", "")
    yield Case("empty", "orders", b"", ("json_invalid", "value_missing"), "")
    yield Case("null-value", "orders", None, "value_missing", "")
    yield Case("list", "orders", b"[]", "json_not_object", "")
    yield Case("trailing-comma", "orders", b'{"order":"a",}', "json_invalid", "")
    yield Case("two-values", "orders", b"{}{}", "json_invalid", "")
    yield Case("nan", "orders", b'{"order":NaN}', "json_invalid", "")
    yield Case("duplicate-key", "orders", b'{"order":"a","order":"b"}', "json_duplicate_key", None)
    yield Case("too-deep", "orders", b'{"a":' * 20 + b"1" + b"}" * 20, "json_too_deep", None)
    yield Case("raw-nul", "orders", b'{"order":"\x00"}', "json_nul", None)
    yield Case("escaped-nul", "orders", b'{"order":"\\u0000"}', "json_nul", None)
    yield Case("bad-utf8", "orders", b'{"order":"\xc3("}', "utf8_invalid", None)
    yield Case("overlong-utf8", "orders", b'{"order":"\xc0\xaf"}', "utf8_invalid", None)
    yield Case("lone-surrogate", "orders", b'{"order":"\\ud800"}',
               ("utf8_invalid", "json_invalid"), None)
    yield Case("byte-order-mark", "orders", b"\xef\xbb\xbf{}", ("utf8_invalid", "json_invalid"),
               None)
    yield Case("too-big", "orders", b'{"order":"' + b"x" * 300_000 + b'"}', "json_too_big", "")
    for service in TOPICS:
        yield Case(f"not-json-{service}", service, b"\xff\xfe", None, None,
                   kind={"orders": SUBMIT, "pricing": "batuta.pricing.discount.put.v1",
                         "approvals": "batuta.approvals.account.put.v1",
                         "catalog": "batuta.catalog.stock.set.v1",
                         "notifications": "batuta.notifications.fulfilment.ship.v1"}[service])


def value_cases(stage):
    """A command that is right but for one value."""
    def case(name, change, code, path):
        order = commands.order_id(stage.run, name)
        body = submit_body(order, "acc", charges=[{"code": "freight",
                                                   "amount": commands.money(MICRO)}])
        change(body)
        return Case(name, "orders", text(body), code, path, key=order)

    def quantity(value):
        return lambda b: b["lines"][0]["quantity"].update(value=value)

    def charge(value, currency="EUR"):
        return lambda b: b["charges"][0].update(amount={"amount": value, "currency": currency})

    place, charged = "/lines/0/quantity/value", "/charges/0/amount/amount"
    yield case("negative-quantity", quantity("-1"), "amount_too_small", place)
    yield case("zero-quantity", quantity("0"), "amount_too_small", place)
    yield case("scientific-quantity", quantity("1e3"), "decimal_invalid", place)
    yield case("plus-sign", quantity("+1"), "decimal_invalid", place)
    yield case("leading-space", quantity(" 1"), "decimal_invalid", place)
    yield case("comma", quantity("1,5"), "decimal_invalid", place)
    yield case("seven-decimals", quantity("0.0000001"), "too_many_decimals", place)
    yield case("overflowing-quantity", quantity("9" * 30), "amount_too_large", place)
    yield case("quantity-a-number", lambda b: b["lines"][0].update(quantity=1), "member_type",
               "/lines/0/quantity")
    yield case("negative-charge", charge("-1.00"), "amount_too_small", charged)
    yield case("charge-of-no-currency", charge("1.00", "XXQ"), "currency_unknown",
               "/charges/0/amount/currency")
    yield case("three-decimals-of-a-cent", charge("1.005"), "too_many_decimals", charged)
    yield case("yen-with-cents", charge("1.50", "JPY"), "too_many_decimals", charged)
    yield case("no-lines", lambda b: b.update(lines=[]), "list_too_short", "/lines")
    yield case("1001-lines", lambda b: b.update(lines=[dict(b["lines"][0], line=n + 1)
                                                       for n in range(1001)]),
               "list_too_long", "/lines")
    yield case("long-text", lambda b: b.update(reference="x" * 1025), "text_too_long",
               "/reference")
    yield case("no-time", lambda b: b.update(placed_at="yesterday"), "time_invalid", "/placed_at")
    yield case("31-february", lambda b: b.update(placed_at="2026-02-31T00:00:00Z"),
               "time_invalid", "/placed_at")
    yield case("unknown-policy", lambda b: b.update(line_policy="some"), "value_unknown",
               "/line_policy")
    yield case("null-member", lambda b: b.update(channel=None), "member_null", "/channel")


def envelope_cases(stage):
    order = commands.order_id(stage.run, "envelope")
    good = text(submit_body(order, "acc"))

    def case(name, code, path, dead=True, key=order, silent=False, **more):
        return Case(name, "orders", good, code, path, key=key, dead=dead, silent=silent, **more)
    yield case("unknown-type", "type_unknown", "ce_type", kind="batuta.orders.order.explode.v1")
    yield case("newer-version", "type_unknown", "ce_type", kind="batuta.orders.order.submit.v2")
    yield case("another-services-type", "type_unknown", "ce_type",
               kind="batuta.approvals.account.put.v1")
    yield case("no-id", "envelope_missing", None, silent=True, headers={"ce_id": None})
    yield case("no-type", "envelope_missing", None, silent=True, headers={"ce_type": None})
    yield case("old-cloudevents", "envelope_version_unknown", None,
               headers={"ce_specversion": "0.3"})
    yield case("not-declared-json", "content_type_unknown", None,
               headers={"content-type": "text/plain"})
    yield case("control-character", "envelope_invalid", None, silent=True,
               headers={"ce_source": "a\nb"})
    yield case("no-key", "key_missing", None, key=b"", silent=True)
    yield case("long-key", "key_invalid", None, key=b"k" * 201, silent=True)
    yield case("key-of-another", "key_mismatch", "key", dead=False,
               key=commands.order_id(stage.run, "another"))


# --- every member of every command, wrong in its turn

def golden():
    """(type, body) of every command that has a schema."""
    for path in sorted(glob.glob(os.path.join(ROOT, "proto/examples/*.json"))):
        kind = os.path.basename(path)[:-5]
        service, noun, verb = kind.split(".")[1:4]
        if verb in ("put", "set", "receive", "submit", "preview", "cancel", "record", "approve",
                    "reject", "accept", "ship", "deliver") and \
                f"{noun}.{verb}" != "fulfilment.cancel":
            with open(path, encoding="utf-8") as file:
                yield service, kind, f"{noun}.{verb}", json.load(file)


def wrong_of(value):
    """Something of another kind."""
    if isinstance(value, bool):
        return "yes"
    return {"a": 1} if isinstance(value, (str, int)) else 7


def member_cases(stage):
    for service, kind, short, body in golden():
        key = KEYS.get(short, "reference")
        for name, code, path, changed in mutations(body):
            yield Case(f"{short}-{name}", service, text(changed), code, path, kind=kind,
                       key=body[key])


def mutations(body, top=None, at="", spoil=None):
    """(name, code, path, changed whole) for each member of an object and of those in it."""
    top = top if top is not None else body
    spoil = spoil or (lambda whole, change: change(whole))

    def changed(change):
        whole = copy.deepcopy(top)
        spoil(whole, change)
        return whole
    yield (f"unknown{at}".replace("/", "-"), "member_unknown", f"{at}/surprise",
           changed(lambda o: o.update(surprise=1)))
    for name, value in body.items():
        place = f"{at}/{name}"
        label = place.replace("/", "-")
        yield f"type{label}", "member_type", place, changed(
            lambda o, n=name, v=value: o.update({n: wrong_of(v)}))
        yield f"null{label}", "member_null", place, changed(lambda o, n=name: o.update({n: None}))
        if isinstance(value, list) and isinstance(value[0], dict):
            yield from mutations(value[0], top, f"{place}/0", lambda whole, change, n=name, s=spoil:
                                 s(whole, lambda o: change(o[n][0])))


# --- sending and judging

def send(stage, wire, cases):
    for n, case in enumerate(cases):
        key = case.key if case.key is not None else f"{stage.run}-bad-{n}"
        case.key = key.encode() if isinstance(key, str) else key
        headers = wire.headers(case.kind, case.key, case.value, case.id, **case.headers)
        wire.send(TOPICS[case.service], case.key or None, case.value, headers)
    failed = wire.flush()
    if failed:
        raise RuntimeError(f"not sent: {failed[0]}")


def judge(stage, wire, cases, name, ends):
    """One line for a whole group; names the first that are wrong."""
    open_ids = {}
    for case in cases:
        if not case.silent:
            open_ids.setdefault(case.service, []).append(case.id)
    found = {}

    def all_answered():
        for service, ids in open_ids.items():
            found.update(answers(stage.stack, service, [i for i in ids if i not in found]))
        return len(found) == sum(map(len, open_ids.values()))
    wrong = []
    try:
        wait_for(f"answers to {name}", all_answered, 60)
    except Exception as error:
        missing = [c.name for c in cases if not c.silent and c.id not in found]
        wrong.append(f"{error}; not answered: {missing[:5]}")
    letters = {}
    for service in {c.service for c in cases if c.dead}:
        wait_for("the dead letters to be published", lambda: stage.stack.unpublished()[0] == 0, 30)
        for record in wire.read(f"{service}.dlq.v1", ends[service]):
            letters.setdefault((header(record, "ce_id"), record.key()), []).append(record)
    for case in cases:
        why = differs(case, found.get(case.id), letters)
        if why:
            wrong.append(f"{case.name}: {why}")
    return check(f"{name} ({len(cases)})", not wrong, f"{len(wrong)} wrong: " +
                 "; ".join(wrong[:6]))


def differs(case, answer, letters):
    codes = case.code if isinstance(case.code, tuple) else (case.code,)
    if not case.silent:
        if answer is None:
            return "no answer"
        accepted, body = answer
        if accepted:
            return "was accepted"
        if case.code and body.get("code") not in codes:
            return f"code {body.get('code')} at {body.get('path')}, expected {case.code}"
        if case.path is not None and (body.get("path") or "") != case.path:
            return f"path {body.get('path')}, expected {case.path} ({body.get('code')})"
        if not body.get("text"):
            return "the answer says nothing"
    if not case.dead:
        return None
    command_id = None if case.headers.get("ce_id", "") is None else case.id
    found = letters.get((command_id, case.key or None), [])
    if case.silent and command_id is None:
        found = [r for r in found if r.value() == case.value]
    if len(found) != 1:
        return f"{len(found)} dead letters"
    if (found[0].value() or b"") != (case.value or b""):
        return "the dead letter holds other bytes"
    if case.silent and case.code and header(found[0], "dlq-error-class") not in codes:
        return f"class {header(found[0], 'dlq-error-class')}, expected {case.code}"
    if header(found[0], "dlq-original-topic") not in TOPICS.values():
        return f"from {header(found[0], 'dlq-original-topic')}"
    return None


def wire_vectors(stage):
    """Files that must be refused as JSON, and files that must not be."""
    with tarfile.open(os.path.join(VECTORS, "json_test_parsing.tar.xz")) as tar:
        for member in tar.getmembers():
            name = os.path.basename(member.name)
            if member.isfile() and name[:2] in ("n_", "y_"):
                yield name, tar.extractfile(member).read()


NOT_JSON = {"json_invalid", "utf8_invalid", "json_nul", "json_too_deep", "value_missing",
            "json_duplicate_key"}


def vector_checks(stage, wire):
    cases = [Case(name, "orders", value, None) for name, value in wire_vectors(stage)]
    ends = {"orders": wire.ends("orders.dlq.v1")}
    send(stage, wire, cases)
    good = judge(stage, wire, cases, "JSON test suite, each answered", ends)
    told = answers(stage.stack, "orders", [c.id for c in cases])
    wrong = [c.name for c in cases if c.id in told and c.name.startswith("n_") and
             told[c.id][1]["code"] not in NOT_JSON]
    good &= check("JSON test suite: what is no JSON is said to be none", not wrong, wrong[:8])
    wrong = [(c.name, told[c.id][1]["code"]) for c in cases if c.id in told and
             c.name.startswith("y_") and told[c.id][1]["code"] in ("json_invalid", "utf8_invalid")]
    return check("JSON test suite: what is JSON is read", not wrong, wrong[:8]) and good


def naughty_strings(stage, wire):
    """As product name, account name, order reference, note and comment, through everything."""
    with lzma.open(os.path.join(VECTORS, "naughty_strings.json.xz"), "rt",
                   encoding="utf-8") as file:
        strings = [s for s in json.load(file) if 0 < len(s.encode()) <= 1024]
    account = stage.account()
    ends = wire.ends("orders.state.v1")
    sent = {}
    for n in range(0, len(strings), 10):
        part = strings[n:n + 10]
        lines = [{"sku": stage.sku("ten"), "quantity": MICRO, "note": s} for s in part]
        sent[stage.submit(account, *lines, reference=part[0])] = part
    wait_for("orders with hostile notes", lambda: stage.stack.value(
        "orders", "select count(*) from orders where order_id = any(%s) and state = 'confirmed'",
        (list(sent),)) == len(sent), 60)

    def digest(texts):
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()
    rows = dict(stage.stack.rows("orders", "select order_id, array[lines, to_json(reference)]"
                                           " from order_whole where order_id = any(%s)",
                                 (list(sent),)))
    wrong = [o for o, part in sent.items()
             if digest([x["note"] for x in rows[o][0]]) != digest(part) or rows[o][1] != part[0]]
    good = check("naughty strings in Postgres", not wrong, wrong[:3])
    stage.stack.settle(60)
    told = {r.key().decode(): json.loads(r.value()) for r in wire.read("orders.state.v1", ends)}
    wrong = [o for o, part in sent.items() if o not in told or
             digest([x["note"] for x in told[o]["lines"]]) != digest(part)]
    good &= check("naughty strings through Kafka", not wrong, wrong[:3])
    wrong = []
    for order, part in sent.items():
        shown = stage.stack.get("orders", f"/orders/{order}")
        wrong += [order] if digest([x["note"] for x in shown["lines"]]) != digest(part) else []
    return check("naughty strings over HTTP", not wrong, wrong[:3]) and good


def main():
    stage = Stage().build(1)
    wire = Wire(stage.stack)
    ends = {service: wire.ends(f"{service}.dlq.v1") for service in TOPICS}
    groups = {"unreadable bytes": list(byte_cases()), "values": list(value_cases(stage)),
              "envelopes": list(envelope_cases(stage)), "members": list(member_cases(stage))}
    for cases in groups.values():
        send(stage, wire, cases)
    good = True
    for name, cases in groups.items():
        good &= judge(stage, wire, cases, name, ends)
    if os.path.isdir(VECTORS):
        good &= vector_checks(stage, wire)
        good &= naughty_strings(stage, wire)
    else:
        print("absent: wire_vectors")
    account = stage.account()
    orders = [stage.submit(account, ("ten", 1)) for _ in range(16)]
    wait_for("every partition to move on", lambda: stage.stack.value(
        "orders", "select count(*) from orders where order_id = any(%s) and state = 'confirmed'",
        (orders,)) == len(orders), 60)
    good &= check("every partition moves on", True)
    good &= audited(stage)
    stage.end(good)


if __name__ == "__main__":
    main()
