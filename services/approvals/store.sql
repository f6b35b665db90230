-- The statements of approvals: rows in batches, then the read-only queries. What each order changes
-- is found by its key and updated in place: an upsert would lock each row first, and log that.

-- name: account_load
select
    s.account, s.name, s.status, s.currency, s.credit_limit, s.tolerance, s.unlimited, s.reserved,
    s.committed, s.posted, s.version, s.warned, s.posting_count, s.sequence, s.hash
from unnest($1::text[]) k(account)
cross join lateral (select * from account s where s.account = k.account limit 1) s

-- name: account_add
insert into account
    (
     account, name, status, currency, credit_limit, tolerance, unlimited, reserved, committed,
     posted, version, warned, posting_count, sequence, hash, part, batches)
select
    k.account, k.name, k.status, k.currency, k.credit_limit, k.tolerance, k.unlimited,
    k.reserved, k.committed, k.posted, k.version, k.warned, k.posting_count, k.sequence,
    k.hash, k.part, array[k.batch_no]
from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::numeric[],
    $7::boolean[], $8::numeric[], $9::numeric[], $10::numeric[], $11::bigint[], $12::bigint[],
    $13::bigint[], $14::bigint[], $15::bytea[], $16::smallint[], $17::bigint[])
    as k(
     account, name, status, currency, credit_limit, tolerance, unlimited, reserved, committed,
     posted, version, warned, posting_count, sequence, hash, part, batch_no)

-- name: account_save
with u as (
    update account s set
        name = k.name, status = k.status, currency = k.currency, credit_limit = k.credit_limit,
        tolerance = k.tolerance, unlimited = k.unlimited, reserved = k.reserved,
        committed = k.committed, posted = k.posted, version = k.version, warned = k.warned,
        posting_count = k.posting_count, sequence = k.sequence, hash = k.hash,
        batches = array[k.batch_no]
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::numeric[],
        $7::boolean[], $8::numeric[], $9::numeric[], $10::numeric[], $11::bigint[], $12::bigint[],
        $13::bigint[], $14::bigint[], $15::bytea[], $16::smallint[], $17::bigint[])
        as k(
         account, name, status, currency, credit_limit, tolerance, unlimited, reserved, committed,
         posted, version, warned, posting_count, sequence, hash, part, batch_no)
    cross join lateral (select x.ctid from account x
                        where x.account = k.account limit 1) x
    where s.ctid = x.ctid and s.part = k.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: charter_load
select
    s.account, s.units, s.users, s.rules, s.payment_terms
from unnest($1::text[]) k(account)
cross join lateral (select * from charter s where s.account = k.account limit 1) s

-- name: charter_add
insert into charter
    (
     account, units, users, rules, payment_terms, part, batches)
select
    k.account, k.units::json, k.users::json, k.rules::json, k.payment_terms::json, k.part,
    array[k.batch_no]
from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::bigint[])
    as k(
     account, units, users, rules, payment_terms, part, batch_no)

-- name: charter_save
with u as (
    insert into charter as s
        (
         account, units, users, rules, payment_terms, part, batches)
    select
        k.account, k.units::json, k.users::json, k.rules::json, k.payment_terms::json, k.part,
        array[k.batch_no]
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::bigint[])
        as k(
         account, units, users, rules, payment_terms, part, batch_no)
    on conflict (account) do update set
        units = excluded.units, users = excluded.users, rules = excluded.rules,
        payment_terms = excluded.payment_terms, batches = excluded.batches
    where s.part = excluded.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: authorization_load
select
    s.account, s.order_id, s.version, s.state, s.total, s.currency, s.content_hash, s.buyer,
    s.principal, s.sales_rep, s.unit, s.payment_term, s.purchase_order, s.reference,
    s.commits, s.account_version, s.path, s.rules, s.tiers, s.tier, s.approvals, s.reasons,
    s.judged_at, s.expires_at, s.cause, s.receipt_hash, s.receipt_count, s.sequence, s.hash
from unnest($1::text[], $2::text[]) k(account, order_id)
cross join lateral (select * from order_authorization s
                    where s.account = k.account and s.order_id = k.order_id limit 1) s

-- name: authorization_add
insert into order_authorization
    (
     account, order_id, version, state, total, currency, content_hash, buyer, principal,
     sales_rep, unit, payment_term, purchase_order, reference, commits, account_version, path,
     rules, tiers, tier, approvals, reasons, judged_at, expires_at, cause, receipt_hash,
     receipt_count, sequence, hash, part, batches)
select
    k.account, k.order_id, k.version, k.state, k.total, k.currency, k.content_hash, k.buyer,
    k.principal, k.sales_rep, k.unit, k.payment_term, k.purchase_order, k.reference,
    k.commits, k.account_version, k.path::json, k.rules::json, k.tiers::json, k.tier,
    k.approvals::json, k.reasons::json, k.judged_at, k.expires_at, k.cause, k.receipt_hash,
    k.receipt_count, k.sequence, k.hash, k.part, array[k.batch_no]
