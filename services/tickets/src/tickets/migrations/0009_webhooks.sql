-- Webhooks on their way, and what the auditor of timers has raised. Expand only: releases before read none of it.

create table webhook_call (
  -- Sent with every try: the receiver knows by it what it has seen.
  id uuid primary key,
  -- Which webhook of the settings; where it leads and what signs it is in no table.
  name text not null,
  ticket_number bigint references ticket on delete cascade,
  -- As it is sent, byte for byte: it is signed.
  body text not null,
  began_at timestamptz not null default clock_timestamp(),
  -- The next try; whoever takes a call moves this beyond the longest that a try can last.
  due_at timestamptz not null default clock_timestamp(),
  tries integer not null default 0,
  -- What the last try came to.
  said text not null default '',
  -- Kept for a while, so that it can be seen and ordered again: set this to null and due_at to now().
  given_up_at timestamptz
);
create index webhook_call_due on webhook_call (name, due_at) where given_up_at is null;

-- Rows of `due` that were found late or missing and of which an event has told; gone when they are so no more.
create table timer_alarm (
  ticket_number bigint not null references ticket on delete cascade,
  kind text not null,
  key text not null,
  raised_at timestamptz not null,
  raised integer not null default 1,
  primary key (ticket_number, kind, key)
);

-- Next to nothing is ever in it.
create index due_failing on due (ticket_number) where failures > 0;
