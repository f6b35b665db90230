-- lanes: positions, outbox cursor and outbox of each lane; offsets are stored with the state.
do $$
declare
    s text;
begin
    foreach s in array array['orders', 'pricing', 'approvals', 'catalog', 'notifications'] loop
        execute format('create table %I.lane (lane bigint primary key,'
            ' next_seq bigint not null default 1, published bigint not null default 0,'
            ' off bigint[] not null default ''{0,0,0,0}'', hw bigint[] not null'
            ' default ''{0,0,0,0}'', processed bigint not null default 0, first_us bigint,'
            ' last_us bigint) with (fillfactor = 10)', s);
        execute format('create table %I.outbox (lane bigint, last_seq bigint, data bytea,'
            ' primary key (lane, last_seq))', s);
        execute format('alter table %I.outbox alter data set storage external', s);
    end loop;
end $$;
insert into orders.lane (lane) values (1), (3), (5), (7);
insert into pricing.lane (lane) values (2);
insert into approvals.lane (lane) values (4);
insert into catalog.lane (lane) values (6);
insert into notifications.lane (lane) values (8);
