-- When what an order holds is committed, as it was submitted. Orders before named nothing, which is
-- `confirm`.

alter table order_submitted add column commit_at text not null default 'confirm'
    check (commit_at in ('confirm', 'reserve'));

create or replace view order_whole as
select o.order_id, o.account, o.unit, o.buyer, o.principal, o.actor, o.sales_rep, o.channel,
       o.currency, o.purchase_order, o.reference, o.payment_term, o.line_policy, o.dry_run,
       o.refused_at_door, o.state, o.outcome, o.step, o.credit, o.version, o.priced, o.subtotal,
       o.charges_total, o.total, order_lines(s.lines, c.line_amounts, o.line_states) as lines,
       c.sub_orders::json as sub_orders, c.charges::json as charges,
       c.approvals::json as approvals, c.reasons::json as reasons,
       o.reservations::json as reservations, s.ship_to::json as ship_to,
       s.bill_to::json as bill_to, s.extensions, o.placed_at, o.recorded_at, o.requested_at,
       o.confirmed_at, o.closed_at, o.content_hash, o.receipt_hash, o.command_hash, o.answer_id,
       o.answer_sequence, o.payable_version, o.cancelling, o.cancelled_by, o.cancel_reason,
       o.chain_sequence, o.chain_hash, o.part, o.batches, s.commit_at
from orders o join order_content c using (order_id) join order_submitted s using (order_id);
