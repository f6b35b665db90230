#!/usr/bin/python3
"""make_trial: drives a small trial on a running stack through `batuta send`, with a kill -9 of two
services in the middle and a republish at the end, records it, checks it, and packs it. This is how
tests/checker/trial.json.xz came about.

usage: tests/checker/make_trial.py [--folder FOLDER] [--out FILE.json.xz]
env: BATUTA_STACK, BATUTA_BIN as for deploy/local/up; the stack must be fresh
"""
import argparse
import hashlib
import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid

import base
import protocol
import record as recorder
import records as recs

STACK = os.environ.get("BATUTA_STACK") or os.path.join(recorder.ROOT, "build/stack")
BIN = os.environ.get("BATUTA_BIN") or os.path.join(recorder.ROOT, "build/release/bin")
ALPS, BREEZE = "alps", "breeze"
WAIT_SECONDS = 60


def euro(text):
    return {"amount": text, "currency": "EUR"}


def pieces(count):
    return {"value": str(count), "unit": "C62"}


class Drive:
    def __init__(self):
        self.settings = recorder.stack_settings(STACK)
        self.client, self.faults, self.receipts = [], [], {ALPS: [], BREEZE: []}
        self.env = {**os.environ, "BATUTA_STACK": STACK, "BATUTA_BIN": BIN}
        self.sender = subprocess.Popen([os.path.join(BIN, "batuta"), "send", "-"], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                       env=self.env)
        self.receiving = True
        self.minted = 0
        self.threads = [threading.Thread(target=self._receive, args=(p,), daemon=True)
                        for p in (ALPS, BREEZE)]

    # --- the client

    def note(self, event, op, **more):
        self.client.append({"time": recorder.now(), "mono": time.monotonic_ns(),
                            "process": "driver", "n": len(self.client) + 1, "event": event,
                            "op": op, **more})

    def send(self, kind, body, **more):
        op = len(self.client) + 1
        line = {"type": f"batuta.{kind}.v1", "id": str(uuid.uuid4()), **more}
        text = more.get("raw")
        if text is None:
            line["body"] = body
            text = json.dumps(body)
        self.note("invoke", op, command=line["type"], id=line["id"],
                  key=more.get("key") or base.key_of(line["type"], body),
                  body_hash=base.body_hash(text),
                  principal=(body or {}).get("principal"),
                  idempotency_key=(body or {}).get("idempotency_key"),
                  order=(body or {}).get("order"))
        self.sender.stdin.write(json.dumps(line) + "\n")
        self.sender.stdin.flush()
        return {"op": op, **line}

    def http(self, service, path):
        address = self.settings[f"BATUTA_HTTP_{service.upper()}"]
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError, ValueError):
            return None

    def answered(self, sent):
        """Waits for the answer and notes it; None: unknown."""
        service = sent["type"].split(".")[1]
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            found = self.answer_of(service, sent)
            if found:
                self.note("ok", sent["op"], answer=found)
                return found
            time.sleep(0.05)
        self.note("info", sent["op"], why=f"no answer in {WAIT_SECONDS} s")
        return None

    def answer_of(self, service, sent):
        found = self.http(service, f"/commands/{sent['id']}")
        if found:
            return {"outcome": found["outcome"], "event_id": found["event_id"],
                    "code": found["answer"].get("code")}
        if sent["type"].endswith((".order.submit.v1", ".order.preview.v1")):
            row = self.http("orders", f"/orders/{sent['body']['order']}")
            if row:
                return {"outcome": "accepted", "order": row["order"]}
        return None

    def ask(self, kind, body, **more):
        return self.answered(self.send(kind, {**body, "idempotency_key": uuid.uuid4().hex}, **more))

    def read(self, order):
        op = len(self.client) + 1
        self.note("invoke", op, command="read", order=order)
        row = self.http("orders", f"/orders/{order}")
        if row is None:
            self.note("fail", op)
            return {}
        self.note("ok", op, answer={"order": order, "state": row["state"],
                                    "version": row["version"]})
        return row

    def wait(self, order, *states):
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            row = self.http("orders", f"/orders/{order}") or {}
            if row.get("state") in states:
                return self.read(order)
            time.sleep(0.05)
        raise SystemExit(f"make_trial: {order} did not become {states}: {row.get('state')}")

    # --- receivers

    def _receive(self, partner):
        """Polls the partner's topic as its receiver would, from where it was."""
        reader, at = protocol.Reader(self.settings["BATUTA_BROKERS"]), 0
        topic = f"partners.{partner}.fulfilment.v1"
        while self.receiving:
            place = reader.topics().get(topic, {}).get(0)
            if place:
                found, following = protocol.records_of(reader.fetch(place, topic, 0, at))
                at = following or at
                for offset, _, key, value, headers in found:
                    named = {n: v.decode() for n, v in headers}
                    self.receipts[partner].append(
                        {"time": recorder.now(), "offset": offset, "sequence":
                         int(named["ce_sequence"]), "id": named["ce_id"], "source":
                         named["ce_source"], "type": named["ce_type"], "key": key.decode(),
                         "body_hash": hashlib.sha256(value).hexdigest()})
            time.sleep(0.2)
        reader.close()

    # --- the world

    def world(self):
        def put(kind, items):
            self.ask(f"catalog.{kind}.put", {"reference": f"reference:{kind}",
                                             "principal": "office", "items": items})
        put("seller", [{"seller": ALPS, "name": "Alps", "owner": True},
                       {"seller": BREEZE, "name": "Breeze"}])
        skus = {"BOLT": "2.50", "PUMP": "120.00", "HOSE": "18.00", "VALVE": "75.00"}
        put("product", [{"sku": s, "name": s.title(), "unit": "C62"} for s in skus])
        put("node", [{"node": n, "seller": n.split("/")[0], "priority": p}
                     for p, n in enumerate((f"{ALPS}/graz", f"{BREEZE}/linz"), 1)])
        places = {"BOLT": f"{ALPS}/graz", "PUMP": f"{ALPS}/graz", "HOSE": f"{BREEZE}/linz",
                  "VALVE": f"{BREEZE}/linz"}
        put("offer", [{"sku": s, "node": n, "priority": 1} for s, n in places.items()])
        self.ask("pricing.price_list.put", {
            "reference": "reference:price_list", "principal": "office", "price_list": "base",
            "level": "base", "currency": "EUR",
            "prices": [{"sku": s, "unit": "C62", "amount": a} for s, a in skus.items()]})
        for sku, count in (("BOLT", 5000), ("PUMP", 100), ("HOSE", 200), ("VALVE", 12)):
            self.ask("catalog.stock.set", {"node": places[sku], "principal": "feed", "items": [
                {"sku": sku, "quantity": pieces(count)}]})
        self.accounts()
        subprocess.run([os.path.join(BIN, "batuta"), "topics", "apply", "--partner", ALPS,
                        "--partner", BREEZE], env=self.env, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for thread in self.threads:
            thread.start()
        time.sleep(1.0)

    def accounts(self):
        people = [{"user": "bea", "unit": "team", "roles": ["buyer"]},
                  {"user": "ada", "unit": "hq", "roles": ["approver", "buyer"]},
                  {"user": "fin", "unit": "hq", "roles": ["finance"]}]
        rules = [{"rule": "r1", "over": euro("1000"), "tiers": [{"roles": ["approver"]}]},
                 {"rule": "r2", "over": euro("2000"), "tiers": [{"roles": ["approver"]},
                                                                {"roles": ["finance"]}]}]
        hasty = [{"rule": "h", "over": euro("1"), "expire_seconds": 3,
                  "tiers": [{"roles": ["approver"]}]}]
        for name, limit, asked in (("acme", "50000", rules), ("tiny", "300", []),
                                   ("hasty", "5000", hasty)):
            self.ask("approvals.account.put", {
                "account": name, "principal": "office", "name": name.title(), "currency": "EUR",
                "credit_limit": euro(limit), "units": [{"unit": "hq"},
                                                       {"unit": "team", "parent": "hq"}],
                "users": people, "rules": asked})

    # --- orders

    def order(self):
        self.minted += 1
        digest = bytearray(hashlib.sha256(f"checker {self.minted}".encode()).digest()[:16])
        digest[6], digest[8] = digest[6] & 15 | 0x80, digest[8] & 63 | 0x80
        return str(uuid.UUID(bytes=bytes(digest)))

    def submit(self, account, *items, order=None, **more):
        body = {"order": order or self.order(), "account": account, "buyer": "bea",
                "principal": "bea", "currency": "EUR", "purchase_order": f"PO-{self.minted}",
                "lines": [{"line": n, "sku": s, "quantity": pieces(q)}
                          for n, (s, q) in enumerate(items, 1)], **more}
        return self.send("orders.order.submit", body)

    def decide(self, verb, order, person, content_hash=None):
        row = self.http("approvals", f"/authorizations/{order}")
        return self.ask(f"approvals.approval.{verb}", {
            "account": row["account"], "order": order, "principal": person,
            "content_hash": content_hash or row["content_hash"]})

    def respond(self, verb, order, sub, seller, lines=None):
        body = {"partner": seller, "order": order, "sub_order": sub, "principal": seller}
        if lines:
            body["lines"] = lines
        return self.ask(f"notifications.fulfilment.{verb}", body)

    def fulfil(self, order, verbs=("accept", "ship", "deliver")):
        row = self.wait(order, "confirmed", "accepted")
        for verb in verbs:
            for sub in row["sub_orders"]:
                self.respond(verb, order, sub["sub_order"], sub["seller"])
        return row

    def run(self):
        split = [("BOLT", 10), ("HOSE", 2)]
        sent = [self.submit("acme", *split), self.submit("acme", ("PUMP", 1)),
                self.submit("acme", ("PUMP", 10)), self.submit("acme", ("PUMP", 20)),
                self.submit("acme", ("PUMP", 9)), self.submit("acme", ("PUMP", 11)),
                self.submit("tiny", ("BOLT", 100)), self.submit("tiny", ("BOLT", 80)),
                self.submit("hasty", ("HOSE", 1)), self.submit("acme", ("NOSUCH", 1)),
                self.submit("acme", ("VALVE", 8)),
                self.submit("acme", ("VALVE", 6), ("BOLT", 4), line_policy="partial"),
                self.submit("acme", ("VALVE", 9)), self.submit("acme", *split, ("PUMP", 1)),
                self.submit("acme", ("BOLT", 40)), self.submit("acme", ("BOLT", 3), ("HOSE", 1)),
                *(self.submit("acme", *lines, commit_at="reserve") for lines in (
                    split, [("BOLT", 5), ("VALVE", 13)], [("BOLT", 30), ("HOSE", 1)]))]
        orders = [s["body"]["order"] for s in sent]
        look = {**sent[2]["body"], "order": self.order()}
        sent.append(self.send("orders.order.preview", look))
        again = [self.send("orders.order.submit", sent[n]["body"]) for n in (0, 6)]
        other = {**sent[1]["body"], "reference": "another content"}
        clash = self.send("orders.order.submit", other)
        for s in (*sent, *again, clash):
            self.answered(s)
        self.decisions(orders)
        accident = threading.Thread(target=self.accident)
        accident.start()
        more = [self.submit("acme", ("BOLT", n), ("PUMP", 1)) for n in range(1, 9)]
        for s in more:
            self.answered(s)
        accident.join()
        self.fulfilments(orders, [s["body"]["order"] for s in more])
        self.ask("approvals.payment.record", {"account": "acme", "principal": "office",
                                              "amount": euro("100.00")})
        self.ask("approvals.payment.record", {"account": "acme"})   # cannot be read
        for part in range(int(self.settings["BATUTA_PARTITIONS"])):     # most lie in a wrong place
            self.ask("approvals.payment.record", {"account": "tiny", "principal": "office",
                                                  "amount": euro("1.00")}, partition=part)

    def decisions(self, orders):
        two, three, rejected, cancelled = orders[2], orders[3], orders[5], orders[4]
        for order in (two, three, rejected):
            self.wait(order, "pending_approval")
        self.decide("approve", two, "bea")              # the buyer may not
        self.decide("approve", two, "ada", "0" * 64)    # another content was seen
        key = {"account": "acme", "order": two, "principal": "ada", "idempotency_key": "once",
               "content_hash": self.http("approvals", f"/authorizations/{two}")["content_hash"]}
        for _ in range(2):
            self.answered(self.send("approvals.approval.approve", key))
        self.answered(self.send("approvals.approval.approve", {**key, "comment": "and more"}))
        self.decide("approve", three, "ada")
        self.decide("reject", rejected, "ada")
        self.wait(cancelled, "pending_approval")
        self.ask("orders.order.cancel", {"order": cancelled, "principal": "bea"})
        self.decide("approve", three, "fin")

    def fulfilments(self, orders, more):
        self.fulfil(orders[0])
        self.fulfil(orders[1], ("accept",))
        self.fulfil(orders[2])
        row = self.wait(orders[13], "confirmed")
        self.respond("reject", orders[13], 1, row["sub_orders"][0]["seller"],
                     [{"line": 1, "quantity": pieces(4)}])
        self.fulfil(orders[13])
        self.wait(orders[14], "confirmed")
        self.ask("orders.order.cancel", {"order": orders[14], "principal": "bea"})
        self.wait(orders[14], "cancelled")
        self.fulfil(orders[15], ("accept", "ship"))
        self.fulfil(orders[16])
        self.wait(orders[17], "refused")
        self.wait(orders[18], "confirmed")
        self.ask("orders.order.cancel", {"order": orders[18], "principal": "bea"})
        self.wait(orders[18], "cancelled")
        for order in more[:4]:
            self.fulfil(order)
        for order in more[:4] + [orders[0], orders[2], orders[13], orders[16]]:
            self.wait(order, "closed")
        self.wait(orders[8], "expired")

    # --- faults

    def accident(self):
        for name in ("orders", "approvals"):
            pid = open(os.path.join(STACK, "run", name + ".pid"), encoding="utf-8").read().strip()
            begun = recorder.now()
            for script, flags in (("down", ["--kill"]), ("up", [])):
                subprocess.run([os.path.join(recorder.ROOT, "deploy/local", script), *flags, name],
                               env=self.env, check=True, stdout=subprocess.DEVNULL)
            new = open(os.path.join(STACK, "run", name + ".pid"), encoding="utf-8").read().strip()
            self.faults.append({"time": begun, "until": recorder.now(), "kind": "kill",
                                "target": name, "pid": int(pid), "new_pid": int(new),
                                "happened": pid != new})

    def republish(self):
        """Some of what orders told goes again: readers must drop it."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("BATUTA_")}
        env.update({k: self.settings[k] for k in ("BATUTA_BROKERS", "BATUTA_POSTGRES",
                                                  "BATUTA_PARTITIONS", "BATUTA_SYSTEMS_FILE")})
        begun = recorder.now()
        subprocess.run([os.path.join(BIN, "batuta-orders"), "republish", "--from", "60"],
                       env=env, check=True, stdout=subprocess.DEVNULL)
        self.faults.append({"time": begun, "until": recorder.now(), "kind": "republish",
                            "target": "orders", "happened": True})

    def end(self, folder):
        self.sender.stdin.close()
        self.sender.wait(60)
        time.sleep(1.5)
        self.receiving = False
        for thread in self.threads:
            thread.join(10)
        found = recs.Records()
        found.trial = {"started": self.client[0]["time"], "ended": self.client[-1]["time"],
                       "client_complete": True, "receivers_complete": True,
                       "require": {"kill": 2, "republish": 1, "redelivery": 1}}
        found.client, found.faults, found.receivers = self.client, self.faults, self.receipts
        recs.save(found, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", default="build/checker-trial")
    parser.add_argument("--out")
    given = parser.parse_args()
    drive = Drive()
    drive.world()
    drive.run()
    drive.republish()
    drive.end(given.folder)
    found = recorder.record(given.folder, STACK)
    if given.out:
        recs.pack(found, given.out)
        print(f"{given.out}: {os.path.getsize(given.out)} bytes")


if __name__ == "__main__":
    main()
