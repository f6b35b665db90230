"""adding_up: after every run, does everything add up? In SQL, over all services, for the orders
that lie in the tables; the same for the product and for limit, whose tables are the same. A run
that does not add up has no figure."""
from rig import SERVICES

PER_ORDER = {"orders.orders": 1, "pricing.quote": 1, "approvals.order_authorization": 1,
             "approvals.posting": 2, "catalog.reservation": 1, "notifications.fulfilment": 1,
             "notifications.payable": 1}
FACTS = ("received", "priced", "approved", "confirmed")
COMMITS = ("batuta.approvals.authorization.commit.v1", "batuta.catalog.reservation.commit.v1")


class Books:
    """What stood in the accounts and the stock before a run."""

    def __init__(self, program):
        self.rig, self.database = program.rig, program.database
        self.commits = 0 if program.flow_name == "plain8" else len(COMMITS)     # asked, an order
        self.run("drop table if exists base_account, base_stock")
        self.run("create temp table base_account as select account, reserved, committed, posted"
                 " from approvals.account")
        self.run("create temp table base_stock as select node, sku, on_hand, reserved"
                 " from catalog.stock")
        self.wrong, self.looked = [], 0

    def run(self, text):
        self.rig.sql(text, self.database)

    def value(self, text):
        return self.rig.value(text, None, self.database)

    def expect(self, what, expected, text):
        found = self.value(text)
        self.looked += 1
        if found != expected:
            self.wrong.append(f"{what}: expected {expected}, found {found}")

    def check(self, count, read):
        """read: what `load` saw on the partners' topics. The list of what is wrong."""
        self.wrong, self.looked = [], 0
        self.states(count)
        self.money()
        self.goods()
        self.events(count)
        self.streams()
        for name in ("distinct", "sent"):
            self.looked += 1
            if read[name] != count:
                self.wrong.append(f"partners' topics: {name} {read[name]} of {count}")
        return self.wrong

    def states(self, count):
        for table, each in PER_ORDER.items():
            self.expect(table, count * each, f"select count(*) from {table}")
        self.expect("confirmed", count,
                    "select count(*) from orders.orders where state = 'confirmed'"
                    " and credit = 'committed'")
        self.expect("reservations committed", count,
                    "select count(*) from catalog.reservation where state = 'committed'")
        self.expect("one fulfilment a sub-order", count,
                    "select count(distinct (order_id, sub_order)) from notifications.fulfilment")
        self.expect("the same orders everywhere", count, """
            select count(*) from orders.orders o join pricing.quote q using (order_id)
            join approvals.order_authorization a on a.order_id = o.order_id
            join catalog.reservation r on r.order_id = o.order_id
            join notifications.fulfilment f on f.order_id = o.order_id
            where o.account = a.account and o.total = q.total and q.total = a.total
            and a.state = 'committed'""")

    def money(self):
        total = self.value("select coalesce(sum(total), 0) from orders.orders")
        self.expect("sum of orders' totals in committed credit", total,
                    "select sum(a.committed - b.committed) from approvals.account a"
                    " join base_account b using (account)")
        self.expect("accounts that differ from their postings", 0, """
            select count(*) from approvals.account a join base_account b using (account)
            left join (select account, sum(reserved) r, sum(committed) c, count(distinct number) n,
                              max(number) - min(number) + 1 as span
                       from approvals.posting group by 1) p using (account)
            where a.reserved - b.reserved <> coalesce(p.r, 0)
               or a.committed - b.committed <> coalesce(p.c, 0)
               or a.posted <> b.posted or coalesce(p.n, 0) <> coalesce(p.span, 0)""")

    def goods(self):
        self.expect("stock that differs from the reservations", 0, """
            select count(*) from catalog.stock s join base_stock b using (node, sku)
            left join (select r.node, l ->> 'sku' as sku,
                              sum((l ->> 'reserved')::numeric) as q
                       from catalog.reservation r, json_array_elements(r.lines::json) l
                       group by 1, 2) x using (node, sku)
            where b.on_hand - s.on_hand <> coalesce(x.q, 0) or s.reserved <> b.reserved""")

    def events(self, count):
        for fact in FACTS:
            self.expect(f"order.{fact} told", count,
                        "select count(*) from orders.journal_event"
                        f" where type = 'batuta.orders.order.{fact}.v1'")
        self.expect("commits asked for", count * self.commits,
                    f"select count(*) from orders.journal_event where type in {COMMITS}")
        self.expect("orders whose facts are not numbered 1..n, or events without a row", 0, """
            select count(*) from (
                select e.subject, count(*) n, min(e.s) low, max(e.s) high from (
                    select subject, substring(headers from 'ce_sequence=([0-9]+)')::bigint s
                    from orders.journal_event where topic = 'orders.events.v1') e
                group by 1) t full join orders.orders o on o.order_id = t.subject
            where t.n is distinct from o.chain_sequence or t.low <> 1 or t.high <> t.n""")

    def streams(self):
        for service in SERVICES:
            self.expect(f"{service}: journal rows that leave a gap", 0, f"""
                select count(*) from (
                    select first_seq + event_count as next, lead(first_seq) over w as following
                    from {service}.journal where event_count > 0
                    window w as (partition by part order by batch_no)) j
                where next <> following""")
            self.expect(f"{service}: events not acknowledged", 0,
                        f"select coalesce(sum(out_seq - pub_seq), 0)::bigint from {service}.stream")
            self.expect(f"{service}: parked", 0, f"select count(*) from {service}.parked")
