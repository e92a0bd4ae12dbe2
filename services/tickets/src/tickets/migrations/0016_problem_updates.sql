-- One update of a problem to all who are concerned by it. Expand only.

create table problem_update (
  id bigint generated always as identity primary key,
  ticket_number bigint not null references ticket on delete cascade,
  at timestamptz not null,
  -- Whose words they are: replies that leave later are theirs too.
  actor text not null,
  agent text,
  name text not null,
  via text,
  token_id bigint not null,
  -- Language → words.
  texts jsonb not null,
  internal boolean not null,
  status text,
  resolution text,
  cause text
);
create index problem_update_ticket on problem_update (ticket_number, id);

-- Each incident that is told. Written by whoever holds its lease; what a dead one held is taken over when that is over.
create table incident_update (
  update_id bigint not null references problem_update on delete cascade,
  ticket_number bigint not null references ticket on delete cascade,
  state text not null default 'waiting' check (state in ('waiting', 'told', 'failed', 'skipped')),
  why text not null default '',
  message_id uuid,
  at timestamptz,
  leased_until timestamptz,
  primary key (update_id, ticket_number)
);
create index incident_update_waiting on incident_update (update_id, ticket_number) where state = 'waiting';
