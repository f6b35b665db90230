-- roles: who may do what in the database. Run once by a superuser into the target database, again
-- after each new service (it is idempotent):
--     psql -v ON_ERROR_STOP=1 -d batuta -f roles.sql
-- Per service X: batuta_X_owner (no login) owns schema X and what is in it; batuta_X is the service
-- itself: reads and writes rows of its own schema, nothing else; batuta_X_read only looks.
-- batuta_migrate takes an owner's place by SET ROLE and inherits nothing without it. Nobody who logs
-- in at run time is a superuser. Passwords are not set here: give them with ALTER ROLE ... PASSWORD
-- or let pg_hba.conf decide.

begin;
set local client_min_messages = warning;

-- A role is made once and brought back to these attributes at each run.
create function pg_temp.role_set(name text, attributes text) returns void language plpgsql as $$
begin
    if not exists (select from pg_roles where rolname = name) then
        execute format('create role %I', name);
    end if;
    execute format('alter role %I nosuperuser nocreatedb nocreaterole noreplication nobypassrls %s',
                   name, attributes);
end $$;

do $$
declare
    service text;
    owner text;
    app text;
    reader text;
begin
    perform pg_temp.role_set('batuta_migrate', 'login noinherit');
    alter role batuta_migrate set lock_timeout = '10s';

    -- What every database gives to everybody.
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to batuta_migrate', current_database());
    revoke all on schema public from public;

    foreach service in array array['catalog', 'pricing', 'approvals', 'orders', 'notifications']
    loop
        owner := 'batuta_' || service || '_owner';
        app := 'batuta_' || service;
        reader := 'batuta_' || service || '_read';
        perform pg_temp.role_set(owner, 'nologin noinherit');
        perform pg_temp.role_set(app, 'login noinherit');
        perform pg_temp.role_set(reader, 'login noinherit');
        execute format('grant %I to batuta_migrate', owner);
        execute format('grant connect on database %I to %I, %I', current_database(), app, reader);

        execute format('create schema if not exists %I', service);
        execute format('alter schema %I owner to %I', service, owner);
        execute format('revoke all on schema %I from public', service);
        execute format('grant usage on schema %I to %I, %I', service, app, reader);

        -- What the owner makes later. Functions and types belong to everybody unless taken back,
        -- and that only works for all schemas of a role at once.
        execute format('alter default privileges for role %I revoke all on functions from public',
                       owner);
        execute format('alter default privileges for role %I revoke all on types from public',
                       owner);
        execute format('alter default privileges for role %I in schema %I '
                       'grant select, insert, update, delete on tables to %I', owner, service, app);
        execute format('alter default privileges for role %I in schema %I '
                       'grant select on tables to %I', owner, service, reader);
        execute format('alter default privileges for role %I in schema %I '
                       'grant usage on sequences to %I', owner, service, app);
        -- Not to the reader: a function may act with its owner's rights.
        execute format('alter default privileges for role %I in schema %I '
                       'grant execute on functions to %I', owner, service, app);
        execute format('alter default privileges for role %I in schema %I '
                       'grant usage on types to %I, %I', owner, service, app, reader);

        -- Fixed for every login, whatever a client forgets to set.
        execute format('alter role %I set search_path = %I, pg_temp', app, service);
        execute format('alter role %I set statement_timeout = %L', app, '30s');
        -- A plan made while a table was empty must not scan it when it is full (common/store.sql).
        execute format('alter role %I set enable_seqscan = off', app);
        execute format('alter role %I set lock_timeout = %L', app, '5s');
        execute format('alter role %I set idle_in_transaction_session_timeout = %L', app, '30s');
        execute format('alter role %I set search_path = %I, pg_temp', reader, service);
        execute format('alter role %I set statement_timeout = %L', reader, '15s');
        execute format('alter role %I set lock_timeout = %L', reader, '2s');
        execute format('alter role %I set idle_in_transaction_session_timeout = %L', reader, '30s');
        execute format('alter role %I set default_transaction_read_only = on', reader);
    end loop;
end $$;

commit;
