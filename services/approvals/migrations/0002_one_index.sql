-- What each order writes, with one index a table and nothing twice.

-- An order's row changes little after it was judged. What stays stands first, so that a change on the
-- same page logs only what follows; the key begins with the order, so that new rows lie together and
-- whoever knows the order alone finds it without an index more.
alter table order_authorization rename to order_authorization_old;
alter index order_authorization_pkey rename to order_authorization_old_pkey;

create table order_authorization (
    account text not null,
    order_id text not null,
    part smallint not null,
    version bigint not null check (version > 0),
    account_version bigint not null,
    judged_at timestamptz not null,
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
    path json not null,                  -- the unit and those above it, as they were when judged
    rules json not null,                 -- that matched
    tiers json not null,                 -- what is asked, and who filled what
    reasons json not null,
    approvals json not null,
    receipt_hash bytea,                  -- of the last decision
    receipt_count bigint not null,
    tier bigint not null,
    expires_at timestamptz,
    cause text,
    state text not null check (state in ('pending', 'granted', 'refused', 'rejected', 'expired',
                                         'released', 'committed', 'settled')),
    sequence bigint not null,
    hash bytea,
    batches bigint[] not null,
    primary key (order_id, account),
    check ((state = 'pending') = (tier > 0)),
    check ((state = 'pending') = (expires_at is not null)),
    check ((state in ('refused', 'rejected', 'expired')) = (json_array_length(reasons) > 0))
) with (fillfactor = 50);               -- the commit of each row finds room beside it

insert into order_authorization
    (account, order_id, part, version, account_version, judged_at, total, currency, content_hash,
     buyer, principal, sales_rep, unit, payment_term, purchase_order, reference, path, rules, tiers,
     reasons, approvals, receipt_hash, receipt_count, tier, expires_at, cause, state, sequence, hash,
     batches)
select account, order_id, part, version, account_version, judged_at, total, currency, content_hash,
       buyer, principal, sales_rep, unit, payment_term, purchase_order, reference, path, rules, tiers,
       reasons, approvals, receipt_hash, receipt_count, tier, expires_at, cause, state, sequence, hash,
       batches
from order_authorization_old
order by order_id;

drop table order_authorization_old;

-- The numbers of an account's postings are counted in its row, which only one partition may change;
-- /accounts/{id}/statement sorts what it finds by the account.
alter table posting drop constraint posting_account_number_key;

alter table receipt drop constraint receipt_pkey;
alter table receipt add primary key (order_id, account, step);
