-- What will happen to tickets by itself, and the data that says so. Expand only: 0.1.0 writes and reads none of it.

-- A worker fires a row once its time has come and removes it in the same transaction. Rows of a ticket are written and
-- removed under the ticket's lock only, so whoever holds that holds them.
create table due (
  ticket_number bigint not null references ticket on delete cascade,
  -- Who fires it.
  kind text not null,
  key text not null,
  due_at timestamptz not null,
  detail jsonb not null default '{}',
  -- How often firing it has failed through a bug of ours.
  failures smallint not null default 0,
  primary key (ticket_number, kind, key)
);
create index due_at on due (due_at);

-- Since when a ticket has its status: timers count from there. Null: it has never changed since this column came.
alter table ticket add column status_since timestamptz;

-- Calendars, policies, ladders, timers: data in versions. A version that something was decided by is never changed.
create table desk_document (
  kind text not null,
  name text not null,
  version integer not null,
  content jsonb not null,
  retired boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  primary key (kind, name, version)
);
