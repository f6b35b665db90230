-- notifications' statements: rows in, rows out, many at once. A save looks each row up by its key
-- and changes it by its place: an upsert would lock it first, and log that.

-- name: partner_load
select p.partner, p.fulfilments, p.sequence, p.hash
from unnest($1::text[]) k(partner)
cross join lateral (select * from partner p where p.partner = k.partner limit 1) p

-- name: partner_add
insert into partner (partner, fulfilments, sequence, hash, part, batches)
select k.partner, k.fulfilments, k.sequence, k.hash, k.part, array[k.batch_no]
from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::smallint[], $6::bigint[])
     k(partner, fulfilments, sequence, hash, part, batch_no)

-- name: partner_save
with u as (
    update partner s
    set fulfilments = k.fulfilments, sequence = k.sequence, hash = k.hash,
        batches = array[k.batch_no]
    from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[], $5::smallint[], $6::bigint[])
         k(partner, fulfilments, sequence, hash, part, batch_no)
    cross join lateral (select x.ctid from partner x
                        where x.partner = k.partner limit 1) x
    where s.ctid = x.ctid and s.part = k.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: fulfilment_load
select r.order_id, r.sub_order, r.partner, r.version, r.state, r.lines, r.shipments,
       r.cancel_answer, r.cancel_event, r.cancel_sequence, r.announced_at, r.changed_at,
       r.sequence, r.hash
from unnest($1::text[], $2::text[]) k(order_id, sub_order)
cross join lateral (select * from fulfilment r
                    where r.order_id = k.order_id and r.sub_order = k.sub_order limit 1) r

-- name: fulfilment_add
insert into fulfilment
    (order_id, sub_order, partner, version, state, lines, shipments, cancel_answer,
     cancel_event, cancel_sequence, announced_at, changed_at, sequence, hash, part, batches)
select k.order_id, k.sub_order, k.partner, k.version, k.state, k.lines,
       k.shipments, k.cancel_answer, k.cancel_event, k.cancel_sequence,
       k.announced_at, k.changed_at, k.sequence, k.hash, k.part, array[k.batch_no]
from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
            $7::text[], $8::text[], $9::text[], $10::bigint[], $11::timestamptz[],
            $12::timestamptz[], $13::bigint[], $14::bytea[], $15::smallint[], $16::bigint[])
     k(order_id, sub_order, partner, version, state, lines, shipments, cancel_answer,
       cancel_event, cancel_sequence, announced_at, changed_at, sequence, hash, part,
       batch_no)

-- name: fulfilment_save
with u as (
    update fulfilment s
    set partner = k.partner, version = k.version, state = k.state, lines = k.lines,
        shipments = k.shipments, cancel_answer = k.cancel_answer,
        cancel_event = k.cancel_event, cancel_sequence = k.cancel_sequence,
        announced_at = k.announced_at, changed_at = k.changed_at, sequence = k.sequence,
        hash = k.hash, batches = s.batches || k.batch_no
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                $7::text[], $8::text[], $9::text[], $10::bigint[], $11::timestamptz[],
                $12::timestamptz[], $13::bigint[], $14::bytea[], $15::smallint[], $16::bigint[])
         k(order_id, sub_order, partner, version, state, lines, shipments, cancel_answer,
           cancel_event, cancel_sequence, announced_at, changed_at, sequence, hash, part,
           batch_no)
    cross join lateral (select x.ctid from fulfilment x
                        where x.order_id = k.order_id and x.sub_order = k.sub_order limit 1) x
    where s.ctid = x.ctid and s.part = k.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: notice_load
select n.order_id, n.kind, n.cause, n.recipient, n.told_at, n.sequence, n.hash
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) k(order_id, kind, cause, recipient)
cross join lateral (select * from notice n
                    where n.order_id = k.order_id and n.kind = k.kind and n.cause = k.cause
                      and n.recipient = k.recipient limit 1) n

-- name: notice_add
insert into notice (order_id, kind, cause, recipient, told_at, sequence, hash, part, batches)
select k.order_id, k.kind, k.cause, k.recipient, k.told_at, k.sequence, k.hash, k.part,
       array[k.batch_no]
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[],
            $7::bytea[], $8::smallint[], $9::bigint[])
     k(order_id, kind, cause, recipient, told_at, sequence, hash, part, batch_no)

-- name: payable_load
select p.order_id, p.version, p.account, p.currency, p.total, p.told_at, p.sequence, p.hash
from unnest($1::text[], $2::text[]) k(order_id, version)
cross join lateral (select * from payable p
                    where p.order_id = k.order_id and p.version = k.version limit 1) p

-- name: payable_add
insert into payable
    (order_id, version, account, currency, total, told_at, sequence, hash, part, batches)
select k.order_id, k.version, k.account, k.currency, k.total, k.told_at, k.sequence, k.hash,
       k.part, array[k.batch_no]
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::timestamptz[],
            $7::bigint[], $8::bytea[], $9::smallint[], $10::bigint[])
     k(order_id, version, account, currency, total, told_at, sequence, hash, part, batch_no)

-- What people ask over HTTP (notifications.c). Lists: one page by key, at most 500; the cursor is
-- the key of the last item. What was said is read from the journal, in the batch that said it.

-- name: partner_list
with asked as (
    select case when $1::text ~ '^[0-9]{1,4}$' then greatest(1, least($1::int, 500)) else 50 end n),
page as (
    select p.*, row_number() over (order by p.partner) as i
    from partner p
    where $2::text is null or p.partner > $2
    order by p.partner
    limit (select n + 1 from asked))
