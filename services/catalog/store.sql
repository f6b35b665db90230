-- catalog's statements: rows in, rows out, many at once. A save looks each row up by its key and
-- changes it by its place: an upsert would lock it first, and log that.

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
    update stock s
    set unit = k.unit, on_hand = k.on_hand, reserved = k.reserved,
        backorder_limit = k.backorder_limit, batches = array[k.batch_no]
    from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[],
                $7::smallint[], $8::bigint[])
         k(node, sku, unit, on_hand, reserved, backorder_limit, part, batch_no)
    cross join lateral (select x.ctid from stock x
                        where x.node = k.node and x.sku = k.sku limit 1) x
    where s.ctid = x.ctid and s.part = k.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: reservation_load
select r.order_id, r.node, r.version, r.expires_at, r.lines, r.reasons, r.state, r.postings,
       r.sequence, r.hash
from unnest($1::text[], $2::text[]) k(order_id, node)
cross join lateral (select * from reservation r
                    where r.order_id = k.order_id and r.node = k.node limit 1) r

-- name: reservation_add
insert into reservation
    (order_id, node, version, expires_at, lines, reasons, state, postings, sequence, hash, part,
     batches)
select k.order_id, k.node, k.version, k.expires_at, k.lines, k.reasons, k.state, k.postings,
       k.sequence, k.hash, k.part, array[k.batch_no]
from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[],
            $7::text[], $8::text[], $9::bigint[], $10::bytea[], $11::smallint[], $12::bigint[])
     k(order_id, node, version, expires_at, lines, reasons, state, postings, sequence, hash,
       part, batch_no)

-- name: reservation_save
with u as (
    update reservation s
    set version = k.version, expires_at = k.expires_at, lines = k.lines, reasons = k.reasons,
        state = k.state, postings = k.postings, sequence = k.sequence, hash = k.hash,
        batches = s.batches || k.batch_no
    from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[],
                $7::text[], $8::text[], $9::bigint[], $10::bytea[], $11::smallint[],
                $12::bigint[])
         k(order_id, node, version, expires_at, lines, reasons, state, postings, sequence, hash,
           part, batch_no)
    cross join lateral (select x.ctid from reservation x
                        where x.order_id = k.order_id and x.node = k.node limit 1) x
    where s.ctid = x.ctid and s.part = k.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- What is still held at a node when a minute begins in which it expires (decide_expiry.c), page by
-- page (EXPIRY_PAGE). Compared as pairs, and by an expression: so this index serves nothing else, and
-- nothing else serves this.
-- name: expiry_load
select k.node, k.since, k.after, h.orders
from unnest($1::text[], $2::text[], $3::text[]) k(node, since, after)
cross join lateral (
    select json_agg(json_build_object(
               'order_id', p.order_id, 'expires_at', time_text(p.expires_at))
               order by p.expires_at, p.order_id)::text as orders
    from (select r.order_id, r.expires_at from reservation r
          where (r.node || '', r.expires_at) >= (k.node, k.since::timestamptz)
            and (r.node || '', r.expires_at) < (
                k.node, date_trunc('minute', k.since::timestamptz, 'UTC') + interval '1 minute')
            and (r.expires_at > k.since::timestamptz or r.order_id > k.after)
            and r.state = 'reserved'
          order by r.expires_at, r.order_id
          limit 500) p) h

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

-- A commit before which nothing was given back told all that was promised; its posting leaves that
-- to the lines.
-- name: reservation_show
select json_build_object('items', json_agg(json_build_object(
        'order', r.order_id, 'node', r.node, 'version', r.version, 'state', r.state,
        'lines', r.lines::json, 'reasons', r.reasons::json, 'postings', p.postings,
        'expires_at', time_text(r.expires_at)) order by r.node))::text
from reservation r
cross join lateral (
    select coalesce(json_agg(case
               when x.p ->> 'step' <> 'commit' or x.p -> 'lines' is not null then x.p
               else json_strip_nulls(json_build_object(
                   'step', x.p -> 'step', 'version', x.p -> 'version', 'cause', x.p -> 'cause',
                   'lines', (
                       select json_agg(json_build_object(
                           'line', l.l -> 'line', 'sku', l.l -> 'sku', 'quantity', l.l -> 'asked',
                           'reserved', json_build_object(
                               'value', l.l ->> 'reserved', 'unit', l.l -> 'asked' -> 'unit'))
                           order by l.n)
                       from json_array_elements(r.lines::json) with ordinality l(l, n)
                       where (l.l ->> 'reserved')::numeric > 0),
                   'event', x.p -> 'event', 'sequence', x.p -> 'sequence')) end order by x.n),
           '[]') as postings
    from json_array_elements(r.postings::json) with ordinality x(p, n)) p
where r.order_id = $1::text
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
    from reservation r, json_array_elements(r.lines::json) l
    where r.state = 'reserved')
select json_build_object(
    'stock', (select json_build_object(
        'rows', count(*), 'on_hand', trim_scale(coalesce(sum(on_hand), 0))::text,
        'reserved', trim_scale(coalesce(sum(reserved), 0))::text,
        'held', trim_scale(coalesce((select held from held), 0))::text) from stock),
    'open_reservations', (select count(*) from reservation where state = 'reserved'),
    'reservations', (select coalesce(json_object_agg(state, n order by state), '{}')
        from (select state, count(*) n from reservation group by state) s))::text