from unnest(
    $1::text[], $2::text[], $3::bigint[], $4::text[], $5::numeric[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
    $15::boolean[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::bigint[],
    $21::text[], $22::text[], $23::timestamptz[], $24::timestamptz[], $25::text[], $26::bytea[],
    $27::bigint[], $28::bigint[], $29::bytea[], $30::smallint[], $31::bigint[])
    as k(
     account, order_id, version, state, total, currency, content_hash, buyer, principal,
     sales_rep, unit, payment_term, purchase_order, reference, commits, account_version, path,
     rules, tiers, tier, approvals, reasons, judged_at, expires_at, cause, receipt_hash,
     receipt_count, sequence, hash, part, batch_no)

-- name: authorization_save
with u as (
    update order_authorization s set
        version = k.version, state = k.state, total = k.total, currency = k.currency,
        content_hash = k.content_hash, buyer = k.buyer, principal = k.principal,
        sales_rep = k.sales_rep, unit = k.unit, payment_term = k.payment_term,
        purchase_order = k.purchase_order, reference = k.reference,
        commits = k.commits, account_version = k.account_version, path = k.path::json,
        rules = k.rules::json, tiers = k.tiers::json, tier = k.tier, approvals = k.approvals::json,
        reasons = k.reasons::json, judged_at = k.judged_at, expires_at = k.expires_at,
        cause = k.cause, receipt_hash = k.receipt_hash, receipt_count = k.receipt_count,
        sequence = k.sequence, hash = k.hash, batches = s.batches || k.batch_no
    from unnest(
        $1::text[], $2::text[], $3::bigint[], $4::text[], $5::numeric[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
        $15::boolean[], $16::bigint[], $17::text[], $18::text[], $19::text[], $20::bigint[],
        $21::text[], $22::text[], $23::timestamptz[], $24::timestamptz[], $25::text[], $26::bytea[],
        $27::bigint[], $28::bigint[], $29::bytea[], $30::smallint[], $31::bigint[])
        as k(
         account, order_id, version, state, total, currency, content_hash, buyer, principal,
         sales_rep, unit, payment_term, purchase_order, reference, commits, account_version, path,
         rules, tiers, tier, approvals, reasons, judged_at, expires_at, cause, receipt_hash,
         receipt_count, sequence, hash, part, batch_no)
    cross join lateral (select x.ctid from order_authorization x
                        where x.account = k.account and x.order_id = k.order_id limit 1) x
    where s.ctid = x.ctid and s.part = k.part
    returning 1)
select 1 / (count(*) = cardinality($1::text[]))::int from u

-- name: posting_load
select
    s.account, s.cause, s.number, s.kind, s.order_id, s.amount, s.currency, s.reserved,
    s.committed, s.posted, s.reserved_after, s.committed_after, s.posted_after, s.why, s.posted_at
from unnest($1::text[], $2::text[]) k(account, cause)
cross join lateral (select * from posting s
                    where s.account = k.account and s.cause = k.cause limit 1) s

-- name: posting_add
insert into posting
    (
     account, cause, number, kind, order_id, amount, currency, reserved, committed, posted,
     reserved_after, committed_after, posted_after, why, posted_at, part, batches)
select
    k.account, k.cause, k.number, k.kind, k.order_id, k.amount, k.currency, k.reserved,
    k.committed, k.posted, k.reserved_after, k.committed_after, k.posted_after, k.why,
    k.posted_at, k.part, array[k.batch_no]
from unnest(
    $1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::numeric[], $7::text[],
    $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[],
    $13::numeric[], $14::text[], $15::timestamptz[], $16::smallint[], $17::bigint[])
    as k(
     account, cause, number, kind, order_id, amount, currency, reserved, committed, posted,
     reserved_after, committed_after, posted_after, why, posted_at, part, batch_no)

-- name: receipt_load
select
    s.account, s.order_id, s.step, s.number, s.receipt, s.receipt_hash, s.decided_at
from unnest($1::text[], $2::text[], $3::text[]) k(account, order_id, step)
cross join lateral (select * from receipt s
                    where s.account = k.account and s.order_id = k.order_id and s.step = k.step limit 1) s

-- name: receipt_add
insert into receipt
    (
     account, order_id, step, number, receipt, receipt_hash, decided_at, part, batches)
select
    k.account, k.order_id, k.step, k.number, k.receipt, k.receipt_hash, k.decided_at, k.part,
    array[k.batch_no]
from unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bytea[],
    $7::timestamptz[], $8::smallint[], $9::bigint[])
    as k(
     account, order_id, step, number, receipt, receipt_hash, decided_at, part, batch_no)

-- Queries. Parameters are text, absent = null; one row, one column of JSON; no row = 404.

-- name: accounts_list
with page as (
    select a.* from account a
    where ($2::text is null or a.account > $2::text)
      and ($3::text is null or starts_with(a.account, $3::text))
    order by a.account
    limit least(greatest(coalesce($1::text::int, 50), 1), 500) + 1),
shown as (
    select * from page order by account limit least(greatest(coalesce($1::text::int, 50), 1), 500))
select json_build_object(
    'items', coalesce((select json_agg(json_build_object(
        'account', account, 'name', name, 'status', status, 'currency', currency,
        'limit', case when not unlimited then money_json(credit_limit, currency) end,
        'unlimited', unlimited,
        'tolerance', money_json(tolerance, currency), 'reserved', money_json(reserved, currency),
        'committed', money_json(committed, currency),
        'posted', money_json(posted, currency),
        'version', version) order by account) from shown), '[]'),
    'next', case when (select count(*) from page) > (select count(*) from shown)
                 then (select max(account) from shown) end)::text

-- name: account_show
select json_build_object(
    'account', a.account, 'name', a.name, 'status', a.status, 'currency', a.currency,
    'limit', case when not a.unlimited then money_json(a.credit_limit, a.currency) end,
    'unlimited', a.unlimited,
    'tolerance', money_json(a.tolerance, a.currency),
    'reserved', money_json(a.reserved, a.currency),
    'committed', money_json(a.committed, a.currency),
    'posted', money_json(a.posted, a.currency),
    'available', case when not a.unlimited then
        money_json(
        a.credit_limit + a.tolerance - a.reserved - a.committed - a.posted, a.currency) end,
    'warned', a.warned, 'version', a.version, 'postings', a.posting_count,
    'units', c.units, 'users', c.users, 'rules', c.rules,
    'payment_terms', (select coalesce(json_agg(t ->> 'term'), '[]')
                      from json_array_elements(c.payment_terms) t))::text
from account a join charter c using (account)
where a.account = $1::text

-- name: account_statement
with page as (
    select p.* from posting p
    where p.account = $1::text and ($3::text is null or p.number > $3::text::bigint)
    order by p.number
    limit least(greatest(coalesce($2::text::int, 50), 1), 500) + 1),
shown as (
    select * from page order by number limit least(greatest(coalesce($2::text::int, 50), 1), 500))
select json_build_object(
    'account', a.account, 'currency', a.currency, 'reserved', money_json(a.reserved, a.currency),
    'committed', money_json(a.committed, a.currency), 'posted', money_json(a.posted, a.currency),
    'items', coalesce((select json_agg(json_build_object(
        'number', number, 'posted_at', time_text(posted_at), 'kind', kind, 'order', order_id,
        'cause', cause,
        'why', why, 'amount', money_json(amount, currency),
        'reserved', money_json(reserved, currency),
        'committed', money_json(committed, currency), 'posted', money_json(posted, currency),
        'reserved_after', money_json(reserved_after, currency),
        'committed_after', money_json(committed_after, currency),
        'posted_after', money_json(posted_after, currency)) order by number) from shown), '[]'),
    'next', case when (select count(*) from page) > (select count(*) from shown)
                 then (select max(number)::text from shown) end)::text
from account a
where a.account = $1::text

-- What waits is found by its timer, so that no index has to follow the state of every order.
-- name: approvals_list
with waiting as (
    select o.* from timer t
    join order_authorization o on o.account = t.key and o.order_id = t.subject
    where t.kind = 'approval_expiry' and coalesce($1::text, 'pending') = 'pending'
      and o.state = 'pending'
    union all
    select o.* from order_authorization o where $1::text <> 'pending' and o.state = $1::text),
page as (
    select w.*, w.tiers -> (greatest(w.tier, 1) - 1)::int as asked from waiting w
    where ($2::text is null or w.account = $2::text)
      and ($3::text is null or exists (
              select from json_array_elements_text(
                  w.tiers -> (greatest(w.tier, 1) - 1)::int -> 'approvers') x(person)
              where x.person = $3::text))
      and ($5::text is null or w.order_id > $5::text)
    order by w.order_id
    limit least(greatest(coalesce($4::text::int, 50), 1), 500) + 1),
shown as (
    select * from page order by order_id limit least(greatest(coalesce($4::text::int, 50), 1), 500))
select json_build_object(
    'items', coalesce((select json_agg(json_build_object(
        'order', order_id, 'account', account, 'state', state, 'version', version,
        'total', money_json(total, currency), 'currency', currency, 'content_hash', content_hash,
        'unit', unit,
        'buyer', buyer, 'sales_rep', sales_rep, 'purchase_order', purchase_order,
        'reference', reference, 'tier', tier, 'tiers', json_array_length(tiers),
        'roles', (select coalesce(json_agg(g ->> 'role'), '[]')
                  from json_array_elements(
                      case when tier > 0 then asked -> 'groups' else '[]' end) g
                  where g ->> 'user' is null),
        'approvers', case when tier > 0 then coalesce(asked -> 'approvers', '[]') else '[]' end,
        'approvals', approvals,
        'expires_at', time_text(expires_at)) order by order_id) from shown), '[]'),
    'next', case when (select count(*) from page) > (select count(*) from shown)
                 then (select max(order_id) from shown) end)::text

-- name: authorization_show
select json_build_object(
    'order', o.order_id, 'account', o.account, 'state', o.state, 'version', o.version,
    'total', money_json(o.total, o.currency), 'currency', o.currency,
    'content_hash', o.content_hash,
    'unit', o.unit, 'buyer', o.buyer, 'principal', o.principal, 'sales_rep', o.sales_rep,
    'payment_term', o.payment_term, 'purchase_order', o.purchase_order,
    'reference', o.reference, 'account_version', o.account_version, 'rules', o.rules,
    'tiers', o.tiers, 'tier', o.tier, 'approvals', o.approvals, 'reasons', o.reasons,
    'judged_at', time_text(o.judged_at),
    'expires_at', time_text(o.expires_at), 'cause', o.cause,
    'receipt_hash', encode(o.receipt_hash, 'hex'),
    'receipts', (select coalesce(json_agg(json_build_object(
        'step', r.step, 'hash', encode(r.receipt_hash, 'hex'),
        'decided_at', time_text(r.decided_at),
        'receipt', r.receipt::json) order by r.number), '[]')
        from receipt r where r.account = o.account and r.order_id = o.order_id),
    'postings', (select coalesce(json_agg(json_build_object(
        'number', p.number, 'kind', p.kind, 'cause', p.cause,
        'amount', money_json(p.amount, p.currency),
        'reserved', money_json(p.reserved, p.currency),
        'committed', money_json(p.committed, p.currency),
        'posted', money_json(p.posted, p.currency),
        'posted_at', time_text(p.posted_at)) order by p.number), '[]')
        from posting p where p.account = o.account and p.order_id = o.order_id))::text
from order_authorization o
where o.order_id = $1::text
order by o.judged_at desc
limit 1

-- name: order_timeline
select json_agg(json_build_object(
    'recorded_at', time_text(e.recorded_at), 'service', 'approvals', 'seq', e.seq, 'type', e.type,
    'id', e.event_id,
    'cause', nullif(split_part(split_part(e.headers, E'\nce_causationid=', 2), E'\n', 1), ''),
    'body', e.body::json) order by e.recorded_at, e.part, e.seq)::text
from order_authorization o
join lateral (select distinct unnest(o.batches) as batch_no) b on true
join journal_event e on e.part = o.part and e.batch_no = b.batch_no
where o.order_id = $1::text and (e.key = $1::text or e.subject = $1::text)
having count(*) > 0

-- name: counts
with sums as (
    select p.account, sum(p.reserved) as reserved, sum(p.committed) as committed,
           sum(p.posted) as posted, count(*) as postings
    from posting p group by p.account),
both_sides as (
    select a.currency, a.reserved, a.committed, a.posted, coalesce(s.reserved, 0) as sum_reserved,
           coalesce(s.committed, 0) as sum_committed, coalesce(s.posted, 0) as sum_posted,
           coalesce(s.postings, 0) as postings,
           (a.reserved, a.committed, a.posted, a.posting_count) is distinct from
           (coalesce(s.reserved, 0), coalesce(s.committed, 0), coalesce(s.posted, 0),
            coalesce(s.postings, 0)) as differs
    from account a left join sums s using (account))
select json_build_object(
    'accounts', (select count(*) from account),
    'differing', (select count(*) from both_sides where differs),
    'currencies', (select coalesce(json_agg(c order by c.currency), '[]') from (
        select currency, count(*) as accounts, money_json(sum(reserved), currency) as reserved,
               money_json(sum(committed), currency) as committed,
               money_json(sum(posted), currency) as posted,
               money_json(sum(sum_reserved), currency)
                   as postings_reserved,
               money_json(sum(sum_committed), currency)
                   as postings_committed,
               money_json(sum(sum_posted), currency)
                   as postings_posted, sum(postings) as postings
        from both_sides group by currency) c),
    'held', (select coalesce(json_agg(h order by h.currency), '[]') from (
        select currency,
               money_json(coalesce(sum(total) filter (where state in ('pending', 'granted')), 0),
                          currency) as reserved,
               money_json(coalesce(sum(total) filter (where state = 'committed'), 0), currency)
                   as committed
        from order_authorization where currency is not null group by currency) h),
    'authorizations', (select coalesce(json_object_agg(state, n), '{}') from (
        select state, count(*) as n from order_authorization group by state) x))::text
