-- catalog's statements: rows in, rows out, many at once.

-- name: stock_load
select s.node, s.sku, s.unit, s.on_hand, s.reserved, s.backorder_limit
from unnest($1::text[], $2::text[]) k(node, sku)
cross join lateral (select * from stock s where s.node = k.node and s.sku = k.sku limit 1) s

-- name: stock_add
insert into stock
    (node, sku, unit, on_hand, reserved, backorder_limit, part, batches)
select k.node, k.sku, k.unit, k.on_hand, k.reserved, k.backorder_limit, k.part,
       array[k.batch_no]
from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[],
            $7::smallint[], $8::bigint[])
     k(node, sku, unit, on_hand, reserved, backorder_limit, part, batch_no)

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
from unnest($1::text[], $2::text[]) k(order_id, node)
cross join lateral (select * from reservation r
                    where r.order_id = k.order_id and r.node = k.node limit 1) r

-- name: reservation_add
insert into reservation
    (order_id, node, version, state, lines, postings, reasons, expires_at, sequence, hash,
     part, batches)
select k.order_id, k.node, k.version, k.state, k.lines::json, k.postings::json,
       k.reasons::json, k.expires_at, k.sequence, k.hash, k.part, array[k.batch_no]
from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
            $7::text[], $8::timestamptz[], $9::bigint[], $10::bytea[], $11::smallint[],
            $12::bigint[])
     k(order_id, node, version, state, lines, postings, reasons, expires_at, sequence, hash,
       part, batch_no)

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

-- What people ask over HTTP (catalog.c). Lists: one page by key, at most 500; the cursor is the key
-- of the last item. Quantities travel as in messages: {"value", "unit"}.

-- name: stock_list
with asked as (
    select case when $3::text ~ '^[0-9]{1,4}$' then greatest(1, least($3::int, 500)) else 50 end n,
           split_part($4::text, '/', 1) || '/' || split_part($4::text, '/', 2) as after_node),
page as (
    select s.*, row_number() over (order by s.node, s.sku) as i
    from stock s, asked a
    where ($1::text is null or s.node = $1) and ($2::text is null or s.sku = $2)
      and ($4::text is null
           or (s.node, s.sku) > (a.after_node, substr($4, length(a.after_node) + 2)))
    order by s.node, s.sku
    limit (select n + 1 from asked))
select json_build_object(
    'items', coalesce(json_agg(json_build_object(
        'node', p.node, 'sku', p.sku,
        'on_hand', json_build_object('value', trim_scale(p.on_hand)::text, 'unit', p.unit),
        'reserved', json_build_object('value', trim_scale(p.reserved)::text, 'unit', p.unit),
        'backorder_limit', trim_scale(p.backorder_limit)::text,
        'available', json_build_object(
            'value', trim_scale(p.on_hand - p.reserved + p.backorder_limit)::text,
            'unit', p.unit))
        order by p.i) filter (where p.i <= a.n), '[]'),
    'next', max(p.node || '/' || p.sku)
        filter (where p.i = a.n and exists (select from page where i > a.n)))::text
from asked a left join page p on true
group by a.n

-- name: product_list
select reference_page('product', $1::text, $2::text, $3::text)

-- name: product_show
select doc
from (select doc from reference where kind = 'product' and id = $1::text
      order by version desc limit 1) last
where doc is not null

-- name: seller_list
select reference_page('seller', null, $1::text, $2::text)

-- name: node_list
select reference_page('node', null, $1::text, $2::text)

-- name: offer_list
select reference_page('offer', $1::text, $2::text, $3::text)

-- name: assortment_list
select reference_page('assortment', null, $1::text, $2::text)

-- name: reservation_show
select json_build_object('items', json_agg(json_build_object(
        'order', order_id, 'node', node, 'version', version, 'state', state, 'lines', lines,
        'reasons', reasons, 'postings', postings, 'expires_at',
        to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        order by node))::text
from reservation
where order_id = $1::text
having count(*) > 0

-- name: order_timeline
select coalesce(json_agg(json_build_object(
        'recorded_at',
        to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'service', 'catalog', 'seq', e.seq, 'type', e.type, 'id', e.event_id,
        'cause', nullif(split_part(split_part(e.headers, E'\nce_causationid=', 2), E'\n', 1), ''),
        'body', e.body::json)
        order by e.recorded_at, e.part, e.seq), '[]')::text
from (select distinct part, unnest(batches) as batch_no
      from reservation where order_id = $1::text) r
join journal_event e using (part, batch_no)
where e.key = $1

-- name: reference_counts
select json_build_object('items', coalesce(json_agg(json_build_object(
        'kind', v.kind, 'version', v.version, 'count', c.count) order by v.kind), '[]'))::text
from reference_version v
cross join lateral (
    select count(*) from (
        select distinct on (id) doc from reference r where r.kind = v.kind
        order by id, version desc) now
    where doc is not null) c

-- held: what open reservations say is held; it equals reserved, or something is wrong.
-- name: counts
with held as (
    select sum((l ->> 'reserved')::numeric - (l ->> 'released')::numeric) as held
    from reservation r, json_array_elements(r.lines) l
    where r.state = 'reserved')
select json_build_object(
    'stock', (select json_build_object(
        'rows', count(*), 'on_hand', trim_scale(coalesce(sum(on_hand), 0))::text,
        'reserved', trim_scale(coalesce(sum(reserved), 0))::text,
        'held', trim_scale(coalesce((select held from held), 0))::text) from stock),
    'open_reservations', (select count(*) from reservation where state = 'reserved'),
    'reservations', (select coalesce(json_object_agg(state, n order by state), '{}')
        from (select state, count(*) n from reservation group by state) s))::text
