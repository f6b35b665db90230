-- notifications' own tables: what partners, people and payers were told, and how far partners are.

-- A seller's own topic: sequence numbers its events 1, 2, 3 ...; batches holds the last one only.
create table partner (
    partner text primary key,
    fulfilments bigint not null check (fulfilments >= 0),
    sequence bigint not null check (sequence >= fulfilments),
    hash bytea check (length(hash) = 32),
    part smallint not null,
    batches bigint[] not null
) with (fillfactor = 70);

create table fulfilment (
    order_id text not null,
    sub_order text not null,
    partner text not null,
    version bigint not null check (version > 0),
    state text not null check (state in ('new', 'accepted', 'rejected', 'partly_shipped', 'shipped',
                                         'delivered', 'cancelled')),
    lines json not null,
    shipments json not null,
    cancel_answer text check (cancel_answer in ('cancelled', 'cancel_refused')),
    cancel_event text,
    cancel_sequence bigint not null,
    announced_at timestamptz not null,
    changed_at timestamptz not null check (changed_at >= announced_at),
    sequence bigint not null check (sequence >= 0),
    hash bytea check (length(hash) = 32),
    part smallint not null,
    batches bigint[] not null,
    primary key (order_id, sub_order),
    check ((cancel_answer is null) = (cancel_event is null))
) with (fillfactor = 70);
create index fulfilment_partner on fulfilment (partner, order_id, sub_order);

-- The sub-order as announced; never changes.
create table document (
    order_id text not null,
    sub_order text not null,
    document json not null,
    part smallint not null,
    batches bigint[] not null,
    primary key (order_id, sub_order)
);

create table notice (
    order_id text not null,
    kind text not null,
    cause text not null,
    recipient text not null,
    document json not null,
    told_at timestamptz not null,
    sequence bigint not null check (sequence = 1),
    hash bytea not null check (length(hash) = 32),
    part smallint not null,
    batches bigint[] not null,
    primary key (order_id, kind, cause, recipient)
);
create index notice_recipient on notice (recipient, order_id);

create table payable (
    order_id text not null,
    version text not null,
    account text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    total numeric(19,6) not null check (total between -9000000000 and 9000000000),
    document json not null,
    told_at timestamptz not null,
    sequence bigint not null check (sequence = 1),
    hash bytea not null check (length(hash) = 32),
    part smallint not null,
    batches bigint[] not null,
    primary key (order_id, version)
);
create index payable_account on payable (account, order_id);

create function time_text(t timestamptz) returns text language sql stable as $$
    select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- A sub-order as people ask for it: how far it is, and what was announced.
create function fulfilment_json(f fulfilment, d json) returns json language sql stable as $$
    select json_build_object(
        'order', f.order_id, 'sub_order', f.sub_order::bigint, 'partner', f.partner,
        'number', d ->> 'number', 'node', d ->> 'node', 'account', d ->> 'account',
        'version', f.version, 'state', f.state, 'lines', f.lines, 'shipments', f.shipments,
        'announced_at', time_text(f.announced_at), 'changed_at', time_text(f.changed_at),
        'confirmed_at', d ->> 'confirmed_at', 'document', d)
$$;

-- Those who only look ask through these functions; they run with the rights of who asks.
do $$
begin
    execute format('grant execute on function time_text(timestamptz), '
                   'fulfilment_json(fulfilment, json) to %I',
                   'batuta_' || current_schema() || '_read');
end
$$;
