-- What was announced, noticed and asked to be paid is told by an event, and the journal keeps that: the
-- copies beside it go. Each row names its batch, and the batch's time.
drop function fulfilment_json(fulfilment, json);
drop table document;
alter table notice drop column document;
alter table payable drop column document;
alter table fulfilment alter column lines type text using lines::text,
                       alter column shipments type text using shipments::text;
alter table fulfilment alter column lines set compression lz4,
                       alter column shipments set compression lz4;

-- Indexes for those who ask, by expressions: with plain columns the planner would take them for the
-- primary key's, whose columns they hold, while the tables are empty, and keep to it.
drop index fulfilment_partner;
create index fulfilment_partner on fulfilment (partner, (order_id || '/' || sub_order));
drop index payable_account;
create index payable_account on payable (account, (order_id || '/' || version));
drop index notice_recipient;
create index notice_recipient on notice ((recipient || ''));

-- What one batch told about an order.
create function told_in(batch_part smallint, batch bigint, batch_time timestamptz, verb text, about text)
returns table (body json) language sql stable as $$
    select case when e.type = 'batuta.notifications.' || verb || '.v1'
                then convert_from(e.body, 'UTF8')::json end
    from journal j cross join lateral unnest(j.types, j.keys, j.bodies) e(type, key, body)
    where j.part = batch_part and j.batch_no = batch and j.recorded_at = batch_time
      and e.type = 'batuta.notifications.' || verb || '.v1' and e.key = convert_to(about, 'UTF8')
$$;

-- A sub-order as people ask for it: how far it is, and what was announced.
create function fulfilment_json(f fulfilment) returns json language sql stable as $$
    select json_build_object(
        'order', f.order_id, 'sub_order', f.sub_order::bigint, 'partner', f.partner,
        'number', d.body ->> 'number', 'node', d.body ->> 'node', 'account', d.body ->> 'account',
        'version', f.version, 'state', f.state, 'lines', f.lines::json,
        'shipments', f.shipments::json, 'announced_at', time_text(f.announced_at),
        'changed_at', time_text(f.changed_at), 'confirmed_at', d.body ->> 'confirmed_at',
        'document', d.body)
    from (select) one
    left join lateral (
        select t.body
        from told_in(f.part, f.batches[1], f.announced_at, 'fulfilment.ordered', f.order_id) t
        where t.body ->> 'sub_order' = f.sub_order limit 1) d on true
$$;

do $$
begin
    execute format('grant execute on function told_in(smallint, bigint, timestamptz, text, text), '
                   'fulfilment_json(fulfilment) to %I', 'batuta_' || current_schema() || '_read');
end
$$;
