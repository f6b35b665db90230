-- orders: one order in three rows, by how often they change, so that a step writes little. `orders`
-- keeps what each step changes (and what is searched for), order_content what few steps change,
-- order_submitted what nothing changes. JSON is text here: it is read by the service that wrote it;
-- queries cast it.

create table order_submitted (
    order_id text primary key,
    lines text compression lz4 not null check (lines <> '[]'), -- without amounts and state
    ship_to text compression lz4,
    bill_to text compression lz4,
    extensions text compression lz4
);

create table order_content (
    order_id text primary key,
    -- Of each line of order_submitted, in its order; where all are the same, one stands for all.
    line_amounts text compression lz4 not null,
    sub_orders text compression lz4 not null,
    charges text compression lz4 not null,
    approvals text compression lz4 not null,
    reasons text compression lz4 not null
) with (fillfactor = 50);

alter table orders rename to orders_before;
alter index orders_pkey rename to orders_before_pkey;

-- What never changes comes first: an update inside its page logs only what follows.
create table orders (
    order_id text primary key,
    account text not null,
    buyer text not null,
    principal text not null,
    actor text,
    sales_rep text,
    channel text,
    currency text not null,
    purchase_order text,
    reference text,
    payment_term text,
    line_policy text not null check (line_policy in ('all_or_nothing', 'partial')),
    dry_run boolean not null,
    refused_at_door boolean not null,
    placed_at timestamptz not null,
    recorded_at timestamptz not null,
    requested_at timestamptz,
    command_hash bytea not null check (length(command_hash) = 32),
    part smallint not null,
    unit text,
    answer_id text,
    answer_sequence bigint not null,
    content_hash bytea check (length(content_hash) = 32),
    receipt_hash text,
    priced boolean not null,
    subtotal numeric(19, 6) not null check (abs(subtotal) <= 9000000000000),
    charges_total numeric(19, 6) not null check (charges_total between 0 and 9000000000000),
    total numeric(19, 6) not null check (total = subtotal + charges_total),
    version bigint not null check (version >= 1),
    state text not null check (state in (
        'received', 'priced', 'pending_approval', 'approved', 'confirmed', 'accepted', 'shipped',
        'delivered', 'closed', 'refused', 'cancelled', 'expired', 'previewed')),
    outcome text check (outcome in ('pending_approval', 'confirmed', 'refused')),
    step text not null check (step in (
        'pricing', 'authorizing', 'reserving', 'fulfilling', 'ended')),
    credit text check (credit in (
        'asked', 'pending', 'granted', 'refused', 'committed', 'released', 'settled')),
    line_states text compression lz4 not null, -- as line_amounts
    reservations text compression lz4 not null,
    confirmed_at timestamptz,
    closed_at timestamptz,
    payable_version bigint not null,
    cancelling boolean not null,
    cancelled_by text,
    cancel_reason text,
    chain_sequence bigint not null check (chain_sequence >= 0),
    chain_hash bytea check (length(chain_hash) = 32),
    batches bigint[] not null, -- that touched it: the way to its events
    check ((state = 'previewed') = (dry_run and step = 'ended')),
    check ((outcome is not null) = (state = 'previewed')),
    -- An order that has ended is over, and one that is open is not.
    check ((step = 'ended') =
           (state in ('closed', 'refused', 'cancelled', 'expired', 'previewed'))),
    check ((step = 'ended') = (closed_at is not null)),
    -- Nothing is promised to a seller without credit behind it.
    check (step <> 'fulfilling' or (credit = 'committed' and confirmed_at is not null)),
    check (state <> 'closed' or credit = 'settled')
) with (fillfactor = 40);

insert into order_submitted
select order_id,
       (select jsonb_agg(l - array['state', 'quantity', 'shipped', 'delivered', 'unit_price',
                                   'gross', 'discount', 'net', 'price_list', 'sub_order', 'code']
                         order by i)
        from jsonb_array_elements(lines::jsonb) with ordinality x(l, i)),
       ship_to, bill_to, extensions
