-- A reservation is written twice: what does not change stands in front, so that the second row repeats
-- little of the first in the log; its JSON is text, which nobody reads again at each write. What is
-- held too long is found by node and expiry time: those do not change when the state does, so the
-- second row needs no new index entry, where its page has room: hence the fillfactor.
alter table reservation rename to reservation_before;
alter index reservation_pkey rename to reservation_before_pkey;
create table reservation (
    order_id text not null,
    node text not null,
    version bigint not null check (version > 0),
    expires_at timestamptz,
    part smallint not null,
    lines text compression lz4 not null,
    reasons text not null,
    state text not null
        check (state in ('reserved', 'refused', 'committed', 'released', 'expired')),
    sequence bigint not null check (sequence >= 0),
    hash bytea check (length(hash) = 32),
    postings text compression lz4 not null,
    batches bigint[] not null,
    primary key (order_id, node)
) with (fillfactor = 50);
insert into reservation
select order_id, node, version, expires_at, part, lines::text, reasons::text, state, sequence, hash,
       postings::text, batches
from reservation_before;
drop table reservation_before;
-- By an expression, so that no look-up by order and node is ever planned to read it.
create index reservation_expiry on reservation ((node || ''), expires_at);
