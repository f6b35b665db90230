-- orders' statements: rows in, rows out, many at once. Columns are in the order of rows.c. An order
-- lies in three tables: orders (what each step changes), order_content (what few steps change) and
-- order_submitted (what nothing changes).

-- name: orders_load
select o.order_id, o.account, o.unit, o.buyer, o.principal, o.actor, o.sales_rep, o.channel,
       o.currency, o.purchase_order, o.reference, o.payment_term, o.line_policy, s.commit_at,
       o.dry_run, o.refused_at_door, o.state, o.outcome, o.step, o.credit, o.version, o.priced,
       o.subtotal, o.charges_total, o.total, s.lines, c.line_amounts, o.line_states, c.sub_orders,
       c.charges, c.approvals, c.reasons, o.reservations, s.ship_to, s.bill_to, s.extensions,
       o.placed_at, o.recorded_at, o.requested_at, o.confirmed_at, o.closed_at, o.content_hash,
       o.receipt_hash, o.command_hash, o.answer_id, o.answer_sequence, o.payable_version,
       o.cancelling, o.cancelled_by, o.cancel_reason, o.chain_sequence, o.chain_hash
from unnest($1::text[]) k(order_id)
cross join lateral (select * from orders o where o.order_id = k.order_id limit 1) o
cross join lateral (select * from order_content c where c.order_id = k.order_id limit 1) c
cross join lateral (select * from order_submitted s where s.order_id = k.order_id limit 1) s

-- name: orders_add
with k as materialized (
    select *
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
        $15::boolean[], $16::boolean[], $17::text[], $18::text[], $19::text[], $20::text[],
        $21::bigint[], $22::boolean[], $23::numeric[], $24::numeric[], $25::numeric[], $26::text[],
        $27::text[], $28::text[], $29::text[], $30::text[], $31::text[], $32::text[], $33::text[],
        $34::text[], $35::text[], $36::text[], $37::timestamptz[], $38::timestamptz[],
        $39::timestamptz[], $40::timestamptz[], $41::timestamptz[], $42::bytea[], $43::text[],
        $44::bytea[], $45::text[], $46::bigint[], $47::bigint[], $48::boolean[], $49::text[],
        $50::text[], $51::bigint[], $52::bytea[], $53::smallint[], $54::bigint[])
        k(
        order_id, account, unit, buyer, principal, actor, sales_rep, channel, currency,
        purchase_order, reference, payment_term, line_policy, commit_at, dry_run, refused_at_door,
        state, outcome, step, credit, version, priced, subtotal, charges_total, total, lines,
        line_amounts, line_states, sub_orders, charges, approvals, reasons, reservations, ship_to,
        bill_to, extensions, placed_at, recorded_at, requested_at, confirmed_at, closed_at,
        content_hash, receipt_hash, command_hash, answer_id, answer_sequence, payable_version,
        cancelling, cancelled_by, cancel_reason, chain_sequence, chain_hash, part, batch_no)),
s as (
    insert into order_submitted (
        order_id, lines, ship_to, bill_to, extensions, commit_at)
    select order_id, lines, ship_to, bill_to, extensions, commit_at
    from k),
c as (
    insert into order_content (
        order_id, line_amounts, sub_orders, charges, approvals, reasons)
    select order_id, line_amounts, sub_orders, charges, approvals, reasons
    from k)
insert into orders (
    order_id, account, unit, buyer, principal, actor, sales_rep, channel, currency, purchase_order,
    reference, payment_term, line_policy, dry_run, refused_at_door, state, outcome, step, credit,
    version, priced, subtotal, charges_total, total, line_states, reservations, placed_at,
    recorded_at, requested_at, confirmed_at, closed_at, content_hash, receipt_hash, command_hash,
    answer_id, answer_sequence, payable_version, cancelling, cancelled_by, cancel_reason,
    chain_sequence, chain_hash, part, batches)
select
    order_id, account, unit, buyer, principal, actor, sales_rep, channel, currency, purchase_order,
    reference, payment_term, line_policy, dry_run, refused_at_door, state, outcome, step, credit,
    version, priced, subtotal, charges_total, total, line_states, reservations, placed_at,
    recorded_at, requested_at, confirmed_at, closed_at, content_hash, receipt_hash, command_hash,
    answer_id, answer_sequence, payable_version, cancelling, cancelled_by, cancel_reason,
    chain_sequence, chain_hash, part, array[batch_no]
