#!/usr/bin/env python3
"""wire: what travels, seen from outside: other clients and partitioners, structured mode, an
independent CloudEvents reader, the published schemas, metrics in the text format of Prometheus."""
import collections
import glob
import json
import os
import re
import tempfile
import urllib.request

import confluent_kafka as kafka
import jsonschema
import yaml
from cloudevents.kafka import KafkaMessage, from_binary

import commands
from commands import MICRO
from scenes import Stage, audited, check, equal, holds
from stack import ROOT, SERVICES, wait_for
from wire import Wire, header, partition_of

SUBMIT = "batuta.orders.order.submit.v1"
COMMANDS = "orders.commands.v1"


def body_of(s, order, account, **more):
    return json.dumps(s.submission(order, account, ("ten", 1), **more)["body"]).encode()


# --- stories

def misplaced_by_another_partitioner(s):
    account = s.account()
    count = s.wire.partitions(COMMANDS)
    placed = kafka.Producer({"bootstrap.servers": s.wire.brokers})  # CRC32, as its default is
    landed, orders = {}, []
    for _ in range(24):
        order = s.new_order()
        orders.append(order)
        value = body_of(s, order, account)
        placed.produce(COMMANDS, value, order.encode(),
                       headers=list(s.wire.headers(SUBMIT, order.encode(), value).items()),
                       on_delivery=lambda _, r: landed.update({r.key(): r.partition()}))
    placed.flush(30)
    wrong = [k for k, p in landed.items() if p != partition_of(k, count)]
    holds("no key came to the wrong partition, so nothing is tested", len(wrong) > 3)
    for order in orders:
        yield s.state(order, "confirmed")
    parts = dict(s.stack.rows("orders", "select order_id, part from orders where"
                                        " order_id = any(%s)", (orders,)))
    equal("partition of the rows", {o: partition_of(o.encode(), count) for o in orders}, parts)


def misplaced_on_purpose(s):
    account = s.account()
    count = s.wire.partitions(COMMANDS)
    orders = []
    for n in range(count):
        order = s.new_order()
        orders.append(order)
        s.send(dict(s.submission(order, account, ("ten", 1)), partition=n))
    for order in orders:
        yield s.state(order, "confirmed")
    routed = s.stack.value("orders", "select count(*) from journal_event where recorded_at >= %s"
                                     " and topic = 'orders.routed.v1'", (s.since,))
    holds("nothing was routed", routed >= 1)


def forged_stream_headers_are_nothing(s):
    """On an open topic nobody can silence a service with a sequence of their own."""
    account = s.account()
    first, second = s.new_order(), s.new_order()
    value = body_of(s, first, account)
    forged = s.wire.headers(SUBMIT, first.encode(), value)
    forged["batuta-stream"] = "orders/0 1 9000000000 0"
    s.wire.send(COMMANDS, first.encode(), value, forged, partition_of(
        first.encode(), s.wire.partitions(COMMANDS)))
    s.wire.flush()
    s.send(s.submission(second, account, ("ten", 1)))
    yield s.state(first, "confirmed")
    yield s.state(second, "confirmed")


def structured_mode(s):
    account = s.account()
    order = s.new_order()
    event = {"specversion": "1.0", "id": "structured-" + order, "source": "/tests", "type": SUBMIT,
             "datacontenttype": "application/json", "subject": order,
             "data": json.loads(body_of(s, order, account))}
    value = json.dumps(event).encode()
    s.wire.send(COMMANDS, order.encode(), value,
                {"content-type": "application/cloudevents+json; charset=utf-8"},
                partition_of(order.encode(), s.wire.partitions(COMMANDS)))
    s.wire.flush()
    yield s.state(order, "confirmed")


def a_wrong_signature(s):
    account = s.account()
    order = s.new_order()
    value = body_of(s, order, account)
    headers = s.wire.headers(SUBMIT, order.encode(), value)
    headers["batuta-auth"] = headers["batuta-auth"][:-1] + \
        ("0" if headers["batuta-auth"][-1] != "0" else "1")
    s.wire.send(COMMANDS, order.encode(), value, headers)
    s.wire.flush()
    told = {"type": SUBMIT, "id": headers["ce_id"]}
    yield s.answered(told)
    equal("code", "not_authenticated", s.refused(told))
    equal("no row", None, s.row(order))
    replayed = dict(headers, **{"batuta-auth": s.wire.signature("another id", order.encode(),
                                                                value), "ce_id": "again-" + order})
    s.wire.send(COMMANDS, order.encode(), value, replayed)
    s.wire.flush()
    told = {"type": SUBMIT, "id": "again-" + order}
    yield s.answered(told)
    equal("a signature of another message", "not_authenticated", s.refused(told))
    s.orders.remove(order)


