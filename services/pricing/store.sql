-- pricing's statements: rows in, rows out, many at once.

-- name: quote_load
select q.order_id, q.version, q.mode, q.account, q.currency, q.outcome, q.total, q.placed_at,
       q.versions, q.receipt, q.receipt_hash, q.event_id, q.event_sequence, q.chain_hash
from unnest($1::text[], $2::text[], $3::text[]) k(order_id, version, mode)
cross join lateral (select * from quote q
                    where q.order_id = k.order_id and q.version = k.version and q.mode = k.mode limit 1) q

-- name: quote_add
insert into quote
    (order_id, version, mode, account, currency, outcome, total, placed_at, versions, receipt,
     receipt_hash, event_id, event_sequence, chain_hash, part, batches)
select k.order_id, k.version, k.mode, k.account, k.currency, k.outcome, k.total, k.placed_at,
       k.versions, k.receipt, k.receipt_hash, k.event_id, k.event_sequence, k.chain_hash,
       k.part, array[k.batch_no]
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::numeric[], $8::timestamptz[], $9::text[], $10::text[], $11::bytea[],
            $12::text[], $13::bigint[], $14::bytea[], $15::smallint[], $16::bigint[])
     k(order_id, version, mode, account, currency, outcome, total, placed_at, versions,
       receipt, receipt_hash, event_id, event_sequence, chain_hash, part, batch_no)

-- name: quote_save
with u as (
    insert into quote as q
        (order_id, version, mode, account, currency, outcome, total, placed_at, versions, receipt,
         receipt_hash, event_id, event_sequence, chain_hash, part, batches)
    select k.order_id, k.version, k.mode, k.account, k.currency, k.outcome, k.total, k.placed_at,
           k.versions, k.receipt, k.receipt_hash, k.event_id, k.event_sequence, k.chain_hash,
           k.part, array[k.batch_no]
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::numeric[], $8::timestamptz[], $9::text[], $10::text[], $11::bytea[],
                $12::text[], $13::bigint[], $14::bytea[], $15::smallint[], $16::bigint[])
         k(order_id, version, mode, account, currency, outcome, total, placed_at, versions,
           receipt, receipt_hash, event_id, event_sequence, chain_hash, part, batch_no)
    on conflict (order_id, version, mode) do update
    set account = excluded.account, currency = excluded.currency, outcome = excluded.outcome,
        total = excluded.total, placed_at = excluded.placed_at, versions = excluded.versions,
        receipt = excluded.receipt, receipt_hash = excluded.receipt_hash,
        event_id = excluded.event_id, event_sequence = excluded.event_sequence,
        chain_hash = excluded.chain_hash, batches = q.batches || excluded.batches
    where q.part = excluded.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: quote_chain_load
select o.order_id, o.chain_sequence, o.chain_hash
from unnest($1::text[]) k(order_id)
cross join lateral (select * from quote_chain o where o.order_id = k.order_id limit 1) o

-- name: quote_chain_add
insert into quote_chain (order_id, chain_sequence, chain_hash, part, batches)
select k.order_id, k.chain_sequence, k.chain_hash, k.part, array[k.batch_no]
from unnest($1::text[], $2::bigint[], $3::bytea[], $4::smallint[], $5::bigint[])
     k(order_id, chain_sequence, chain_hash, part, batch_no)

-- name: quote_chain_save
with u as (
    insert into quote_chain as o (order_id, chain_sequence, chain_hash, part, batches)
    select k.order_id, k.chain_sequence, k.chain_hash, k.part, array[k.batch_no]
    from unnest($1::text[], $2::bigint[], $3::bytea[], $4::smallint[], $5::bigint[])
         k(order_id, chain_sequence, chain_hash, part, batch_no)
    on conflict (order_id) do update
    set chain_sequence = excluded.chain_sequence, chain_hash = excluded.chain_hash,
        batches = o.batches || excluded.batches
    where o.part = excluded.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: price_list_load
select l.price_list, l.currency
from unnest($1::text[]) k(price_list)
cross join lateral (select * from price_list l where l.price_list = k.price_list limit 1) l

-- batches holds the last batch only: a list may be changed without end.
-- name: price_list_add
insert into price_list (price_list, currency, part, batches)
select k.price_list, k.currency, k.part, array[k.batch_no]
from unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[])
     k(price_list, currency, part, batch_no)

