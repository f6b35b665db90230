-- go: the tables of the two Go peers, one schema a service; go-batch has lanes and an outbox besides.
create schema orders; create schema pricing; create schema approvals; create schema catalog;
create schema notifications;
create table orders.orders (id uuid primary key, account text not null, partner text not null,
    node text not null, state text not null, body text not null, total bigint not null)
    with (fillfactor = 50);
create table pricing.quote ("order" uuid primary key, total bigint not null, lines text not null);
create table pricing.price (sku text primary key, amount bigint not null);
create table approvals.account (id text primary key, credit_limit bigint not null,
    reserved bigint not null default 0) with (fillfactor = 30);
create table approvals.reservation ("order" uuid primary key, account text not null,
    amount bigint not null);
create table catalog.stock (node text, sku text, on_hand bigint not null,
    reserved bigint not null default 0, primary key (node, sku)) with (fillfactor = 30);
create table catalog.stock_reservation ("order" uuid primary key, node text not null,
    lines text not null);
create table notifications.notification ("order" uuid primary key, partner text not null,
    body text not null);
insert into pricing.price select 'sku-' || lpad(i::text, 5, '0'), 100 + (i * 37) % 9900
from generate_series(1, 1000) i;
insert into approvals.account select 'acc-' || lpad(i::text, 4, '0'), 1000000000000000, 0
from generate_series(1, 1000) i;
insert into catalog.stock select 'n-' || n, 'sku-' || lpad(i::text, 5, '0'), 1000000000000, 0
from generate_series(1, 8) n, generate_series(1, 1000) i;
