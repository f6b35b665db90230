-- The runtime's statements. One pipeline a batch; see common/README.md.
-- Every X_load looks each key up by itself (lateral ... limit 1), and the service's role has enable_seqscan off: a plan
-- made while a table was empty lives as long as its connection, and would scan the whole table in every batch.

-- name: stream_create
insert into stream
values ($1::smallint, 0, 0, $2::timestamptz, $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
        $8::bigint[], 0, 0, 1, $9::text, -1, 0, '', 0)
on conflict (part) do nothing

-- name: stream_take
update stream
set epoch = epoch + 1,
    takings_idle = case when taken_batch_no = batch_no then takings_idle + 1 else 0 end,
    taken_batch_no = batch_no
where part = $1::smallint
returning epoch, batch_no, now_at, inputs, in_off, seen_incarnation, seen_seq, outputs, dest_seq, out_seq, pub_seq,
          incarnation, cluster_id, takings_idle, suspect, strikes

-- name: stream_lockers
select b.pid
from unnest(pg_blocking_pids($1::int)) b(pid) join pg_stat_activity a on a.pid = b.pid
where a.usename = current_user

-- name: stream_end_backend
select pg_terminate_backend($1::int)

-- name: stream_advance
with u as (
    update stream s
    set batch_no = s.batch_no + 1, now_at = $4::timestamptz, in_off = $5::bigint[], seen_incarnation = $6::bigint[],
        seen_seq = $7::bigint[], dest_seq = $8::bigint[], out_seq = $9::bigint, pub_seq = $10::bigint,
        inputs = $11::text[], outputs = $12::text[]
    where s.part = $1::smallint and s.epoch = $2::bigint and s.batch_no = $3::bigint
    returning 1)
select 1 / count(*) from u

-- name: stream_pass
with u as (
    update stream s
    set in_off = $4::bigint[], seen_incarnation = $5::bigint[], seen_seq = $6::bigint[], inputs = $7::text[]
    where s.part = $1::smallint and s.epoch = $2::bigint and s.batch_no = $3::bigint
    returning 1)
select 1 / count(*) from u

-- name: stream_epochs
select part, epoch, batch_no from stream

-- name: stream_publish
update stream s set pub_seq = k.pub_seq
from unnest($1::smallint[], $2::bigint[], $3::bigint[]) k(part, epoch, pub_seq)
where s.part = k.part and s.epoch = k.epoch

-- name: stream_suspect
with u as (
    update stream s set suspect = $3::text, strikes = $4::int
    where s.part = $1::smallint and s.epoch = $2::bigint
    returning 1)
select 1 / count(*) from u

-- name: stream_rewind
update stream set pub_seq = least(pub_seq, $2::bigint), epoch = epoch + 1 where part = $1::smallint

-- name: stream_positions
select part, inputs, in_off, cluster_id from stream order by part

-- name: stream_rebind
update stream s
set in_off = array_fill(-1::bigint, array[cardinality(s.in_off)]), cluster_id = $2::text, suspect = '', strikes = 0,
    pub_seq = least(s.out_seq, coalesce((select j.first_seq from journal j
                                         where j.part = s.part and j.event_count > 0
                                         order by j.batch_no limit 1), s.out_seq + 1) - 1),
    epoch = s.epoch + 1
where s.part = $1::smallint
returning out_seq - pub_seq

-- name: stream_reincarnate
update stream set incarnation = greatest(incarnation, $2::bigint) + 1, epoch = epoch + 1 where part = $1::smallint
returning incarnation

-- name: journal_append
insert into journal
values ($1::smallint, $2::bigint, $3::timestamptz, $4::bigint, $5::bigint, $6::int, $7::text[], $8::smallint[],
        $9::bytea[], $10::text[], $11::text[], $12::bytea[], $13::text[], $14::text)

-- name: journal_ahead
select journal_extend($1::timestamptz)

-- name: journal_since
select j.batch_no, j.first_seq, j.incarnation, j.topics, j.partitions, j.keys, j.headers, j.bodies
from journal j
where j.part = $1::smallint and j.event_count > 0 and j.first_seq + j.event_count > $2::bigint + 1
  and j.first_seq >= coalesce((select b.first_seq from journal b
                               where b.part = $1::smallint and b.event_count > 0 and b.first_seq <= $2::bigint + 1
                               order by b.first_seq desc limit 1), 0)
order by j.first_seq
limit 8

-- name: unsent_add
insert into unsent select * from unnest($1::smallint[], $2::text[], $3::bigint[]) on conflict do nothing

-- name: unsent_remove
with s as (select part from stream where part = $1::smallint and epoch = $3::bigint for update)
delete from unsent u using s where u.part = s.part and u.seq = any($2::bigint[])

-- name: unsent_load
select topic, seq from unsent where part = $1::smallint order by seq

