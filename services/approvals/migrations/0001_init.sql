-- approvals: accounts, their people and rules, authorizations of orders, and the ledger of credit.

-- The hot row of an account. Its figures equal the sums of its postings; no index but the key, so
-- that every change stays on its page.
create table account (
    account text primary key,
    name text not null,
    status text not null check (status in ('active', 'hold', 'closed')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    credit_limit numeric(19, 6) not null check (credit_limit between 0 and 9000000000),
    tolerance numeric(19, 6) not null check (tolerance between 0 and 9000000000),
    unlimited boolean not null,
    reserved numeric(19, 6) not null check (reserved between 0 and 9000000000),
    committed numeric(19, 6) not null check (committed between 0 and 9000000000),
    posted numeric(19, 6) not null check (posted between -9000000000 and 9000000000),
    version bigint not null check (version > 0),
    warned bigint not null check (warned in (0, 80, 95)),
    posting_count bigint not null check (posting_count >= 0),
    sequence bigint not null,
    hash bytea,
    part smallint not null,
    batches bigint[] not null            -- the last one only
) with (fillfactor = 70);

-- Its cold row: written by account.put only.
create table charter (
    account text primary key,
    units json not null,
    users json not null,
    rules json not null,
    payment_terms json not null,
    part smallint not null,
    batches bigint[] not null
);

create table order_authorization (
    account text not null,
    order_id text not null,
    version bigint not null check (version > 0),
    state text not null check (state in ('pending', 'granted', 'refused', 'rejected', 'expired',
                                         'released', 'committed', 'settled')),
    total numeric(19, 6) not null check (total between 0 and 9000000000),
    currency text,
    content_hash text,
    buyer text,
    principal text,
    sales_rep text,
    unit text,
    payment_term text,
    purchase_order text,
    reference text,
    account_version bigint not null,
    path json not null,                  -- the unit and those above it, as they were when judged
    rules json not null,                 -- that matched
    tiers json not null,                 -- what is asked, and who filled what
    tier bigint not null,
    approvals json not null,
    reasons json not null,
    judged_at timestamptz not null,
    expires_at timestamptz,
    cause text,
    receipt_hash bytea,
    receipt_count bigint not null,
    sequence bigint not null,
    hash bytea,
    part smallint not null,
    batches bigint[] not null,
    primary key (account, order_id),
    check ((state = 'pending') = (tier > 0)),
    check ((state = 'pending') = (expires_at is not null)),
    check ((state in ('refused', 'rejected', 'expired')) = (json_array_length(reasons) > 0))
) with (fillfactor = 75);
create index order_authorization_order on order_authorization (order_id);

-- The ledger: every change of an account's three figures, once by cause, never changed after.
create table posting (
    account text not null,
    cause text not null,
    number bigint not null check (number > 0),
    kind text not null check (kind in ('reserve', 'commit', 'reduce', 'release', 'settle',
                                       'payment')),
    order_id text,
    amount numeric(19, 6) not null check (amount > 0),
    currency text not null,
    reserved numeric(19, 6) not null,    -- what changed, signed
    committed numeric(19, 6) not null,
    posted numeric(19, 6) not null,
    reserved_after numeric(19, 6) not null check (reserved_after >= 0),
    committed_after numeric(19, 6) not null check (committed_after >= 0),
    posted_after numeric(19, 6) not null,
    why text,
    posted_at timestamptz not null,
    part smallint not null,
    batches bigint[] not null,
    primary key (account, cause),
    unique (account, number),
    check ((kind = 'payment') = (order_id is null)),
    check (case kind
               when 'reserve' then reserved = amount and committed = 0 and posted = 0
               when 'commit' then reserved = -amount and committed = amount and posted = 0
               when 'settle' then reserved = 0 and committed = -amount and posted = amount
               when 'payment' then reserved = 0 and committed = 0 and posted = -amount
               else reserved + committed = -amount and reserved * committed = 0 and posted = 0
           end)
);

-- Why it was decided so: canonical JSON and its SHA-256, never changed after.
create table receipt (
    account text not null,
    order_id text not null,
    step text not null,
    number bigint not null check (number > 0),
    receipt text compression lz4 not null,
    receipt_hash bytea not null,
    decided_at timestamptz not null,
    part smallint not null,
    batches bigint[] not null,
    primary key (account, order_id, step)
);

-- How the read-only queries write what travels in messages: money with its currency, at least two
-- decimals, and times in UTC.
create function money_json(amount numeric, currency text) returns json
language sql immutable as $$
select case when currency is not null and amount is not null then
    json_build_object('amount', case when scale(trim_scale(amount)) < 2 then round(amount, 2)
                                     else trim_scale(amount) end::text,
                      'currency', currency) end
$$;
create function time_text(at timestamptz) returns text
language sql stable as $$
select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- Ledger and receipts are added to, never changed; the reader's queries need the two functions.
do $$
declare
    app text := 'batuta_' || current_schema();
begin
    execute format('revoke update, delete, truncate on posting, receipt from %I', app);
    execute format('grant execute on function money_json(numeric, text), time_text(timestamptz) '
                   'to %I', app || '_read');
end
$$;
