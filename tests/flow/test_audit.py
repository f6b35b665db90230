#!/usr/bin/env python3
"""audit of the audit: one figure is changed behind the services' backs, as a bug or a thief would,
and the check that watches over it must say so; then it is put back."""
import psycopg2

from audit import Audit
from scenes import Stage, audited, check

# name, check, what is done to it, what undoes it; %(order)s, %(account)s, %(sku)s are this run's
DAMAGES = (
    ("an account's figure", "money", "update approvals.account set posted = posted + 0.01"
     " where account = %(account)s", "update approvals.account set posted = posted - 0.01"
     " where account = %(account)s"),
    ("a posting", "money", "update approvals.posting set amount = amount + 1, posted = posted + 1,"
     " committed = committed - 1 where order_id = %(order)s and kind = 'settle'",
     "update approvals.posting set amount = amount - 1, posted = posted - 1,"
     " committed = committed + 1 where order_id = %(order)s and kind = 'settle'"),
    ("an order's total", "money", "update orders.orders set total = total + 1,"
     " charges_total = charges_total + 1 where order_id = %(order)s",
     "update orders.orders set total = total - 1, charges_total = charges_total - 1"
     " where order_id = %(order)s"),
    ("a reserved quantity", "stock", "update catalog.stock set reserved = reserved + 1"
     " where sku = %(sku)s", "update catalog.stock set reserved = reserved - 1"
     " where sku = %(sku)s"),
    ("the body of an event", "chains", "update orders.journal set bodies[1] = bodies[1] || ' '"
     " where %(order)s::bytea = any(keys) and topics[1] = 'orders.events.v1'",
     "update orders.journal set bodies[1] = substr(bodies[1], 1, length(bodies[1]) - 1)"
     " where %(order)s::bytea = any(keys) and topics[1] = 'orders.events.v1'"),
    ("the number of facts", "chains", "update orders.orders set chain_sequence ="
     " chain_sequence + 1 where order_id = %(order)s",
     "update orders.orders set chain_sequence = chain_sequence - 1 where order_id = %(order)s"),
    ("a confirm without its row", "events", "update orders.orders set state = 'refused'"
     " where order_id = %(order)s", "update orders.orders set state = 'closed'"
     " where order_id = %(order)s"),
    ("a notice that was never asked for", "notices", "update notifications.notice set kind ="
     " 'invented' where order_id = %(order)s and kind = 'delivered'",
     "update notifications.notice set kind = 'delivered' where order_id = %(order)s and"
     " kind = 'invented'"),
    ("a payable's total", "payables", "update notifications.payable set total = total + 0.01"
     " where order_id = %(order)s", "update notifications.payable set total = total - 0.01"
     " where order_id = %(order)s"),
    ("a partner's count", "partners", "update notifications.partner set sequence = sequence + 1"
     " where partner = %(partner)s", "update notifications.partner set sequence = sequence - 1"
     " where partner = %(partner)s"),
    ("an event that was not published", "flow", "update pricing.stream set pub_seq = pub_seq - 1"
     " where out_seq > 0 and part = (select min(part) from pricing.stream where out_seq > 0)",
     "update pricing.stream set pub_seq = pub_seq + 1"
     " where out_seq > 0 and part = (select min(part) from pricing.stream where out_seq > 0)"),
)


def change(stage, statement, names):
    """As the cluster's owner, past every trigger."""
    connection = psycopg2.connect(stage.stack.setting("BATUTA_POSTGRES"), user="postgres")
    with connection, connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute(statement, names)
        changed = cursor.rowcount
    connection.close()
    return changed


def one_order(s):
    s.account_of_damage = s.account(limit=1000)
    s.order_of_damage = s.submit(s.account_of_damage, ("coin", 1))
    yield s.state(s.order_of_damage, "confirmed")
    s.deliver_all(s.order_of_damage)
    yield s.state(s.order_of_damage, "closed")


def main():
    stage = Stage().build(1)
    good = stage.play([one_order])
    good &= audited(stage, "audit: all is well before")
    names = {"order": stage.order_of_damage, "account": stage.account_of_damage,
             "sku": stage.sku("coin"), "partner": stage.a}
    for name, which, damage, repair in DAMAGES:
        changed = change(stage, damage, names)
        try:
            found = getattr(Audit(stage.stack, stage.orders, stage.since).load(), which)()
            good &= check(f"audit: {name} is noticed", changed and found.wrong,
                          f"{changed} rows changed, {found}")
        finally:
            change(stage, repair, names)
    good &= audited(stage, "audit: all is well again")
    stage.end(good)


if __name__ == "__main__":
    main()
