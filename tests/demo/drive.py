"""drive: sends the orders and plays everybody else: approvers, buyers who change their mind,
sellers who accept, ship and deliver; and the accident in the middle."""
import threading
import time

import commands
import names
from commands import MICRO
from stack import StackError

WAVES = 12
WAVE_SECONDS = 0.25
PATIENCE_SECONDS = 45       # without any progress
FINAL = ("closed", "refused", "cancelled", "expired")
STALE = "0" * 64


class Drive:
    def __init__(self, stack, sender, plan, malformed, screen, victims=("orders", "approvals")):
        self.stack, self.sender, self.screen = stack, sender, screen
        self.malformed, self.victims = malformed, victims
        self.orders = {order.id: order for order in plan.orders}
        self.plan = plan
        self.prefix = plan.world.run + "-%"
        self.states, self.decided, self.answered = {}, set(), {}
        self.accidents = []
        self.late = {}          # cancelled-late: order -> id of the cancel command
        self.extras = 0         # wrong approvals tried
        self.shipments = 0
        self.accident = None

    # --- sending

    def waves(self):
        orders = self.plan.orders
        size = -(-len(orders) // WAVES)
        bad = [m[2] for m in self.malformed]
        share = -(-len(bad) // WAVES) if bad else 0
        for n in range(0, len(orders), size):
            wave = []
            for order in orders[n:n + size]:
                wave.append(order.command())
                wave += [order.command() for _ in range(order.repeats)]
                if order.conflicts:
                    other = order.command()
                    other["body"]["reference"] = "the same id, another content"
                    wave.append(other)
            wave += bad[:share]
            del bad[:share]
            yield wave

    def run(self, since):
        self.since = since
        waves = list(self.waves())
        sent, next_wave = 0, time.monotonic()
        progress, self.moved_at = None, time.monotonic()
        while True:
            if waves and time.monotonic() >= next_wave:
                self.sender.send(waves.pop(0))
                sent += 1
                next_wave = time.monotonic() + WAVE_SECONDS
            if sent == WAVES // 2 and self.accident is None:
                self.accident = threading.Thread(target=self._accident, daemon=True)
                self.accident.start()
            self._look()
            self._decide()
            self._fulfil()
            self._change_minds()
            done = self._done()
            now = (sent, done, len(self.answered), len(self.decided))
            if now != progress:
                progress, self.moved_at = now, time.monotonic()
            self.screen.step(done, len(self.orders), self._where(sent))
            if done == len(self.orders) and not waves and not self.accident.is_alive():
                break
            if time.monotonic() - self.moved_at > PATIENCE_SECONDS:
                raise StackError(f"nothing has moved for {PATIENCE_SECONDS} s; "
                                 + self._missing())
            time.sleep(0.1)
        self.sender.flush()
        if isinstance(self.accidents[-1], Exception):
            raise self.accidents[-1]

    def _where(self, sent):
        waiting = sum(s == "pending_approval" for s in self.states.values())
        return f"orders at rest, wave {sent}/{WAVES}, {waiting} wait for people"

    def _done(self):
        return sum(self.states.get(i) in order.states for i, order in self.orders.items())

    def _missing(self):
        late = [(o.fate, i, self.states.get(i)) for i, o in self.orders.items()
                if self.states.get(i) not in o.states]
        return f"{len(late)} orders are not where they should be, such as " + \
            ", ".join(f"{i} ({fate}) in {state}" for fate, i, state in late[:3])

    # --- the accident

    def _accident(self):
        """kill -9 of services while orders are on their way, and up again."""
        victims = self.victims
        try:
            before = {name: self.stack.pid(name) for name in victims}
            under_way = sum(s not in FINAL for s in self.states.values())
            self.stack.kill(*victims)
            dead = [name for name in victims if self.stack.pid(name) is None]
            self.screen.say(f"killed -9 {' and '.join(victims)} ({self._pids(before)}) with "
                            f"{under_way} orders under way")
            time.sleep(0.5)
            self.stack.up(*victims)
            after = {name: self.stack.pid(name) for name in victims}
            self.screen.say(f"started again as {self._pids(after)}")
            sound = len(dead) == len(victims) and all(
                after[v] not in (None, before[v]) for v in victims)
            self.accidents.append((before, after, sound))
        except Exception as error:      # told by the main thread
            self.accidents.append(error)

    def _pids(self, pids):
        return f"pid{'s' if len(pids) > 1 else ''} {', '.join(map(str, pids.values()))}"

    # --- looking

    def _look(self):
        rows = self.stack.rows("orders", "select order_id, state, version from orders"
                                         " where account like %s", (self.prefix,))
        self.states = {order: state for order, state, _ in rows}
        self.versions = {order: version for order, _, version in rows}

    # --- approvers

    def _decide(self):
        told = []
        for account, order_id, tier, content_hash in self.stack.rows(
                "approvals", "select account, order_id, tier, content_hash"
                             " from order_authorization where state = 'pending' and account like"
                             " %s", (self.prefix,)):
            order = self.orders[order_id]
            if (order_id, tier) in self.decided or order.verdict is None:
                continue
            if self.states.get(order_id) != "pending_approval":
                continue    # orders has not read of it: a cancel now would be another fate
            self.decided.add((order_id, tier))
            told += self._verdict(order, account, tier, content_hash)
        self.sender.send(told)

    def _verdict(self, order, account, tier, content_hash):
        if order.verdict == "cancel":
            return [commands.cancel(order.id, order.buyer[0], reason="changed my mind")]
        told = []
        if tier == 1 and "self" in order.extras:
            told.append(commands.decide("approve", account, order.id, order.buyer[0],
                                        content_hash))
        if tier == 1 and "stale" in order.extras:
            told.append(commands.decide("approve", account, order.id, order.account.approver,
                                        STALE))
        self.extras += len(told)
        person = order.account.approver if tier == 1 else order.account.controller
        return told + [commands.decide(order.verdict, account, order.id, person, content_hash,
                                       comment=f"tier {tier}")]

    # --- sellers

    def _fulfil(self):
        told = []
        for order_id, sub_order, partner in self.stack.rows(
                "notifications", "select order_id, sub_order::bigint, partner from fulfilment"
                                 " where state = 'new' and announced_at >= %s", (self.since,)):
            if order_id not in self.orders or (order_id, sub_order) in self.answered:
                continue
            order = self.orders[order_id]
            node, lines = list(order.node_lines().items())[sub_order - 1] \
                if order.fate != "line-rejected" else self._node_of_rejected(order, sub_order)
            if order.fate == "line-rejected" and node not in order.rejects and \
                    self.versions.get(order_id, 0) < 2:
                continue    # so that the rejection is never what ends the order
            if node.split("/")[0] != partner:
                raise StackError(f"sub-order {sub_order} of {order_id} went to {partner}, not to "
                                 f"the seller of {node}")
            self.answered[order_id, sub_order] = order.fate
            told += self._answers(order, sub_order, partner, node, lines)
        self.shipments += sum(c["type"] == "batuta.notifications.fulfilment.ship.v1"
                              for c in told)
        self.sender.send(told)

    def _node_of_rejected(self, order, sub_order):
        """As announced: with the line that its seller will reject."""
        nodes = {}
        for number, line in enumerate(order.lines, 1):
            nodes.setdefault(line.node, []).append((number, line))
        return list(nodes.items())[sub_order - 1]

    def _answers(self, order, sub_order, partner, node, lines):
        def say(verb, rows=None, **more):
            return commands.respond(verb, partner, order.id, sub_order, rows, **more)

        def some(rows):
            return [(n, q, order.lines[n - 1].body["unit"]) for n, q in rows]
        carrier = {"carrier": names.CARRIERS[order.n % len(names.CARRIERS)],
                   "tracking": f"T{order.n:06d}{sub_order}"}
        if order.fate == "cancelled":
            return [say("accept")] if (order.n + sub_order) % 2 else []
        told = []
        if node in order.rejects:
            told.append(say("reject", some(order.rejects[node]), reason="not made any more"))
            if not any(line.quantity for _, line in lines) or order.fate == "all-rejected":
                return told
        told.append(say("accept"))
        if order.fate == "left-accepted":
            return told
        if order.fate == "split-shipment":
            first = [(n, self._half(line)) for n, line in lines if self._half(line)]
            if first:
                told += [say("ship", some(first), **carrier), say("deliver", some(first))]
        if order.fate != "split-shipment" or any(line.quantity for _, line in lines):
            told.append(say("ship", **carrier))
        if order.fate not in ("left-shipped", "cancelled-late"):
            told.append(say("deliver"))
        return told

    def _half(self, line):
        step = MICRO if line.body["unit"] == "C62" else MICRO // 10
        return line.quantity // 2 // step * step

    # --- buyers who change their mind

    def _change_minds(self):
        told = []
        for order_id, order in self.orders.items():
            state = self.states.get(order_id)
            if order.fate == "cancelled" and state in ("confirmed", "accepted") and \
                    order_id not in self.late:
                told.append(self._cancel(order))
            if order.fate == "cancelled-late" and state == "shipped" and \
                    order_id not in self.late:
                told.append(self._cancel(order))
        self.sender.send(told)
        self._deliver_late()

    def _cancel(self, order):
        command = commands.cancel(order.id, order.buyer[0], reason="not needed any more")
        command["id"] = self.late[order.id] = commands.order_id("cancel", order.id)
        return command

    def _deliver_late(self):
        """What was shipped when the cancel came arrives once the cancel has been refused."""
        waiting = {self.late[i]: i for i, o in self.orders.items()
                   if o.fate == "cancelled-late" and i in self.late and
                   (i, "delivered") not in self.answered}
        if not waiting:
            return
        told = []
        for (command,) in self.stack.rows("orders", "select command_id from answer where"
                                                    " command_id = any(%s)", (list(waiting),)):
            order = self.orders[waiting[command]]
            self.answered[order.id, "delivered"] = order.fate
            for n, node in enumerate(order.node_lines(), 1):
                told.append(commands.respond("deliver", node.split("/")[0], order.id, n))
        self.sender.send(told)
