-- Whether an authorization is committed as soon as it is granted. Those before are committed by a
-- request of their own.
alter table order_authorization add column commits boolean not null default false;
