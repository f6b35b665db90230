#!/usr/bin/env python3
"""runtime, poison: what cannot be decoded, stored or survived is set aside, and nothing else waits:
an undecodable event parks its order; an input that Postgres refuses is found out one by one, be it
a command, an event or a timer; a record that ends the process three times is not tried again."""
import os
import threading
import time

import commands
from ask import answers, with_ids
from runtime import WAIT, Rig
from scenes import audited, equal, holds
from stack import StackError, wait_for
from wire import header, partition_of

REFUSE = "raise exception 'not this one' using errcode = '23514'"
THERE = "raise exception 'it is there' using errcode = '23505'"
SLEEP = "perform pg_sleep(120)"


class Poison:
    def __init__(self):
        self.rig = Rig()
        self.stage, self.stack, self.wire = self.rig.stage, self.rig.stack, self.rig.wire
        self.all = []

    def flow(self, count, what):
        self.all += self.rig.orders(count)
        self.rig.settled(self.all, what)

    def parked(self, service, order):
        return self.stack.rows(service, "select n, topic, reason, attempts from parked where"
                                        " subject = %s order by n", (order,))

    def letters(self, service, order, since):
        return [r for r in self.wire.read(f"{service}.dlq.v1", since)
                if order.encode() in (r.key(), (header(r, "ce_subject") or "").encode())]

    def dlq(self, verb, service, key, order):
        code, out, error = self.stack.batuta("dlq", verb, service, key, f"--order={order}")
        equal(f"dlq {verb} ({out}{error})", 0, code)

    # --- a row that Postgres refuses, or that takes too long

    def trap(self, table, condition, action):
        schema = table.split(".")[0]
        self.rig.sql(f"create function {schema}.trap() returns trigger language plpgsql as $$ begin"
                     f" if {condition} then {action}; end if; return new; end $$")
        self.rig.sql(f"create trigger trap before insert or update on {table} for each row"
                     f" execute function {schema}.trap()")

    def untrap(self, table):
        self.rig.sql(f"drop trigger if exists trap on {table}")
        self.rig.sql(f"drop function if exists {table.split('.')[0]}.trap()")

    # --- stories

    def an_undecodable_event_parks_its_order(self):
        """A link of pricing's chain whose body is no JSON: orders parks the order that it names.
        pricing is down meanwhile; its row is told of the link, so that its chain goes on."""
        order, other = self.rig.orders(2)
        self.all += [order, other]
        self.rig.settled(self.all, "they were sent")
        self.stack.settle(30)
        self.stack.down("pricing")
        begins = self.wire.ends("orders.dlq.v1")
        self._forge(order)
        found = wait_for("the order to be parked", lambda: self.parked("orders", order), WAIT)
        equal("what is parked", [(1, "pricing.events.v1", 1)],
              [(n, topic, attempts) for n, topic, _, attempts in found])
        self.stack.up("pricing")
        cancel = self.stage.send(commands.cancel(order, "bea"))     # waits behind
        self.flow(12, "one order is parked")
        wait_for("the cancel to wait", lambda: len(self.parked("orders", order)) == 2, WAIT)
        equal("its state", "confirmed", self.rig.states([order])[order])
        letters = self.letters("orders", order, begins)
        equal("dead letters", [b"{broken"], [r.value() for r in letters])
        equal("class", "json_invalid", header(letters[0], "dlq-error-class"))
        self.dlq("redrive", "orders", order, order)
        wait_for("the redrive to fail again",
                 lambda: [r[3] for r in self.parked("orders", order)] == [2, 1], WAIT)
        self.dlq("discard", "orders", order, order)
        wait_for("the cancel to be decided",
                 lambda: self.rig.states([order])[order] == "cancelled", WAIT)
        equal("parked", [], self.parked("orders", order))
        wait_for("its answer", lambda: answers(self.stack, "orders", [cancel["id"]]), WAIT)

    def _forge(self, order):
        part = partition_of(order.encode(), self.rig.partitions)
        out, outputs, dest = self.stack.rows("pricing", "select out_seq, outputs, dest_seq from"
                                                        " stream where part = %s", (part,))[0]
        place = outputs.index("pricing.events.v1") * self.rig.partitions + part
        incarnation = self.stack.value("pricing", "select incarnation from stream where part = %s",
                                       (part,))
        mark = f"pricing/{part} {incarnation} {out + 1} {dest[place]}"
        self.wire.send("pricing.events.v1", order.encode(), b"{broken", {
            "batuta-stream": mark, "ce_specversion": "1.0", "ce_id": f"forged-{out + 1}",
            "ce_source": "/tests", "ce_type": "batuta.pricing.quote.priced.v1",
            "ce_subject": order}, part)
        self.wire.flush()
        self.rig.sql("update pricing.stream set out_seq = out_seq + 1, pub_seq = pub_seq + 1,"
                     " dest_seq[%s] = out_seq + 1 where part = %s", (place + 1, part))

    def a_command_that_cannot_be_stored(self):
        """Found out among others: refused with an answer, a dead letter, and nobody waits."""
        bad = commands.order_id(self.stage.run, "cannot be stored")
        begins = self.wire.ends("orders.dlq.v1")
        failed = self.rig.metric("orders", "failed_batches_total")
        self.trap("orders.orders", f"new.order_id = '{bad}'", REFUSE)
        try:
            told = [self.stage.submission(self.stage.new_order(), self.rig.account, ("ten", 1))
                    for _ in range(24)]
            told[12] = self.stage.submission(bad, self.rig.account, ("ten", 1))
            self.stage.orders.remove(self.stage.orders[-12])
            self.all += [t["body"]["order"] for t in told if t is not told[12]]
            self.stage.sender.send(with_ids(told))
            self.rig.settled(self.all, "one among them cannot be stored")
            found = wait_for("an answer", lambda: answers(
                self.stack, "orders", [told[12]["id"]]).get(told[12]["id"]), WAIT)
        finally:
            self.untrap("orders.orders")
        equal("the answer", (False, "undecidable"), (found[0], found[1].get("code")))
        equal("dead letters", ["undecidable"], [header(r, "dlq-error-class")
                                                for r in self.letters("orders", bad, begins)])
        equal("rows", {}, self.rig.states([bad]))
        holds("no batch failed", self.rig.metric("orders", "failed_batches_total") > failed)

    def a_row_that_is_there_after_all(self):
        """Notices are added without asking. The first is refused as one that is there: the batch is
        decided again over rows that are asked for, nobody goes alone and nothing is set aside."""
        failed = self.rig.metric("notifications", "failed_batches_total")
        log = os.path.join(self.stack.folder, "log", "notifications.log")
        begins = os.path.getsize(log)
        self.rig.sql("create sequence notifications.trapped")
        self.rig.sql("grant usage on sequence notifications.trapped to batuta_notifications")
        self.trap("notifications.notice", "nextval('notifications.trapped') = 1", THERE)
        try:
            self.flow(12, "a notice is taken to be there")
            tries = wait_for("the notices", lambda: max(0, self.rig.sql(
                "select last_value from notifications.trapped")[0][0] - 12), WAIT)
        finally:
            self.untrap("notifications.notice")
            self.rig.sql("drop sequence notifications.trapped")
        holds("no notice was tried twice", tries > 0)
        holds("no batch failed",
              self.rig.metric("notifications", "failed_batches_total") > failed)
        with open(log, encoding="utf-8") as file:
            file.seek(begins)
            equal("warnings", [], [line for line in file if '"level":"warn"' in line])
        equal("parked", 0, self.stack.value("notifications", "select count(*) from parked"))

    def an_event_and_a_timer_that_cannot_be_stored(self):
        """Both are parked, each alone, while others flow; a redrive heals when the cause is gone"""
        strict = self.stage.account(rules=[(50, [["approver"]], 2)])
        self.trap("orders.orders", "new.priced and new.reference = 'trapped'", REFUSE)
        self.trap("approvals.order_authorization",
                  f"new.account = '{strict}' and new.state = 'expired'", REFUSE)
        try:
            event = self.stage.submit(self.rig.account, ("ten", 1), reference="trapped")
            timer = self.stage.submit(strict, ("coin", 1))
            for _ in range(6):
                self.all += self.rig.orders(4)
                time.sleep(0.5)
            self.rig.settled(self.all, "two inputs cannot be stored")
            rows = wait_for("the event to be parked", lambda: self.parked("orders", event), WAIT)
            equal("topic", "pricing.events.v1", rows[0][1])
            rows = wait_for("the timer to be parked",
                            lambda: self.parked("approvals", timer), WAIT)
            equal("topic", "timer", rows[0][1])
            equal("parked at all", (1, 1), tuple(
                self.stack.value(s, "select count(*) from parked where subject = any(%s)",
                                 (self.stage.orders,)) for s in ("orders", "approvals")))
        finally:
            self.untrap("orders.orders")
            self.untrap("approvals.order_authorization")
        self.dlq("redrive", "orders", event, event)
        self.dlq("redrive", "approvals", strict, timer)
        wait_for("both to go on", lambda: self.rig.states([event, timer]) ==
                 {event: "confirmed", timer: "expired"}, WAIT)

    def a_record_that_ends_the_process(self):
        """Each time the process gets to it, it is killed in the middle. After two takings without
        progress inputs go alone and are marked; after three strikes this one is set aside."""
        bad = commands.order_id(self.stage.run, "ends the process")
        self.trap("orders.orders", f"new.order_id = '{bad}'", SLEEP)
        told = with_ids([self.stage.submission(self.stage.new_order(), self.rig.account,
                                               ("ten", 1)) for _ in range(6)])
        told.insert(3, with_ids([self.stage.submission(bad, self.rig.account, ("ten", 1))])[0])
        self.all += [t["body"]["order"] for t in told if t is not told[3]]
        self.stage.sender.send(told)
        killed, start = 0, None
        try:
            while True:
                sleeper = wait_for("it to be reached, or set aside", lambda: self._sleeper() or
                                   answers(self.stack, "orders", [told[3]["id"]]), WAIT, 0.02)
                if not isinstance(sleeper, int):
                    break
                self.rig.kill("orders")
                killed += 1
                holds("it is tried for ever", killed < 9)
                if start:
                    start.join()    # `up` gives up when its process dies
                start = threading.Thread(target=self._up, daemon=True)
                start.start()
                # This one: the next process may be asleep before anybody looks.
                wait_for("the sleeper's backend to be gone",
                         lambda: self._sleeper() != sleeper, WAIT)
        finally:
            self.untrap("orders.orders")
        holds(f"the process was killed {killed} times only", killed >= 3)
        accepted, body = answers(self.stack, "orders", [told[3]["id"]])[told[3]["id"]]
        equal("the answer", (False, "process_ended"), (accepted, body.get("code")))
        self.rig.settled(self.all, "the process was killed again and again")

    def _up(self):
        try:
            self.stack.up("orders")
        except StackError:
            pass

    def _sleeper(self):
        """The process id of the backend that is asleep in the trap; None when there is none."""
        return self.rig.sql("select min(pid) from pg_stat_activity where usename = 'batuta_orders'"
                            " and wait_event = 'PgSleep'")[0][0]

    def chains(self):
        self.stack.settle(30)
        wrong = self.rig.chains()
        holds("; ".join(wrong[:5]), not wrong)


def main():
    poison = Poison()
    good = True
    for story in (poison.an_undecodable_event_parks_its_order,
                  poison.a_command_that_cannot_be_stored,
                  poison.a_row_that_is_there_after_all,
                  poison.an_event_and_a_timer_that_cannot_be_stored,
                  poison.a_record_that_ends_the_process, poison.chains):
        good &= poison.rig.tell(story.__name__.replace("_", "-"), story)
    good &= audited(poison.stage)
    poison.stage.end(good)


if __name__ == "__main__":
    main()
