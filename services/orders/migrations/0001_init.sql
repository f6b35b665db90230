-- orders: one row an order, header and lists. What must never be is a constraint here; what follows
-- what is services/orders/machine.c.

create table orders (
    order_id text primary key,
    account text not null,
    unit text,
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
    state text not null check (state in (
        'received', 'priced', 'pending_approval', 'approved', 'confirmed', 'accepted', 'shipped',
        'delivered', 'closed', 'refused', 'cancelled', 'expired', 'previewed')),
    outcome text check (outcome in ('pending_approval', 'confirmed', 'refused')),
    step text not null check (step in (
        'pricing', 'authorizing', 'reserving', 'fulfilling', 'ended')),
    credit text check (credit in (
        'asked', 'pending', 'granted', 'refused', 'committed', 'released', 'settled')),
    version bigint not null check (version >= 1),
    priced boolean not null,
    subtotal numeric(19, 6) not null check (abs(subtotal) <= 9000000000000),
    charges_total numeric(19, 6) not null check (charges_total between 0 and 9000000000000),
    total numeric(19, 6) not null check (total = subtotal + charges_total),
    lines json not null check (json_array_length(lines) between 1 and 1000),
    sub_orders json not null,
    charges json not null,
    approvals json not null,
    reasons json not null,
    reservations json not null,
    ship_to json,
    bill_to json,
    extensions text,
    placed_at timestamptz not null,
    recorded_at timestamptz not null,
    requested_at timestamptz,
    confirmed_at timestamptz,
    closed_at timestamptz,
    content_hash bytea check (length(content_hash) = 32),
    receipt_hash text,
    command_hash bytea not null check (length(command_hash) = 32),
    answer_id text,
    answer_sequence bigint not null,
    payable_version bigint not null,
    cancelling boolean not null,
    cancelled_by text,
    cancel_reason text,
    chain_sequence bigint not null check (chain_sequence >= 0),
    chain_hash bytea check (length(chain_hash) = 32),
    part smallint not null,
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
) with (fillfactor = 70);

-- Only columns that never change, so that updates stay inside their page.
create index orders_account on orders (account, order_id);
create index orders_purchase_order on orders (purchase_order) where purchase_order is not null;
create index orders_reference on orders (reference) where reference is not null;

-- "12.50" with the currency's own number of digits, more when the amount needs them.
create function amount_text(amount numeric, currency text) returns text
language sql immutable parallel safe as $$
select case when scale(t) < digits then round(t, digits) else t end::text
from (select trim_scale(amount) as t,
             case when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG',
                                    'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 0
                  when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
                  when currency in ('CLF', 'UYW') then 4
                  else 2 end as digits) d
$$;

create function money_json(amount numeric, currency text) returns json
language sql immutable parallel safe set search_path from current as $$
select json_build_object('amount', amount_text(amount, currency), 'currency', currency)
$$;

create function time_text(t timestamptz) returns text
language sql stable parallel safe as $$
select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- Those who only look ask through these functions; they run with the rights of who asks.
do $$
begin
    execute format('grant execute on function amount_text(numeric, text), '
                   'money_json(numeric, text), time_text(timestamptz) to %I',
                   'batuta_' || current_schema() || '_read');
end
$$;
