-- What the desk announces to whoever calls or looks at a request, and who wants to be told of its end. Expand only.

create table announcement (
  id bigint generated always as identity primary key,
  -- Names it, among those that have not ended: whoever announces the same thing later begins a new row.
  key text not null,
  -- Language → words.
  texts jsonb not null,
  importance smallint not null,
  -- The problem that it is about; null: about none that has a ticket.
  problem_number bigint references ticket on delete set null,
  starts_at timestamptz not null,
  until timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  ended_at timestamptz,
  ended_by text,
  -- Why it ended: somebody said so, its time was over, or its problem is solved.
  ended_why text check (ended_why in ('withdrawn', 'expired', 'solved'))
);
create unique index announcement_open on announcement (key) where ended_at is null;
create index announcement_key on announcement (key, id);
create index announcement_problem on announcement (problem_number) where problem_number is not null;

-- Who wants to be told: one wish of each telephone, in the ticket of the call in which it was made.
create table announcement_wish (
  announcement_id bigint not null references announcement on delete cascade,
  ticket_number bigint not null references ticket on delete cascade,
  -- The number that called, and the only one that is written to.
  address text not null,
  wished_at timestamptz not null,
  -- The call opened the ticket, which is about nothing else then.
  opened boolean not null,
  -- It waits for the end; a row in `due` stands for it; it was told; it was not, and `why`.
  state text not null default 'waiting' check (state in ('waiting', 'due', 'told', 'skipped')),
  why text not null default '',
  message_id uuid,
  settled_at timestamptz,
  primary key (announcement_id, ticket_number)
);
create unique index announcement_wish_once on announcement_wish (announcement_id, address);
create index announcement_wish_ticket on announcement_wish (ticket_number);
create index announcement_wish_waiting on announcement_wish (announcement_id, ticket_number) where state = 'waiting';
