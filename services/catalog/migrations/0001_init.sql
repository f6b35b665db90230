-- catalog's own tables. Products, sellers, nodes, offers and assortments are reference rows (the
-- runtime's table `reference`); here is what is counted and promised.

create function amount_ok(numeric) returns boolean language sql immutable as
    'select $1 between -9000000000 and 9000000000';

-- on_hand: physically here and not yet taken by confirmed orders; reserved: of it, held for orders.
-- batches holds the last batch only: these rows are changed millions of times.
create table stock (
    node text not null,
    sku text not null,
    unit text not null check (unit ~ '^[A-Z0-9]{1,7}$'),
    on_hand numeric(19,6) not null check (amount_ok(on_hand)),
    reserved numeric(19,6) not null check (reserved >= 0 and amount_ok(reserved)),
    backorder_limit numeric(19,6) not null
        check (backorder_limit >= 0 and amount_ok(backorder_limit)),
    part smallint not null,
    batches bigint[] not null,
    primary key (node, sku),
    constraint stock_never_negative check (on_hand + backorder_limit >= reserved)
) with (fillfactor = 70);
create index stock_sku on stock (sku, node);

-- What an order holds, or held, at one node. postings: each cause that was taken, with what was told.
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
