-- A role for `tickets serve` with the least rights: it reads and writes rows, and can change no table.
--
-- `tickets migrate` keeps connecting as the owner of the tables. Run this once as that owner, or as a superuser, after the
-- first migration; what later migrations make is covered. Then give the role to the service:
--
--   psql -v role=ventanilla_serve -v owner=ventanilla -v password="$PASSWORD" -f deploy/postgres/roles.sql ventanilla
--   TICKETS_POSTGRES_URL=postgresql://ventanilla_serve:…@host:5432/ventanilla tickets serve
--
-- Not given: to make, change or empty tables, to make functions, triggers and roles, to write down migrations.
-- The commands that are an operator's (`tickets token`, `import-desk`, `erase-person`) work with it too.
\set ON_ERROR_STOP on
create role :"role" login nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls password :'password';
select current_database() as desk \gset
grant connect on database :"desk" to :"role";
revoke create on schema public from public;
grant usage on schema public to :"role";
grant select, insert, update, delete on all tables in schema public to :"role";
grant usage, select on all sequences in schema public to :"role";
revoke insert, update, delete on schema_migration from :"role";
alter default privileges for role :"owner" in schema public grant select, insert, update, delete on tables to :"role";
alter default privileges for role :"owner" in schema public grant usage, select on sequences to :"role";
