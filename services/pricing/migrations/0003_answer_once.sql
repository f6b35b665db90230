-- An answer is told once and kept once: the receipt holds all that it says, byte by byte, and the
-- journal has it as it was told. The chain of an order that was asked in its first version only is
-- that of its quote; quote_chain has the orders that were asked again, and all from before.
alter table quote drop column answer;
alter table quote add column chain_hash bytea check (length(chain_hash) = 32);
alter table quoted_order rename to quote_chain;
alter index quoted_order_pkey rename to quote_chain_pkey;

-- Where the chain of each order stands, for those who check it.
create view quoted_order as
select order_id, chain_sequence, chain_hash, part from quote_chain
union all
select q.order_id, q.event_sequence, q.chain_hash, q.part
from quote q
where q.version = '1' and q.mode = 'order' and q.chain_hash is not null
  and not exists (select from quote_chain c where c.order_id = q.order_id);