-- A timer that many inputs set alike is written once, and carries the correlation of the first.
-- name: timer_set
insert into timer
select * from unnest($1::smallint[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::text[])
on conflict (part, id) do update
set due = excluded.due, key = excluded.key, subject = excluded.subject, kind = excluded.kind, body = excluded.body,
    correlation = excluded.correlation
where (timer.due, timer.key, timer.subject, timer.kind, timer.body)
      is distinct from (excluded.due, excluded.key, excluded.subject, excluded.kind, excluded.body)

-- name: timer_clear
delete from timer t using unnest($1::smallint[], $2::text[]) k(part, id) where t.part = k.part and t.id = k.id

-- name: timer_next
select min(due) from timer where part = $1::smallint

-- name: timer_due
select part, id, due, key, subject, kind, body, correlation
from timer
where part = $1::smallint and due <= $2::timestamptz
order by due, id
limit 500

-- name: parked_add
insert into parked
select k.part, k.key, k.subject, k.n, k.topic, k.source_partition, k.source_offset, k.headers, k.value, k.broker_time,
       k.reason, 1, k.parked_at
from unnest($1::smallint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::int[], $7::bigint[], $8::text[],
            $9::bytea[], $10::timestamptz[], $11::text[], $12::timestamptz[])
     k(part, key, subject, n, topic, source_partition, source_offset, headers, value, broker_time, reason, parked_at)
on conflict (part, key, subject, n) do update set reason = excluded.reason, attempts = parked.attempts + 1

-- name: parked_remove
delete from parked p using unnest($1::smallint[], $2::bytea[], $3::text[], $4::bigint[]) k(part, key, subject, n)
where p.part = k.part and p.key = k.key and p.subject = k.subject and p.n = k.n

-- name: parked_heads
select key, subject, max(n) from parked where part = $1::smallint group by key, subject

-- name: parked_load
select n, topic, source_partition, source_offset, headers, value, broker_time
from parked
where part = $1::smallint and key = $2::bytea and subject = $3::text
order by n
limit 1000

-- name: answer_load
select a.scope, a.command_id, a.body_hash, a.type, a.key, a.event_id, a.body, a.answered_at
from unnest($1::text[]) k(scope)
cross join lateral (select * from answer a where a.scope = k.scope limit 1) a

-- name: answer_add
insert into answer
select * from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::timestamptz[], $9::smallint[], $10::bigint[])

-- name: answer_save
insert into answer
select * from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::timestamptz[], $9::smallint[], $10::bigint[])
on conflict (scope) do update set answered_at = excluded.answered_at, batch_no = excluded.batch_no

-- name: reference_versions
select kind, version from reference_version

-- name: reference_changes
select distinct on (id) kind, id, version, doc
from reference
where kind = $1::text and version > $2::bigint and version <= $3::bigint
order by id, version desc

-- name: reference_add
insert into reference select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[])

-- name: reference_bump
with u as (
    insert into reference_version as v
    select * from unnest($1::text[], $2::bigint[], $3::smallint[])
    on conflict (kind) do update set version = excluded.version where v.part = excluded.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: unsent_note
with s as (select part from stream where part = $1::smallint and epoch = $3::bigint for update)
insert into unsent
select s.part, j.topics[k.seq - j.first_seq + 1], k.seq
from s cross join unnest($2::bigint[]) k(seq)
cross join lateral (select b.topics, b.first_seq, b.event_count from journal b
                    where b.part = $1::smallint and b.event_count > 0 and b.first_seq <= k.seq
                    order by b.first_seq desc limit 1) j
where k.seq < j.first_seq + j.event_count
on conflict (part, topic, seq) do update set seq = excluded.seq
returning topic, seq

-- name: journal_some
select k.seq, j.partitions[i.n], j.keys[i.n], j.headers[i.n], j.bodies[i.n]
from unnest($2::bigint[]) k(seq)
cross join lateral (select b.* from journal b
                    where b.part = $1::smallint and b.event_count > 0 and b.first_seq <= k.seq
                    order by b.first_seq desc limit 1) j
cross join lateral (select (k.seq - j.first_seq + 1)::int as n) i
where k.seq < j.first_seq + j.event_count
order by k.seq

-- name: answer_by_command
select json_build_object('command_id', a.command_id,
                         'outcome', case when a.type like '%.command.refused.v1' then 'refused' else 'accepted' end,
                         'event_id', a.event_id, 'answered_at', a.answered_at, 'answer', a.body::json)::text
from answer a
where a.command_id = $1::text
order by a.answered_at desc
limit 1

-- name: parked_list
select json_build_object('items', coalesce(json_agg(json_build_object(
           'part', p.part, 'key', encode(p.key, 'escape'), 'subject', p.subject, 'n', p.n, 'topic', p.topic,
           'partition', p.source_partition, 'offset', p.source_offset, 'reason', p.reason, 'attempts', p.attempts,
           'parked_at', p.parked_at, 'headers', p.headers, 'value', encode(p.value, 'escape'))
           order by p.part, p.key, p.subject, p.n), '[]'))::text
from (select * from parked
      where ($1::text is null or encode(key, 'escape') = $1::text)
      order by part, key, subject, n
      limit least(coalesce($2::text::int, 100), 500)) p

-- name: dead_letter_list
select json_build_object('items', coalesce(json_agg(json_build_object(
           'seq', d.seq, 'part', d.part, 'recorded_at', d.recorded_at, 'key', encode(d.key_bytes, 'escape'),
           'headers', d.headers, 'value', encode(d.body_bytes, 'escape')) order by d.recorded_at desc, d.seq desc),
           '[]'))::text
from (select e.*
      from journal j
      cross join lateral (select j.part, j.recorded_at, j.first_seq + u.n - 1 as seq, u.headers,
                                 u.key as key_bytes, u.body as body_bytes
                          from unnest(j.topics, j.headers, j.keys, j.bodies) with ordinality
                               u(topic, headers, key, body, n)
                          where u.topic = current_schema() || '.dlq.v1') e
      where current_schema() || '.dlq.v1' = any(j.topics)
      order by e.recorded_at desc, e.seq desc
      limit least(coalesce($1::text::int, 100), 500)) d

-- name: stream_list
select json_build_object('items', coalesce(json_agg(json_build_object(
           'part', part, 'epoch', epoch, 'batch_no', batch_no, 'now', now_at, 'out_seq', out_seq, 'pub_seq', pub_seq,
           'incarnation', incarnation, 'inputs', inputs, 'offsets', in_off) order by part), '[]'))::text
from stream