-- name: price_list_save
with u as (
    insert into price_list as l (price_list, currency, part, batches)
    select k.price_list, k.currency, k.part, array[k.batch_no]
    from unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[])
         k(price_list, currency, part, batch_no)
    on conflict (price_list) do update
    set currency = excluded.currency, batches = excluded.batches
    where l.part = excluded.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- What people ask over HTTP (pricing.c). Lists: one page by id, at most 500; the cursor is the id of
-- the last item.

-- name: quote_show
select json_build_object('order', $1::text, 'items', json_agg(json_build_object(
        'version', version::bigint, 'dry_run', mode = 'preview', 'account', account,
        'outcome', outcome,
        'total', case when outcome = 'priced' then json_build_object(
            'amount', trim_scale(total)::text, 'currency', currency) end,
        'placed_at', to_char(placed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'versions', versions, 'receipt_hash', encode(receipt_hash, 'hex'),
        'answer', (select e.body::json from journal_event e
                   where e.part = q.part and e.batch_no = any (q.batches)
                     and e.event_id = q.event_id limit 1),
        'receipt', receipt::json)
        order by version::bigint, mode))::text
from quote q
where order_id = $1::text
having count(*) > 0

-- name: price_list_list
select reference_page('price_list', $1::text, $2::text)

-- name: discount_list
select reference_page('discount', $1::text, $2::text)

-- name: price_list_show
with asked as (
    select page_size($2::text) as n, $1::text || '|' as prefix),
list as (
    select doc, version from reference where kind = 'price_list' and id = $1::text
    order by version desc limit 1),
page as (
    select p.*, row_number() over (order by p.id collate "C") as i
    from asked a, lateral (
        select distinct on (id collate "C") id, version, doc
        from reference
        where kind = 'price' and id collate "C" >= a.prefix
          and id collate "C" < $1::text || '}'
          and ($3::text is null or id collate "C" > $3::text)
        order by id collate "C", version desc) p
    where p.doc is not null
    order by p.id collate "C"
    limit (select n + 1 from asked))
select jsonb_build_object('price_list', l.doc::jsonb, 'version', l.version,
        'items', coalesce((select jsonb_agg(p.doc::jsonb order by p.i)
                           from page p, asked a where p.i <= a.n), '[]'),
        'next', (select p.id from page p, asked a
                 where p.i = a.n and exists (select from page where i > a.n)))::text
from list l
where l.doc is not null

-- name: order_timeline
select coalesce(json_agg(json_build_object(
        'recorded_at', to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'service', 'pricing', 'seq', e.seq, 'type', e.type, 'id', e.event_id,
        'cause', nullif(split_part(split_part(e.headers, E'\nce_causationid=', 2), E'\n', 1), ''),
        'body', e.body::json)
        order by e.recorded_at, e.part, e.seq), '[]')::text
from (select distinct part, unnest(batches) as batch_no
      from quote where order_id = $1::text) q
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

-- name: counts
select json_build_object(
    'quotes', (select coalesce(json_object_agg(outcome, n order by outcome), '{}')
               from (select outcome, count(*) n from quote where mode = 'order'
                     group by outcome) q),
    'previews', (select count(*) from quote where mode = 'preview'),
    'orders', (select count(*) from quoted_order),
    'totals', (select coalesce(json_agg(json_build_object(
                   'amount', trim_scale(total)::text, 'currency', currency) order by currency),
                   '[]')
               from (select currency, sum(total) total from quote
                     where mode = 'order' and outcome = 'priced' group by currency) t),
    'price_lists', (select count(*) from price_list),
    'prices', (select count(*) from (
                   select distinct on (id) doc from reference where kind = 'price'
                   order by id, version desc) p where doc is not null),
    'discounts', (select count(*) from (
                   select distinct on (id) doc from reference where kind = 'discount'
                   order by id, version desc) d where doc is not null))::text
