-- catalog's statements: rows in, rows out, many at once.

-- name: stock_load
select s.node, s.sku, s.unit, s.on_hand, s.reserved, s.backorder_limit
from unnest($1::text[], $2::text[]) k(node, sku) join stock s using (node, sku)

-- name: stock_save
with u as (
    insert into stock as s
        (node, sku, unit, on_hand, reserved, backorder_limit, part, batches)
    select k.node, k.sku, k.unit, k.on_hand, k.reserved, k.backorder_limit, k.part,
           array[k.batch_no]
    from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[],
                $7::smallint[], $8::bigint[])
         k(node, sku, unit, on_hand, reserved, backorder_limit, part, batch_no)
    on conflict (node, sku) do update
    set unit = excluded.unit, on_hand = excluded.on_hand, reserved = excluded.reserved,
        backorder_limit = excluded.backorder_limit, batches = excluded.batches
    where s.part = excluded.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: reservation_load
select r.order_id, r.node, r.version, r.state, r.lines, r.postings, r.reasons, r.expires_at,
       r.sequence, r.hash
from unnest($1::text[], $2::text[]) k(order_id, node) join reservation r using (order_id, node)

-- name: reservation_save
with u as (
    insert into reservation as r
        (order_id, node, version, state, lines, postings, reasons, expires_at, sequence, hash,
         part, batches)
    select k.order_id, k.node, k.version, k.state, k.lines::json, k.postings::json,
           k.reasons::json, k.expires_at, k.sequence, k.hash, k.part, array[k.batch_no]
    from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::timestamptz[], $9::bigint[], $10::bytea[], $11::smallint[],
                $12::bigint[])
         k(order_id, node, version, state, lines, postings, reasons, expires_at, sequence, hash,
           part, batch_no)
    on conflict (order_id, node) do update
    set version = excluded.version, state = excluded.state, lines = excluded.lines,
        postings = excluded.postings, reasons = excluded.reasons,
        expires_at = excluded.expires_at, sequence = excluded.sequence, hash = excluded.hash,
        batches = r.batches || excluded.batches
    where r.part = excluded.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u
