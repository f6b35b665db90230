-- orders' statements: rows in, rows out, many at once. Columns are in the order of rows.c.

-- name: orders_load
select o.order_id, o.account, o.unit, o.buyer, o.principal, o.actor, o.sales_rep, o.channel,
       o.currency, o.purchase_order, o.reference, o.payment_term, o.line_policy, o.dry_run,
       o.refused_at_door, o.state, o.outcome, o.step, o.credit, o.version, o.priced, o.subtotal,
       o.charges_total, o.total, o.lines, o.sub_orders, o.charges, o.approvals, o.reasons,
       o.reservations, o.ship_to, o.bill_to, o.extensions, o.placed_at, o.recorded_at,
       o.requested_at, o.confirmed_at, o.closed_at, o.content_hash, o.receipt_hash,
       o.command_hash, o.answer_id, o.answer_sequence, o.payable_version, o.cancelling,
       o.cancelled_by, o.cancel_reason, o.chain_sequence, o.chain_hash
from unnest($1::text[]) k(order_id)
cross join lateral (select * from orders o where o.order_id = k.order_id limit 1) o

-- What never changes after submit is left out of the update.
-- name: orders_add
insert into orders (
    order_id, account, unit, buyer, principal, actor, sales_rep, channel, currency,
    purchase_order, reference, payment_term, line_policy, dry_run, refused_at_door, state,
    outcome, step, credit, version, priced, subtotal, charges_total, total, lines,
    sub_orders, charges, approvals, reasons, reservations, ship_to, bill_to, extensions,
    placed_at, recorded_at, requested_at, confirmed_at, closed_at, content_hash,
    receipt_hash, command_hash, answer_id, answer_sequence, payable_version, cancelling,
    cancelled_by, cancel_reason, chain_sequence, chain_hash, part, batches)
select
    k.order_id, k.account, k.unit, k.buyer, k.principal, k.actor, k.sales_rep, k.channel,
    k.currency, k.purchase_order, k.reference, k.payment_term, k.line_policy, k.dry_run,
    k.refused_at_door, k.state, k.outcome, k.step, k.credit, k.version, k.priced, k.subtotal,
    k.charges_total, k.total, k.lines::json, k.sub_orders::json, k.charges::json,
    k.approvals::json, k.reasons::json, k.reservations::json, k.ship_to::json,
    k.bill_to::json, k.extensions, k.placed_at, k.recorded_at, k.requested_at,
    k.confirmed_at, k.closed_at, k.content_hash, k.receipt_hash, k.command_hash, k.answer_id,
    k.answer_sequence, k.payable_version, k.cancelling, k.cancelled_by, k.cancel_reason,
    k.chain_sequence, k.chain_hash, k.part, array[k.batch_no]
from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
    $14::boolean[], $15::boolean[], $16::text[], $17::text[], $18::text[], $19::text[],
    $20::bigint[], $21::boolean[], $22::numeric[], $23::numeric[], $24::numeric[],
    $25::text[], $26::text[], $27::text[], $28::text[], $29::text[], $30::text[],
    $31::text[], $32::text[], $33::text[], $34::timestamptz[], $35::timestamptz[],
    $36::timestamptz[], $37::timestamptz[], $38::timestamptz[], $39::bytea[], $40::text[],
    $41::bytea[], $42::text[], $43::bigint[], $44::bigint[], $45::boolean[], $46::text[],
    $47::text[], $48::bigint[], $49::bytea[], $50::smallint[], $51::bigint[])
    k(
    order_id, account, unit, buyer, principal, actor, sales_rep, channel, currency,
    purchase_order, reference, payment_term, line_policy, dry_run, refused_at_door, state,
    outcome, step, credit, version, priced, subtotal, charges_total, total, lines,
    sub_orders, charges, approvals, reasons, reservations, ship_to, bill_to, extensions,
    placed_at, recorded_at, requested_at, confirmed_at, closed_at, content_hash,
    receipt_hash, command_hash, answer_id, answer_sequence, payable_version, cancelling,
    cancelled_by, cancel_reason, chain_sequence, chain_hash, part, batch_no)

