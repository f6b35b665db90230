-- catalog's own tables. Products, sellers, nodes, offers and assortments are reference rows (the
-- runtime's table `reference`); here is what is counted and promised.

-- on_hand: physically here and not yet taken by confirmed orders; reserved: of it, held for orders.
-- batches holds the last batch only: these rows are changed millions of times.
create table stock (
    node text not null,
    sku text not null,
    unit text not null check (unit ~ '^[A-Z0-9]{1,7}$'),
    on_hand numeric(19,6) not null check (on_hand between -9000000000 and 9000000000),
    reserved numeric(19,6) not null check (reserved between 0 and 9000000000),
    backorder_limit numeric(19,6) not null check (backorder_limit between 0 and 9000000000),
    part smallint not null,
    batches bigint[] not null,
    primary key (node, sku),
    constraint stock_never_negative check (on_hand + backorder_limit >= reserved)
) with (fillfactor = 70);
create index stock_sku on stock (sku, node);

-- What an order holds, or held, at one node. postings: each cause that was taken and what was told.
create table reservation (
    order_id text not null,
    node text not null,
    version bigint not null check (version > 0),
    state text not null
        check (state in ('reserved', 'refused', 'committed', 'released', 'expired')),
    lines json not null,
    postings json not null,
    reasons json not null,
    expires_at timestamptz,
    sequence bigint not null check (sequence >= 0),
    hash bytea check (length(hash) = 32),
    part smallint not null,
    batches bigint[] not null,
    primary key (order_id, node)
) with (fillfactor = 70);

create function time_text(t timestamptz) returns text language sql stable as $$
    select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- One page of the current reference facts of a kind, in the order of their ids; the cursor is the
-- last id. sku: only those that name it. A limit that is no number is the default.
create function reference_page(wanted text, of_sku text, page_size text, cursor_id text)
returns text language sql stable as $$
    with asked as (
        select case when page_size ~ '^[0-9]{1,4}$' then greatest(1, least(page_size::int, 500))
                    else 50 end as n),
    now as (
        select distinct on (r.id) r.id, r.doc::json as doc
        from reference r
        where r.kind = wanted and (cursor_id is null or r.id > cursor_id)
        order by r.id, r.version desc),
    page as (
        select p.id, p.doc, row_number() over (order by p.id) as i
        from now p
        where p.doc is not null and (of_sku is null or p.doc ->> 'sku' = of_sku)
        order by p.id
        limit (select n + 1 from asked))
    select json_build_object(
        'items', coalesce(json_agg(p.doc order by p.i) filter (where p.i <= a.n), '[]'),
        'next', max(p.id) filter (where p.i = a.n and exists (select from page where i > a.n)))
        ::text
    from asked a left join page p on true
    group by a.n
$$;

-- Those who only look ask through these functions; they run with the rights of who asks.
do $$
begin
    execute format('grant execute on function time_text(timestamptz), '
                   'reference_page(text, text, text, text) to %I',
                   'batuta_' || current_schema() || '_read');
end
$$;