def trace_and_correlation_go_along(s):
    account = s.account()
    order = s.new_order()
    value = body_of(s, order, account)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    s.wire.send(COMMANDS, order.encode(), value,
                s.wire.headers(SUBMIT, order.encode(), value, traceparent=trace,
                               ce_correlationid="basket-42"))
    s.wire.flush()
    yield s.state(order, "confirmed")
    yield "the trace in every service", lambda: all(s.stack.value(
        service, "select count(*) from journal_event where recorded_at >= %s and subject = %s and"
                 " headers like %s and headers like %s",
        (s.since, order, f"%traceparent={trace}%", "%ce_correlationid=basket-42%"))
        for service in SERVICES)


def one_of_each_fate(s):
    """So that many types are really told; the checks below read them."""
    account = s.account(limit=300, rules=[(150, [["approver"]], 3)])
    free = s.account()
    orders = {"closed": s.submit(free, ("ten", 2), ("twenty", 1), purchase_order="PO 7"),
              "refused": s.submit(free, ("nosuch", 1)),
              "approved": s.submit(account, ("coin", 2)),
              "previewed": s.submit(free, ("coin", 1), kind="preview")}
    s.stock("rare0", 1)
    short = s.submit(free, ("rare0", 3), line_policy="partial")
    yield s.state(orders["closed"], "confirmed")
    s.respond("reject", orders["closed"], 1, [(1, MICRO, "C62")])
    s.deliver_all(orders["closed"])
    yield s.pending(orders["approved"])
    s.decide("approve", orders["approved"], "ada")
    yield s.state(orders["approved"], "confirmed")
    s.send(commands.cancel(orders["approved"], "bea"))
    s.send(commands.payment(account, 50 * MICRO))
    expiring = s.submit(account, ("coin", 2))
    yield s.state(orders["approved"], "cancelled")
    yield s.state(orders["closed"], "closed")
    yield s.state(orders["refused"], "refused")
    yield s.state(orders["previewed"], "previewed")
    yield s.state(short, "confirmed")
    yield s.state(expiring, "expired", "refused")


SCENES = [misplaced_by_another_partitioner, misplaced_on_purpose,
          forged_stream_headers_are_nothing, structured_mode, a_wrong_signature,
          trace_and_correlation_go_along, one_of_each_fate]


# --- what was told, read by others

def contract():
    """type name -> schema, from the AsyncAPI document; and the document."""
    with open(os.path.join(ROOT, "proto/asyncapi.yaml"), encoding="utf-8") as file:
        document = yaml.safe_load(file)
    schemas = {}
    for message in document["components"]["messages"].values():
        if "payload" not in message:    # dead letters and routed records: whatever it was
            continue
        with open(os.path.join(ROOT, "proto", message["payload"]["$ref"]),
                  encoding="utf-8") as file:
            schemas[message["name"]] = json.load(file)
    return document, schemas


def references_resolve(document):
    def walk(value):
        if isinstance(value, dict):
            ref = value.get("$ref")
            if isinstance(ref, str) and ref.startswith("#/"):
                at = document
                for part in ref[2:].split("/"):
                    at = at[part.replace("~1", "/").replace("~0", "~")]
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
    walk(document)
    return True


def read_by_others(s):
    """Every event of this run: through CloudEvents' own reader, then against its schema."""
    document, schemas = contract()
    topics = [c["address"] for c in document["channels"].values()
              if c.get("x-access") == "closed" and "{" not in c["address"] and
              "%" not in c["address"] and not re.search(r"\.(dlq|routed)\.v1$", c["address"])]
    topics += [f"partners.{p}.fulfilment.v1" for p in (s.a, s.b)]
    validators = {name: jsonschema.Draft7Validator(schema) for name, schema in schemas.items()}
    seen, unread, invalid, misplaced = collections.Counter(), [], [], []
    for topic in topics:
        count = s.wire.partitions(topic)
        for record in s.wire.read(topic, s.ends.get(topic)):
            try:
                event = from_binary(KafkaMessage(dict(record.headers()), record.key(),
                                                 record.value()), data_unmarshaller=json.loads)
            except Exception as error:
                unread.append(f"{topic}: {error}")
                continue
            seen[event["type"]] += 1
            if event["type"] not in validators:
                invalid.append(f"{event['type']} has no schema")
            elif not validators[event["type"]].is_valid(event.data):
                wrong = next(validators[event["type"]].iter_errors(event.data))
                invalid.append(f"{event['type']}: {list(wrong.path)} {wrong.message[:80]}")
            if record.partition() != partition_of(record.key(), count):
                misplaced.append(f"{topic} {record.key()}")
            if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", header(record,
                                                                                   "ce_time")):
                unread.append(f"{topic}: ce_time {header(record, 'ce_time')}")
    good = check("another CloudEvents reader takes every event", not unread, unread[:4])
    good &= check("every event is as its schema says", not invalid, invalid[:4])
    good &= check("keys are where Java would put them", not misplaced, misplaced[:4])
    good &= check(f"{len(seen)} types were told and read ({sum(seen.values())} events)",
                  len(seen) >= 40, sorted(seen))
    return good


