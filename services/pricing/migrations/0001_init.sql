-- pricing's own tables. Lists, prices and discounts are reference rows (the runtime's table
-- `reference`); here is what was answered, and why.

-- One answer of an order's version, or the last preview of it. receipt: the canonical text whose
-- SHA-256 was told; it is kept byte by byte, so it is text and not json. answer: as told, so that a
-- repeat is the same event.
create table quote (
    order_id text not null,
    version text not null check (version ~ '^[1-9][0-9]{0,18}$'),
    mode text not null check (mode in ('order', 'preview')),
    account text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    outcome text not null check (outcome in ('priced', 'refused')),
    total numeric(19,6) not null check (total between 0 and 9000000000),
    placed_at timestamptz not null,
    versions text not null,
    receipt text compression lz4 not null,
    receipt_hash bytea not null check (length(receipt_hash) = 32),
    answer json compression lz4 not null,
    event_id text not null,
    event_sequence bigint not null check (event_sequence >= 0),
    part smallint not null,
    batches bigint[] not null,
    primary key (order_id, version, mode),
    constraint quote_refused_costs_nothing check (outcome = 'priced' or total = 0)
);

-- The hash chain of pricing's events about an order.
create table quoted_order (
    order_id text primary key,
    chain_sequence bigint not null check (chain_sequence >= 0),
    chain_hash bytea check (length(chain_hash) = 32),
    part smallint not null,
    batches bigint[] not null
) with (fillfactor = 80);

-- What a list keeps for good: its prices are in its currency.
create table price_list (
    price_list text primary key,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    part smallint not null,
    batches bigint[] not null
);

-- Prices of one list lie together ("<list>|<sku>|<unit>|<from>"), in bytes, whatever the database's
-- collation.
create index reference_price on reference (id collate "C", version) where kind = 'price';

-- A page size as a client writes it; anything else is the default.
create function page_size(wanted text) returns int language sql immutable
return case when wanted ~ '^[0-9]{1,4}$' then greatest(1, least(wanted::int, 500)) else 50 end;

-- One page of the current facts of a kind by id; the cursor is the last id.
create function reference_page(wanted text, size text, cursor_id text) returns text
language sql stable set search_path from current as $$
    with page as (
        select n.*, row_number() over (order by n.id collate "C") as i
        from (select distinct on (id) id, version, doc from reference where kind = wanted
              order by id, version desc) n
        where n.doc is not null and (cursor_id is null or n.id collate "C" > cursor_id)
        order by n.id collate "C"
        limit page_size(size) + 1)
    select json_build_object(
        'items', coalesce(json_agg(jsonb_set(doc::jsonb, '{version}', to_jsonb(version)) order by i)
                          filter (where i <= page_size(size)), '[]'),
        'next', max(id) filter (where i = page_size(size)
                                and exists (select from page where i > page_size(size))))::text
    from page
$$;