-- name: orders_save
with u as (
    insert into orders as s (
        order_id, account, unit, buyer, principal, actor, sales_rep, channel, currency,
        purchase_order, reference, payment_term, line_policy, dry_run, refused_at_door, state,
        outcome, step, credit, version, priced, subtotal, charges_total, total, lines,
        sub_orders, charges, approvals, reasons, reservations, ship_to, bill_to, extensions,
        placed_at, recorded_at, requested_at, confirmed_at, closed_at, content_hash,
        receipt_hash, command_hash, answer_id, answer_sequence, payable_version, cancelling,
        cancelled_by, cancel_reason, chain_sequence, chain_hash, part, batches)
    select
        k.order_id, k.account, k.unit, k.buyer, k.principal, k.actor, k.sales_rep, k.channel,
        k.currency, k.purchase_order, k.reference, k.payment_term, k.line_policy, k.dry_run,
        k.refused_at_door, k.state, k.outcome, k.step, k.credit, k.version, k.priced, k.subtotal,
        k.charges_total, k.total, k.lines::json, k.sub_orders::json, k.charges::json,
        k.approvals::json, k.reasons::json, k.reservations::json, k.ship_to::json,
        k.bill_to::json, k.extensions, k.placed_at, k.recorded_at, k.requested_at,
        k.confirmed_at, k.closed_at, k.content_hash, k.receipt_hash, k.command_hash, k.answer_id,
        k.answer_sequence, k.payable_version, k.cancelling, k.cancelled_by, k.cancel_reason,
        k.chain_sequence, k.chain_hash, k.part, array[k.batch_no]
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
        $14::boolean[], $15::boolean[], $16::text[], $17::text[], $18::text[], $19::text[],
        $20::bigint[], $21::boolean[], $22::numeric[], $23::numeric[], $24::numeric[],
        $25::text[], $26::text[], $27::text[], $28::text[], $29::text[], $30::text[],
        $31::text[], $32::text[], $33::text[], $34::timestamptz[], $35::timestamptz[],
        $36::timestamptz[], $37::timestamptz[], $38::timestamptz[], $39::bytea[], $40::text[],
        $41::bytea[], $42::text[], $43::bigint[], $44::bigint[], $45::boolean[], $46::text[],
        $47::text[], $48::bigint[], $49::bytea[], $50::smallint[], $51::bigint[])
        k(
        order_id, account, unit, buyer, principal, actor, sales_rep, channel, currency,
        purchase_order, reference, payment_term, line_policy, dry_run, refused_at_door, state,
        outcome, step, credit, version, priced, subtotal, charges_total, total, lines,
        sub_orders, charges, approvals, reasons, reservations, ship_to, bill_to, extensions,
        placed_at, recorded_at, requested_at, confirmed_at, closed_at, content_hash,
        receipt_hash, command_hash, answer_id, answer_sequence, payable_version, cancelling,
        cancelled_by, cancel_reason, chain_sequence, chain_hash, part, batch_no)
    on conflict (order_id) do update set
        unit = excluded.unit, state = excluded.state, outcome = excluded.outcome,
        step = excluded.step, credit = excluded.credit, version = excluded.version,
        priced = excluded.priced, subtotal = excluded.subtotal,
        charges_total = excluded.charges_total, total = excluded.total, lines = excluded.lines,
        sub_orders = excluded.sub_orders, charges = excluded.charges,
        approvals = excluded.approvals, reasons = excluded.reasons,
        reservations = excluded.reservations, confirmed_at = excluded.confirmed_at,
        closed_at = excluded.closed_at, content_hash = excluded.content_hash,
        receipt_hash = excluded.receipt_hash, answer_id = excluded.answer_id,
        answer_sequence = excluded.answer_sequence, payable_version = excluded.payable_version,
        cancelling = excluded.cancelling, cancelled_by = excluded.cancelled_by,
        cancel_reason = excluded.cancel_reason, chain_sequence = excluded.chain_sequence,
        chain_hash = excluded.chain_hash,
        batches = s.batches || excluded.batches
    where s.part = excluded.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- What people ask over HTTP (orders.c). Money and times travel as in messages. Of a preview that is
-- over, `state` says what the order would have come to, as in order.previewed.

-- name: order_show
select json_strip_nulls(json_build_object(
    'order', order_id, 'account', account, 'unit', unit, 'buyer', buyer, 'principal', principal,
    'actor', actor, 'sales_rep', sales_rep, 'channel', channel, 'currency', currency,
    'version', version, 'state', coalesce(outcome, state), 'dry_run', dry_run, 'step', step,
    'credit', credit, 'cancelling', cancelling, 'line_policy', line_policy,
    'subtotal', case when priced then money_json(subtotal, currency) end,
    'charges_total', case when priced then money_json(charges_total, currency) end,
    'total', case when priced then money_json(total, currency) end,
    'purchase_order', purchase_order, 'reference', reference, 'payment_term', payment_term,
    'placed_at', time_text(placed_at), 'recorded_at', time_text(recorded_at),
    'requested_at', time_text(requested_at), 'confirmed_at', time_text(confirmed_at),
    'closed_at', time_text(closed_at), 'content_hash', encode(content_hash, 'hex'),
    'receipt_hash', receipt_hash, 'cancelled_by', cancelled_by, 'cancel_reason', cancel_reason,
    'lines', lines, 'sub_orders', sub_orders, 'charges', charges, 'approvals', approvals,
    'reasons', reasons, 'reservations', reservations, 'ship_to', ship_to, 'bill_to', bill_to,
    'extensions', extensions::json))::text