def documents(s):
    document, schemas = contract()
    good = check("asyncapi is version 3 and its references resolve",
                 document["asyncapi"].startswith("3.") and references_resolve(document))
    wrong = []
    for path in glob.glob(os.path.join(ROOT, "proto/schemas/*.json")):
        with open(path, encoding="utf-8") as file:
            schema = json.load(file)
        for dialect in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
            try:
                dialect.check_schema(schema)
            except jsonschema.SchemaError as error:
                wrong.append(f"{os.path.basename(path)}: {error.message[:80]}")
    good &= check("schemas hold in draft-07 and 2020-12", not wrong, wrong[:3])
    topics = s.wire.producer.list_topics(timeout=10).topics
    wrong = [a for a in (c["address"] for c in document["channels"].values())
             if "{" not in a and "%" not in a and a not in topics]
    good &= check("every topic of the document is on the broker", not wrong, wrong)
    return contract_check(s) and good


def contract_check(s):
    """The command that says which rule a message breaks."""
    with open(os.path.join(ROOT, "proto/examples/batuta.orders.order.submit.v1.json"),
              encoding="utf-8") as file:
        event = {"specversion": "1.0", "id": "1", "source": "/tests", "type": SUBMIT,
                 "data": json.load(file)}
    good = True
    for name, change, code in (("takes", {}, 0), ("refuses", {"lines": []}, 1)):
        event["data"].update(change)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(event, file)
            file.flush()
            found, out, error = s.stack.batuta("contract", "check", file.name)
        good &= check(f"batuta contract check {name} an event", found == code, out + error)
    return good


# --- metrics

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\.)*"'
                    r',?)*)\})? (-?[0-9.]+(?:e[+-]?\d+)?|\+Inf|-Inf|NaN)')


def metrics_parse(text):
    """Names by type; raises when a line is none of the format's."""
    kinds, samples, seen = {}, collections.Counter(), set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            if name in kinds or kind not in ("counter", "gauge", "histogram", "summary"):
                raise ValueError(line)
            kinds[name] = kind
            continue
        found = SAMPLE.fullmatch(line)
        if not found:
            raise ValueError(f"not a sample: {line!r}")
        if line.rsplit(" ", 1)[0] in seen:
            raise ValueError(f"twice: {line!r}")
        seen.add(line.rsplit(" ", 1)[0])
        base = re.sub(r"_(bucket|sum|count)$", "", found.group(1))
        name = found.group(1) if found.group(1) in kinds else base
        if name not in kinds:
            raise ValueError(f"no TYPE before {line!r}")
        samples[name] += 1
    return kinds, samples


def metrics(s):
    good = True
    for service in SERVICES:
        address = s.stack.setting(f"BATUTA_HTTP_{service.upper()}")
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
            kind, text = answer.headers["Content-Type"], answer.read().decode()
        try:
            kinds, samples = metrics_parse(text)
            why = "" if text.endswith("\n") and len(samples) >= 5 and all(
                name.endswith("_total") for name, k in kinds.items() if k == "counter") else kinds
        except ValueError as error:
            why = error
        good &= check(f"{service}: metrics in Prometheus's text format",
                      not why and kind == "text/plain; version=0.0.4; charset=utf-8",
                      f"{kind}: {why}")
        status, text = s.stack.http(service, "/livez")
        ready = s.stack.http(service, "/readyz")
        good &= check(f"{service}: livez, readyz", (status, ready[0]) == (200, 200), ready)
        good &= check(f"{service}: unknown paths are 404",
                      s.stack.http(service, "/nosuch")[0] == 404)
    return good


def main():
    stage = Stage()
    stage.wire = Wire(stage.stack)
    document, _ = contract()
    stage.ends = {c["address"]: stage.wire.ends(c["address"])
                  for c in document["channels"].values()
                  if "{" not in c["address"] and "%" not in c["address"] and
                  not c["address"].endswith((".dlq.v1", ".routed.v1"))}
    stage.build(2)
    good = stage.play(SCENES)
    stage.stack.settle(60)
    good &= read_by_others(stage)
    good &= documents(stage)
    good &= metrics(stage)
    good &= audited(stage)
    wait_for("nothing to be left", lambda: stage.stack.unpublished()[0] == 0, 30)
    stage.end(good)


if __name__ == "__main__":
    main()