from orders_before;

insert into order_content
select order_id,
       (select jsonb_agg(l - array['line', 'sku', 'name', 'seller', 'node', 'state', 'ordered',
                                   'requested_at', 'cost_centre', 'note', 'agreed',
                                   'agreed_price', 'agreed_discount_ppm'] order by i)
        from jsonb_array_elements(lines::jsonb) with ordinality x(l, i)),
       sub_orders, charges, approvals, reasons
from orders_before;

insert into orders (
    order_id, account, buyer, principal, actor, sales_rep, channel, currency, purchase_order,
    reference, payment_term, line_policy, dry_run, refused_at_door, placed_at, recorded_at,
    requested_at, command_hash, part, unit, answer_id, answer_sequence, content_hash,
    receipt_hash, priced, subtotal, charges_total, total, version, state, outcome, step, credit,
    line_states, reservations, confirmed_at, closed_at, payable_version, cancelling, cancelled_by,
    cancel_reason, chain_sequence, chain_hash, batches)
select
    order_id, account, buyer, principal, actor, sales_rep, channel, currency, purchase_order,
    reference, payment_term, line_policy, dry_run, refused_at_door, placed_at, recorded_at,
    requested_at, command_hash, part, unit, answer_id, answer_sequence, content_hash,
    receipt_hash, priced, subtotal, charges_total, total, version, state, outcome, step, credit,
    (select jsonb_agg(jsonb_build_object('state', l -> 'state') order by i)
     from jsonb_array_elements(lines::jsonb) with ordinality x(l, i)),
    reservations, confirmed_at, closed_at, payable_version, cancelling, cancelled_by,
    cancel_reason, chain_sequence, chain_hash, batches
from orders_before;

drop table orders_before;

-- Only columns that never change, so that updates stay inside their page.
-- Partial, so that no look-up by order alone is ever planned to read all of it.
create index orders_account on orders (account, order_id) where account is not null;
create index orders_purchase_order on orders (purchase_order) where purchase_order is not null;
create index orders_reference on orders (reference) where reference is not null;

-- The lines as in messages: each from its three parts.
create function order_lines(lines text, amounts text, states text) returns json
language sql immutable parallel safe as $$
select json_agg(line || coalesce(a -> (i - 1), a -> 0) || coalesce(s -> (i - 1), s -> 0)
                order by i)
from (select l as line, i::int as i, amounts::jsonb as a, states::jsonb as s
      from jsonb_array_elements(lines::jsonb) with ordinality x(l, i)) parts
$$;

-- An order as one row, as it was before, for those who look.
create view order_whole as
select o.order_id, o.account, o.unit, o.buyer, o.principal, o.actor, o.sales_rep, o.channel,
       o.currency, o.purchase_order, o.reference, o.payment_term, o.line_policy, o.dry_run,
       o.refused_at_door, o.state, o.outcome, o.step, o.credit, o.version, o.priced, o.subtotal,
       o.charges_total, o.total, order_lines(s.lines, c.line_amounts, o.line_states) as lines,
       c.sub_orders::json as sub_orders, c.charges::json as charges,
       c.approvals::json as approvals, c.reasons::json as reasons,
       o.reservations::json as reservations, s.ship_to::json as ship_to,
       s.bill_to::json as bill_to, s.extensions, o.placed_at, o.recorded_at, o.requested_at,
       o.confirmed_at, o.closed_at, o.content_hash, o.receipt_hash, o.command_hash, o.answer_id,
       o.answer_sequence, o.payable_version, o.cancelling, o.cancelled_by, o.cancel_reason,
       o.chain_sequence, o.chain_hash, o.part, o.batches
from orders o join order_content c using (order_id) join order_submitted s using (order_id);

do $$
begin
    execute format('grant execute on function order_lines(text, text, text) to %I',
                   'batuta_' || current_schema() || '_read');
end
$$;
