"""one_order: the history that most others begin with: one order of ten pumps, which ada approves,
and which alps delivers. Every row and every event of it is written down here, as the contract has
them."""
from story import Story, clock, euro

ORDER, ACCOUNT, SELLER, NODE = "o1", "acme", "alps", "alps/graz"
HASH = "ab" * 32
PIECES = {"value": "10", "unit": "C62"}
TOTAL = euro("1200.00")
CHARTER = {"units": [{"unit": "hq"}, {"unit": "team", "parent": "hq"}],
           "users": [{"user": "bea", "unit": "team", "roles": ["buyer"]},
                     {"user": "ada", "unit": "hq", "roles": ["approver", "buyer"]}],
           "rules": [{"rule": "r", "over": euro("1000.00"), "tiers": [{"roles": ["approver"]}]}]}
CREDIT = {"limit": euro("5000.00"), "tolerance": euro("0.00")}
LINE = {"line": 1, "sku": "PUMP", "quantity": PIECES, "unit_price": euro("120.00"), "gross": TOTAL,
        "discount": euro("0.00"), "net": TOTAL}
STOCK_LINE = {"line": 1, "sku": "PUMP", "quantity": PIECES, "reserved": PIECES}
FULFILMENT = {"partner": SELLER, "order": ORDER, "sub_order": 1, "account": ACCOUNT, "total": TOTAL}