from k

-- The row is looked up first and then changed where it lies: of a join alone the plan might be one
-- that reads all orders.
-- name: orders_save
with k as (
    select *
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
        $8::boolean[], $9::numeric[], $10::numeric[], $11::numeric[], $12::text[], $13::text[],
        $14::timestamptz[], $15::timestamptz[], $16::bytea[], $17::text[], $18::text[],
        $19::bigint[], $20::bigint[], $21::boolean[], $22::text[], $23::text[], $24::bigint[],
        $25::bytea[], $26::smallint[], $27::bigint[])
        k(
        order_id, unit, state, outcome, step, credit, version, priced, subtotal, charges_total,
        total, line_states, reservations, confirmed_at, closed_at, content_hash, receipt_hash,
        answer_id, answer_sequence, payable_version, cancelling, cancelled_by, cancel_reason,
        chain_sequence, chain_hash, part, batch_no)
    cross join lateral (
        select o.ctid as place from orders o where o.order_id = k.order_id limit 1) l),
u as (
    update orders o set
        unit = k.unit, state = k.state, outcome = k.outcome, step = k.step, credit = k.credit,
        version = k.version, priced = k.priced, subtotal = k.subtotal,
        charges_total = k.charges_total, total = k.total, line_states = k.line_states,
        reservations = k.reservations, confirmed_at = k.confirmed_at, closed_at = k.closed_at,
        content_hash = k.content_hash, receipt_hash = k.receipt_hash, answer_id = k.answer_id,
        answer_sequence = k.answer_sequence, payable_version = k.payable_version,
        cancelling = k.cancelling, cancelled_by = k.cancelled_by, cancel_reason = k.cancel_reason,
        chain_sequence = k.chain_sequence, chain_hash = k.chain_hash,
        batches = o.batches || k.batch_no
    from k
    where o.ctid = k.place and o.part = k.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- Comes with orders_save of the same rows, which sees to it that they may be written.
-- name: orders_content
with k as (
    select *
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        k(
        order_id, line_amounts, sub_orders, charges, approvals, reasons)
    cross join lateral (
        select c.ctid as place from order_content c where c.order_id = k.order_id limit 1) l),
u as (
    update order_content c set
        line_amounts = k.line_amounts, sub_orders = k.sub_orders, charges = k.charges,
        approvals = k.approvals, reasons = k.reasons
    from k
    where c.ctid = k.place
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
    'commit_at', commit_at,
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
from order_whole where order_id = $1::text

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
              select from order_content c, json_array_elements(c.sub_orders::json) sub
              where c.order_id = o.order_id and sub ->> 'seller' = $3))
      and o.recorded_at <= now() - make_interval(secs => a.age)
      and ($5::text is null or o.purchase_order = $5)
      and ($6::text is null or o.reference = $6)
      and ($8::text is null or o.order_id < $8)
    order by o.order_id desc
    limit (select n + 1 from asked))
select json_build_object(
    'items', coalesce(json_agg(json_strip_nulls(json_build_object(
        'order', p.order_id, 'account', p.account, 'buyer', p.buyer, 'state', p.state,
        'version', p.version, 'line_count', l.n,
        'total', case when p.priced then money_json(p.total, p.currency) end,
        'currency', p.currency, 'purchase_order', p.purchase_order, 'reference', p.reference,
        'step', p.step, 'cancelling', p.cancelling, 'placed_at', time_text(p.placed_at),
        'recorded_at', time_text(p.recorded_at), 'confirmed_at', time_text(p.confirmed_at),
        'closed_at', time_text(p.closed_at))) order by p.i) filter (where p.i <= a.n), '[]'),
    'next', max(p.order_id) filter (
        where p.i = a.n and exists (select from page where i > a.n)))::text
from asked a left join page p on true
left join lateral (
    select json_array_length(s.lines::json) as n from order_submitted s
    where s.order_id = p.order_id limit 1) l on true
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
        from (select l ->> 'state' state, count(*) n
              from order_whole w, json_array_elements(w.lines) l
              where not w.dry_run group by 1) s))::text