select json_build_object(
    'items', coalesce(json_agg(json_build_object(
        'partner', p.partner, 'fulfilments', p.fulfilments, 'sequence', p.sequence)
        order by p.i) filter (where p.i <= a.n), '[]'),
    'next', max(p.partner) filter (where p.i = a.n and exists (select from page where i > a.n)))
    ::text
from asked a left join page p on true
group by a.n

-- name: partner_fulfilments
with asked as (
    select case when $3::text ~ '^[0-9]{1,4}$' then greatest(1, least($3::int, 500)) else 50 end n),
page as (
    select r as sub, r.order_id || '/' || r.sub_order as place,
           row_number() over (order by r.order_id || '/' || r.sub_order) as i
    from fulfilment r
    where r.partner = $1::text and ($2::text is null or r.state = $2)
      and ($4::text is null or r.order_id || '/' || r.sub_order > $4)
    order by r.order_id || '/' || r.sub_order
    limit (select n + 1 from asked))
select json_build_object(
    'items', coalesce(json_agg(fulfilment_json(p.sub) order by p.i) filter (where p.i <= a.n), '[]'),
    'next', max(p.place) filter (where p.i = a.n and exists (select from page where i > a.n)))::text
from asked a left join page p on true
group by a.n

-- name: fulfilment_show
select json_build_object('items', json_agg(
        fulfilment_json(r) order by r.sub_order::bigint))::text
from fulfilment r
where r.order_id = $1::text
having count(*) > 0

-- name: notice_list
with asked as (
    select case when $3::text ~ '^[0-9]{1,4}$' then greatest(1, least($3::int, 500)) else 50 end n),
page as (
    select q.*, row_number() over (order by q.place) as i
    from (select n.*, array_to_string(array[order_id, kind, cause, recipient], '/') as place
          from notice n
          where ($1::text is null or order_id = $1) and ($2::text is null or recipient || '' = $2)) q
    where $4::text is null or q.place > $4
    order by q.place
    limit (select n + 1 from asked))
select json_build_object(
    'items', coalesce(json_agg(json_build_object(
        'order', p.order_id, 'kind', p.kind, 'cause', p.cause, 'recipient', p.recipient,
        'told_at', to_char(p.told_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'document', d.body) order by p.i) filter (where p.i <= a.n), '[]'),
    'next', max(p.place) filter (where p.i = a.n and exists (select from page where i > a.n)))::text
from asked a left join page p on true
left join lateral (
    select t.body from told_in(p.part, p.batches[1], p.told_at, 'notice.told', p.order_id) t
    where t.body ->> 'kind' = p.kind and coalesce(t.body ->> 'cause', '') = p.cause
      and t.body ->> 'recipient' = p.recipient limit 1) d on true
group by a.n

-- name: payable_list
with asked as (
    select case when $3::text ~ '^[0-9]{1,4}$' then greatest(1, least($3::int, 500)) else 50 end n),
page as (
    select q.*, row_number() over (order by q.order_id || '/' || q.version) as i
    from payable q
    where ($1::text is null or q.account = $1) and ($2::text is null or q.order_id = $2)
      and ($4::text is null or q.order_id || '/' || q.version > $4)
    order by q.order_id || '/' || q.version
    limit (select n + 1 from asked))
select json_build_object(
    'items', coalesce(json_agg(json_build_object(
        'order', p.order_id, 'version', p.version::bigint, 'account', p.account,
        'total', json_build_object('amount', trim_scale(p.total)::text, 'currency', p.currency),
        'told_at', to_char(p.told_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'document', d.body) order by p.i) filter (where p.i <= a.n), '[]'),
    'next', max(p.order_id || '/' || p.version)
        filter (where p.i = a.n and exists (select from page where i > a.n)))::text
from asked a left join page p on true
left join lateral (
    select t.body from told_in(p.part, p.batches[1], p.told_at, 'payable.told', p.order_id) t
    where t.body ->> 'version' = p.version limit 1) d on true
group by a.n

-- name: order_timeline
with touched as (
    select part, unnest(batches) as batch_no from fulfilment where order_id = $1::text
    union
    select part, unnest(batches) from notice where order_id = $1
    union
    select part, unnest(batches) from payable where order_id = $1)
select coalesce(json_agg(json_build_object(
        'recorded_at',
        to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'service', 'notifications', 'seq', e.seq, 'type', e.type, 'id', e.event_id,
        'cause', nullif(split_part(split_part(e.headers, E'\nce_causationid=', 2), E'\n', 1), ''),
        'body', e.body::json)
        order by e.recorded_at, e.part, e.seq), '[]')::text
from touched t join journal_event e using (part, batch_no)
where e.key = $1

-- name: counts
select json_build_object(
    'fulfilments', (select coalesce(json_object_agg(state, n order by state), '{}')
        from (select state, count(*) n from fulfilment group by state) s),
    'notices', (select coalesce(json_object_agg(kind, n order by kind), '{}')
        from (select kind, count(*) n from notice group by kind) s),
    'payables', (select json_build_object('count', count(*), 'sums', (
            select coalesce(json_agg(json_build_object(
                'amount', trim_scale(total)::text, 'currency', currency) order by currency), '[]')
            from (select currency, sum(total) total from payable group by currency) s))
        from payable),
    'partners', (select coalesce(json_agg(json_build_object(
            'partner', partner, 'fulfilments', fulfilments, 'sequence', sequence)
            order by partner), '[]') from partner))::text