class OneOrder(Story):
    """Tells the order's life step by step; `end` writes the rows as they are by then. early: it is
    committed where it is reserved."""

    def __init__(self, early=False):
        super().__init__()
        self.early = {"commit": True} if early else {}
        self.state, self.credit = None, None
        self.figures, self.postings, self.approvals = [0, 0, 0], 0, []
        self.price_with = []            # commands decided in the same batch as the price

    # --- the world

    def world(self):
        body = {"account": ACCOUNT, "principal": "office", "idempotency_key": "k1",
                "credit_limit": CREDIT["limit"], **CHARTER}
        told = {"account": ACCOUNT, "currency": "EUR", "version": 1, "cause": "put", **CREDIT}
        self.command("approvals.account.put", body, ("account.changed", told, ACCOUNT))
        body = {"node": NODE, "principal": "feed", "idempotency_key": "k2"}
        told = {"node": NODE, "items": [{"sku": "PUMP", "on_hand": {"value": "50", "unit": "C62"},
                                         "reserved": {"value": "0", "unit": "C62"}}]}
        self.command("catalog.stock.set", body, ("stock.changed", told, NODE))
        self.row("approvals", "charter", account=ACCOUNT, **CHARTER)
        return self

    def command(self, kind, body, *facts, answer=None):
        """A command that is accepted: its facts and its answer."""
        service = kind.split(".")[0]
        sent = self.send(kind, body)
        command = dict(sent["headers"])["ce_id"]
        topic = f"{service}.events.v1"
        answer = answer or {"command_id": command, "aggregate": sent["key"]}
        told = self.batch(service, [sent], [
            *((topic, f"{service}.{verb}", fact, key) for verb, fact, key in facts),
            (topic, f"{service}.command.accepted", answer, sent["key"])])
        self.answer(service, sent, told[-1])
        self.hear(command, outcome="accepted", event_id=dict(told[-1]["headers"])["ce_id"])
        return sent, told

    # --- the order

    def fact(self, verb, state, **more):
        self.state = state
        return ("orders.events.v1", f"orders.order.{verb}",
                {"order": ORDER, "account": ACCOUNT, "state": state, "version": 1, "total": TOTAL,
                 "content_hash": HASH, **more}, ORDER)

    def request(self, service, verb, key, **body):
        return (f"{service}.requests.v1", f"{service}.{verb}",
                {"order": ORDER, "version": 1, **body}, key)

    def snapshot(self):
        number = self.chains[("order", ORDER)].sequence
        return ("orders.state.v1", "orders.order.state",
                {"order": ORDER, "state": self.state, "lines": [self.line()]}, ORDER,
                {"sequence": number})

    def line(self):
        state = {"closed": "closed", "confirmed": "allocated", "shipped": "shipped"}.get(
            self.state, self.state)
        return {**LINE, "state": state}

    def submit(self):
        self.submitted = self.send("orders.order.submit", {
            "order": ORDER, "account": ACCOUNT, "buyer": "bea", "principal": "bea",
            "lines": [{"line": 1, "sku": "PUMP", "quantity": PIECES}]}, "submit-1")
        told = self.batch("orders", [self.submitted], [
            self.fact("received", "received"),
            self.request("pricing", "quote.request", ORDER, account=ACCOUNT)])
        self.answer_id = dict(told[0]["headers"])["ce_id"]
        self.hear("submit-1", outcome="accepted", order=ORDER)
        self.asked = told[1]
        return self

    def price(self):
        quote = {"order": ORDER, "version": 1, "lines": [LINE], "subtotal": TOTAL,
                 "charges_total": euro("0.00"), "total": TOTAL}
        told = self.batch("pricing", [*self.price_with, self.asked], [
            ("pricing.events.v1", "pricing.quote.priced", quote, ORDER),
            *(("pricing.events.v1", "pricing.command.accepted", {}, ORDER,
               {"cause": dict(row["headers"])["ce_id"]}) for row in self.price_with)])[:1]
        self.row("pricing", "quote", order_id=ORDER, version="1", mode="order", total="1200.000000")
        number, digest = self.chained("quoted_order", ORDER)
        self.row("pricing", "quoted_order", order_id=ORDER, chain_sequence=number,
                 chain_hash=digest)
        told = self.batch("orders", told, [self.fact("priced", "priced"), self.request(
            "approvals", "authorization.request", ACCOUNT, account=ACCOUNT, total=TOTAL,
            content_hash=HASH, **self.early)])
        self.asked = told[1]
        return self

    def authorize(self):
        self.post("reserve", 1, 0, 0)
        told = self.batch("approvals", [self.asked], [self.authorization("pending")])
        self.batch("orders", told, [self.fact("approval_pending", "pending_approval")])
        return self

    def authorization(self, verb):
        self.credit = verb
        return ("approvals.events.v1", f"approvals.authorization.{verb}",
                {"order": ORDER, "account": ACCOUNT, "version": 1, "content_hash": HASH,
                 "total": TOTAL, **CREDIT}, ORDER)

    def post(self, kind, reserved, committed, posted):
        moved = [x * 1200 for x in (reserved, committed, posted)]
        self.figures = [a + b for a, b in zip(self.figures, moved)]
        self.postings += 1
        names = ("reserved", "committed", "posted")
        self.row("approvals", "posting", account=ACCOUNT, number=self.postings, kind=kind,
                 cause=f"order/{ORDER}/1/{kind}", order_id=ORDER, amount="1200.000000",
                 currency="EUR", posted_at=clock(self.now + 1), part=0,
                 batches=[self.number["approvals"] + 1],
                 **{n: f"{m}.000000" for n, m in zip(names, moved)},
                 **{f"{n}_after": f"{f}.000000" for n, f in zip(names, self.figures)})

    def approve(self, person="ada", content_hash=HASH, idem="yes"):
        if self.early:
            self.post("commit", -1, 1, 0)
        _, told = self.command("approvals.approval.approve", {
            "account": ACCOUNT, "order": ORDER, "principal": person, "idempotency_key": idem,
            "content_hash": content_hash},
            ("authorization.granted", self.authorization("granted")[2], ORDER))
        if self.early:
            self.credit = "committed"
        self.approvals.append({"tier": 1, "role": "approver", "user": person,
                               "decision": "approved", "decided_at": clock(self.now)})
        told = self.batch("orders", told[:1], [self.fact("approved", "approved"), self.request(
            "catalog", "reservation.request", NODE, node=NODE, lines=[STOCK_LINE], **self.early)])
        self.asked = told[1]
        return self

    def reservation(self, verb):
        return ("catalog.events.v1", f"catalog.reservation.{verb}",
                {"order": ORDER, "node": NODE, "version": 1, "lines": [STOCK_LINE]}, ORDER)

    def confirm(self):
        told = self.batch("catalog", [self.asked], [self.reservation("reserved")])
        commits = [] if self.early else [
            self.request("approvals", "authorization.commit", ACCOUNT, account=ACCOUNT),
            self.request("catalog", "reservation.commit", NODE, node=NODE)]
        told = self.batch("orders", told, [
            self.fact("confirmed", "confirmed", lines=[LINE]), *commits,
            self.request("notifications", "fulfilment.announce", SELLER, **FULFILMENT),
            self.request("notifications", "payable.request", ACCOUNT, account=ACCOUNT),
            self.request("notifications", "notice.request", "bea", kind="confirmed")])
        self.batch("orders", (), [self.snapshot()])
        if commits:
            self.post("commit", -1, 1, 0)
            self.batch("approvals", told[1:2], [self.authorization("committed")])
            self.batch("catalog", told[2:3], [self.reservation("committed")])
        self.announce(told[1 + len(commits):])
        return self

    def announce(self, told):
        topic = f"partners.{SELLER}.fulfilment.v1"
        self.batch("notifications", told[:3], [
            (topic, "notifications.fulfilment.ordered", {**FULFILMENT, "version": 1}, ORDER),
            ("notifications.events.v1", "notifications.payable.told",
             {"order": ORDER, "version": 1, "total": TOTAL,
              "shares": [{"cost_centre": "", "amount": TOTAL}],
              "schedule": [{"amount": TOTAL}]}, ORDER),
            ("notifications.events.v1", "notifications.notice.told",
             {"order": ORDER, "kind": "confirmed", "recipient": "bea"}, ORDER)])
        number, digest = self.chained("notice", ORDER, "confirmed", "", "bea")
        self.row("notifications", "notice", order_id=ORDER, kind="confirmed", cause="",
                 recipient="bea", sequence=number, hash=digest)
        number, digest = self.chained("payable", ORDER, "1")
        self.row("notifications", "payable", order_id=ORDER, version="1", total="1200.000000",
                 told_at=clock(self.now), sequence=number, hash=digest)

    def seller(self, verb, answer, *facts):
        body = {"partner": SELLER, "order": ORDER, "sub_order": 1, "principal": SELLER,
                "idempotency_key": verb}
        _, told = self.command(f"notifications.fulfilment.{verb}", body, (
            "fulfilment.answered", {"order": ORDER, "partner": SELLER, "sub_order": 1,
                                    "answer": answer}, ORDER))
        return self.batch("orders", told[:1], [self.fact(*f) for f in facts] + (
            [self.request("approvals", "authorization.settle", ACCOUNT, account=ACCOUNT)]
            if facts[-1][1] == "closed" else []))

    def accept(self):
        self.seller("accept", "accepted", ("accepted", "accepted"))
        return self

    def deliver(self):
        self.seller("ship", "shipped", ("shipped", "shipped"))
        told = self.seller("deliver", "delivered", ("delivered", "closed"), ("closed", "closed"))
        self.batch("orders", (), [self.snapshot()])
        self.post("settle", 0, -1, 1)
        self.batch("approvals", told[2:], [self.authorization("settled")])
        return self

    def whole(self):
        return self.world().submit().price().authorize().approve().confirm().accept().deliver()

    # --- rows

    def end(self):
        if self.state:
            self.order_row()
        if self.credit:
            self.authorization_row()
        self.account_row()
        self.stock_rows()
        self.fulfilment_rows()
        return super().end()

    def order_row(self):
        number, digest = self.chained("order", ORDER)
        at_work = self.state in ("confirmed", "accepted", "shipped", "closed")
        sub = [{"sub_order": 1, "subtotal": TOTAL, "charges": euro("0.00"), "total": TOTAL}]
        self.row("orders", "orders", order_id=ORDER, account=ACCOUNT, state=self.state, step="x",
                 credit=self.credit, version=1, dry_run=False, priced=self.state != "received",
                 subtotal="1200.000000", charges_total="0.000000", total="1200.000000",
                 lines=[self.line()], sub_orders=sub if at_work else [], content_hash=HASH,
                 answer_id=self.answer_id, recorded_at=clock(3), confirmed_at=None,
                 chain_sequence=number, chain_hash=digest)

    def authorization_row(self):
        number, digest = self.chained("order_authorization", ACCOUNT, ORDER)
        self.row("approvals", "order_authorization", account=ACCOUNT, order_id=ORDER, version=1,
                 state=self.credit, total="1200.000000", content_hash=HASH, buyer="bea",
                 principal="bea", sales_rep=None, unit="team", tiers=[{"roles": ["approver"]}],
                 approvals=self.approvals, judged_at=clock(8), sequence=number, hash=digest,
                 expires_at=clock(3600) if self.credit == "pending" else None)

    def account_row(self):
        number, digest = self.chained("account", ACCOUNT)
        if number:
            figures = {n: f"{f}.000000" for n, f in zip(("reserved", "committed", "posted"),
                                                        self.figures)}
            self.row("approvals", "account", account=ACCOUNT, currency="EUR", unlimited=False,
                     posting_count=self.postings, sequence=number, hash=digest, **figures)

    def stock_rows(self):
        number, digest = self.chained("reservation", ORDER, NODE)
        if number:
            self.row("catalog", "reservation", order_id=ORDER, node=NODE, state="committed",
                     postings=[{"step": "request"}, *([] if self.early else [{"step": "commit"}])],
                     sequence=number, hash=digest,
                     lines=[{"line": 1, "sku": "PUMP", "reserved": "10", "released": "0"}])
        if ("catalog", "catalog.events.v1") in self.links:
            self.row("catalog", "stock", node=NODE, sku="PUMP", reserved="0.000000",
                     on_hand="40.000000" if number else "50.000000")

    def fulfilment_rows(self):
        number, digest = self.chained("partner", SELLER)
        if not number:
            return
        self.row("notifications", "partner", partner=SELLER, fulfilments=1, sequence=number,
                 hash=digest)
        number, digest = self.chained("fulfilment", ORDER, "1")
        states = {0: "new", 1: "accepted", 2: "shipped", 3: "delivered"}
        self.row("notifications", "fulfilment", order_id=ORDER, sub_order="1", partner=SELLER,
                 state=states[number], announced_at=clock(20), changed_at=clock(30),
                 cancel_answer=None, sequence=number, hash=digest)
