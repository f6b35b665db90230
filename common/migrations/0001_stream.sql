-- The runtime's own tables, one set in every service's schema (common/README.md tells how they work together).

-- One fenced row per service partition: advanced in the same transaction as the state, so it says what happened.
create table stream (
    part smallint primary key,
    epoch bigint not null,              -- who owns it: each taking adds 1
    batch_no bigint not null,           -- batches committed
    now_at timestamptz not null,        -- time of the last batch; never goes back
    inputs text[] not null,             -- topics that in_off and seen_* belong to, in this order
    in_off bigint[] not null,           -- next offset of each input; -1 = from its beginning
    seen_incarnation bigint[] not null, -- per input and source partition: last accepted link of the chain
    seen_seq bigint[] not null,
    outputs text[] not null,            -- chained topics that dest_seq belongs to
    dest_seq bigint[] not null,         -- per output and partition: last sequence told there
    out_seq bigint not null,            -- last sequence told at all
    pub_seq bigint not null,            -- all up to here are acknowledged by the broker (or named in unsent)
    incarnation bigint not null,        -- of this source stream; a reconcile starts a new one
    cluster_id text not null,           -- the Kafka cluster that the positions belong to
    taken_batch_no bigint not null,     -- batch_no at the last taking, and how many takings saw no progress
    takings_idle int not null,
    suspect text not null,              -- record under suspicion of killing the process: topic/partition/offset
    strikes int not null,
    check (pub_seq <= out_seq)
) with (fillfactor = 10);

-- Everything this service ever told: outbox, audit trail and source of republishing. One row per batch and partition.
create table journal (
    part smallint not null,
    batch_no bigint not null,
    recorded_at timestamptz not null,   -- the batch's now
    incarnation bigint not null,
    first_seq bigint not null,
    event_count int not null,
    topics text[] compression lz4 not null,
    partitions smallint[] not null,
    keys bytea[] compression lz4 not null,
    types text[] compression lz4 not null,
    headers text[] compression lz4 not null,  -- lines "name=value", see common/headers.h
    bodies bytea[] compression lz4 not null,  -- null = tombstone
    inputs text[] compression lz4 not null,   -- what was decided, in fold order: enough to decide it again
    versions text not null,                   -- reference versions used: "product=3 offer=1"
    primary key (part, batch_no, recorded_at)
) partition by range (recorded_at);

-- Partitions of a month, made ahead by the service itself: it may not do DDL, so the owner's function does.
create function journal_extend(at timestamptz) returns void
language plpgsql security definer set search_path from current as $$
declare
    month date := date_trunc('month', at at time zone 'UTC')::date;
    name text := 'journal_' || to_char(month, 'YYYYMM');
begin
    perform pg_advisory_xact_lock(hashtext(current_schema() || '.journal_extend'));
    if to_regclass(name) is null then
        execute format('create table %I partition of journal for values from (%L) to (%L)', name,
                       month::timestamp at time zone 'UTC',
                       (month + interval '1 month')::timestamp at time zone 'UTC');
        -- Rights are asked on the parent; default privileges would give more on the part than on the whole.
        execute format('revoke update, delete, truncate on %I from %I', name, 'batuta_' || current_schema());
    end if;
end
$$;
revoke all on function journal_extend(timestamptz) from public;

-- What was told stays told.
do $$
begin
    execute format('revoke update, delete, truncate on journal from %I', 'batuta_' || current_schema());
    execute format('grant execute on function journal_extend(timestamptz) to %I', 'batuta_' || current_schema());
end
$$;

-- One row an event. previous_hash: SHA-256 of the event of that aggregate before this one.
create view journal_event as
select j.part, j.batch_no, e.event_no::int, j.incarnation, j.first_seq + e.event_no - 1 as seq, j.recorded_at,
       e.topic, e.partition, e.type, e.headers,
       case when ours then convert_from(e.key, 'UTF8') end as key,
       case when ours then convert_from(e.body, 'UTF8') end as body,
       e.key as key_bytes, e.body as body_bytes,
       nullif(split_part(split_part(E'\n' || e.headers, E'\nce_subject=', 2), E'\n', 1), '') as subject,
       nullif(split_part(split_part(E'\n' || e.headers, E'\nce_id=', 2), E'\n', 1), '') as event_id,
       nullif(split_part(split_part(E'\n' || e.headers, E'\nce_previoushash=', 2), E'\n', 1), '') as previous_hash
from journal j
cross join lateral unnest(j.topics, j.partitions, j.types, j.headers, j.keys, j.bodies)
    with ordinality e(topic, partition, type, headers, key, body, event_no)
cross join lateral (select e.topic not like '%.dlq.v1' and e.topic not like '%.routed.v1' as ours) o;

-- Events of a destination that refuses for good; they go first when it accepts again.
create table unsent (
    part smallint not null,
    topic text not null,
    seq bigint not null,
    primary key (part, topic, seq)
);

create table timer (
    part smallint not null,
    id text not null,
    due timestamptz not null,
    key text not null,
    subject text not null,              -- '' = none
    kind text not null,
    body text not null,
    correlation text not null,
    primary key (part, id)
);
create index timer_due on timer (part, due);

-- Records that wait behind one that could not be decided: (key, subject), subject '' = the whole key.
create table parked (
    part smallint not null,
    key bytea not null,
    subject text not null,
    n bigint not null,                  -- order within the queue
    topic text not null,                -- 'timer' for timers
    source_partition int not null,
    source_offset bigint not null,
    headers text not null,
    value bytea,
    broker_time timestamptz not null,
    reason text not null,               -- '' = waits behind the first
    attempts int not null,
    parked_at timestamptz not null,
    primary key (part, key, subject, n)
);

-- Answers to commands, for repeats. scope = SHA-256 of (principal, type, aggregate, idempotency key), or
-- "denied/<command id>" for those that left no mark on any aggregate.
create table answer (
    scope text primary key,
    command_id text not null,
    body_hash bytea not null,
    type text not null,
    key text not null,
    event_id text not null,
    body text not null,
    answered_at timestamptz not null,
    part smallint not null,
    batch_no bigint not null
);
create index answer_command on answer (command_id);

-- Reference data: every row is of a version; the current picture is the highest version of each id.
create table reference (
    kind text not null,
    id text not null,
    version bigint not null,
    doc text compression lz4,           -- null = removed
    primary key (kind, id, version)
);
create index reference_changes on reference (kind, version);
create table reference_version (
    kind text primary key,
    version bigint not null,
    part smallint not null              -- the one partition that writes this kind
);
