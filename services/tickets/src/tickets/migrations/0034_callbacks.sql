-- Callbacks: who is to be called back, and what came of each attempt. Expand only.

create table callback (
  -- Of a caller's wish made of the message that brought it: the same wish cannot be written twice.
  id uuid primary key,
  ticket_number bigint not null references ticket on delete cascade,
  team text not null,
  -- Who wants to call; null: whoever of the team is there.
  agent text,
  -- In E.164.
  number text not null,
  -- The desk's number to call from; empty: any.
  account text not null,
  asked_by text not null,
  asked_at timestamptz not null,
  wanted_at timestamptz not null,
  state text not null check (state in ('scheduled', 'due', 'talking', 'done', 'failed', 'withdrawn')),
  -- How many attempts have begun.
  attempt smallint not null default 0,
  -- When the next attempt begins; of one that goes on, when it is taken for failed.
  next_at timestamptz,
  -- Of the last attempt.
  outcome text not null default '',
  ended_at timestamptz,
  check ((next_at is null) = (state in ('done', 'failed', 'withdrawn')))
);
create unique index callback_open on callback (ticket_number, number) where state in ('scheduled', 'due', 'talking');
create index callback_ticket on callback (ticket_number, asked_at);
create index callback_number on callback (number, asked_at);

create table callback_attempt (
  callback uuid not null references callback on delete cascade,
  attempt smallint not null,
  begun_at timestamptz not null,
  -- Null: it goes on, or nobody has told yet.
  outcome text,
  agent text,
  seconds integer,
  -- How the provider names the customer's call.
  call text,
  ended_at timestamptz,
  primary key (callback, attempt)
);
