-- Ladders: the pages that wait for somebody. Expand only: what came before writes and reads none of it.

-- A page is written with the step that sends it, and settled once: acknowledged by somebody or withdrawn.
create table page (
  -- Made of run, step, round and attempt: the same page cannot be written twice.
  id uuid primary key,
  ticket_number bigint not null references ticket on delete cascade,
  agent text not null,
  ladder text not null,
  ladder_version integer not null,
  run uuid not null,
  step smallint not null,
  round smallint not null,
  attempt smallint not null,
  paged_at timestamptz not null,
  answer_by timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  withdrawn_at timestamptz,
  withdrawn_why text,
  check (acknowledged_at is null or withdrawn_at is null)
);
create index page_open on page (ticket_number) where acknowledged_at is null and withdrawn_at is null;
create index page_agent on page (agent, paged_at);
create index page_paged_at on page (paged_at, id);