from orders where order_id = $1::text

-- Newest id first (ids are time-ordered where senders mint version 7); a wrong number is as none.
-- name: order_list
with asked as (
    select case when $7::text ~ '^[0-9]{1,4}$' then greatest(1, least($7::int, 500)) else 50 end n,
           case when $4::text ~ '^[0-9]{1,9}$' then $4::int else 0 end as age),
page as (
    select o.*, row_number() over (order by o.order_id desc) as i
    from orders o, asked a
    where case when $1::text is null then not o.dry_run else o.state = $1 end
      and ($2::text is null or o.account = $2)
      and ($3::text is null or exists (
              select from json_array_elements(o.sub_orders) s where s ->> 'seller' = $3))
      and o.recorded_at <= now() - make_interval(secs => a.age)
      and ($5::text is null or o.purchase_order = $5)
      and ($6::text is null or o.reference = $6)
      and ($8::text is null or o.order_id < $8)
    order by o.order_id desc
    limit (select n + 1 from asked))
select json_build_object(
    'items', coalesce(json_agg(json_strip_nulls(json_build_object(
        'order', p.order_id, 'account', p.account, 'buyer', p.buyer, 'state', p.state,
        'version', p.version, 'line_count', json_array_length(p.lines),
        'total', case when p.priced then money_json(p.total, p.currency) end,
        'currency', p.currency, 'purchase_order', p.purchase_order, 'reference', p.reference,
        'step', p.step, 'cancelling', p.cancelling, 'placed_at', time_text(p.placed_at),
        'recorded_at', time_text(p.recorded_at), 'confirmed_at', time_text(p.confirmed_at),
        'closed_at', time_text(p.closed_at))) order by p.i) filter (where p.i <= a.n), '[]'),
    'next', max(p.order_id) filter (
        where p.i = a.n and exists (select from page where i > a.n)))::text
from asked a left join page p on true
group by a.n

-- name: order_timeline
select coalesce(json_agg(json_build_object(
        'recorded_at', time_text(e.recorded_at), 'service', 'orders', 'seq', e.seq,
        'type', e.type, 'id', e.event_id,
        'cause', nullif(split_part(split_part(e.headers, E'\nce_causationid=', 2), E'\n', 1), ''),
        'body', e.body::json) order by e.recorded_at, e.part, e.seq), '[]')::text
from (select distinct part, unnest(batches) as batch_no
      from orders where order_id = $1::text) o
join journal_event e using (part, batch_no)
where e.key = $1 or e.subject = $1

-- name: reference_list
select json_build_object('items', coalesce(json_agg(json_build_object(
        'kind', v.kind, 'version', v.version, 'count', c.count) order by v.kind), '[]'))::text
from reference_version v
cross join lateral (
    select count(*) from (
        select distinct on (id) doc from reference r where r.kind = v.kind
        order by id, version desc) now
    where doc is not null) c

-- For reconciliation with the ledgers: held, committed and settled per currency is what approvals
-- should show; a preview counts nowhere.
-- name: order_counts
with o as (select * from orders where not dry_run)
select json_build_object(
    'orders', (select count(*) from o),
    'previews', (select count(*) from orders where dry_run),
    'states', (select coalesce(json_object_agg(state, n order by state), '{}')
        from (select state, count(*) n from o group by state) s),
    'totals', (select coalesce(json_agg(json_build_object(
            'state', state, 'total', money_json(total, currency)) order by state, currency), '[]')
        from (select state, currency, sum(total) total from o where priced
              group by state, currency) s),
    'credit', (select coalesce(json_agg(json_build_object(
            'credit', credit, 'orders', n, 'total', money_json(total, currency))
            order by credit, currency), '[]')
        from (select credit, currency, count(*) n, sum(total) total from o
              where priced and credit is not null group by credit, currency) s),
    'accounts', (select coalesce(json_agg(json_build_object(
            'account', account, 'credit', credit, 'orders', n,
            'total', money_json(total, currency)) order by account, credit, currency), '[]')
        from (select account, credit, currency, count(*) n, sum(total) total from o
              where priced and credit in ('pending', 'granted', 'committed', 'settled')
              group by account, credit, currency) s),
    'lines', (select coalesce(json_object_agg(state, n order by state), '{}')
        from (select l ->> 'state' state, count(*) n from o, json_array_elements(o.lines) l
              group by 1) s))::text
