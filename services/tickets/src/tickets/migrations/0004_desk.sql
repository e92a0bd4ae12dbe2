-- The desk as data: teams, people, whom they serve, and how tickets go from tier to tier. Expand only: 0.1.0 writes and
-- reads none of it.

create table team (
  name text primary key,
  version integer not null default 1,
  title_es text not null default '',
  title_en text not null default '',
  tier text not null default '1',
  assignment text not null default 'manual' check (assignment in ('manual', 'round_robin', 'least_loaded', 'skills')),
  calendar text,
  ladder text,
  active boolean not null default true,
  -- Of those who take turns, who had the last one. Written only while the agents of the team are locked.
  last_assigned text
);

create table agent (
  handle text primary key,
  version integer not null default 1,
  name text not null,
  email text not null,
  languages text[] not null default '{}',
  skills text[] not null default '{}',
  weight double precision not null default 1 check (weight > 0),
  -- {"zone": …, "week": {"mon": ["09:00-14:00", …], …}}; null: always.
  hours jsonb,
  capacity jsonb not null default '{}',
  tiers text[] not null default '{}',
  active boolean not null default true,
  availability text not null default 'available' check (availability in ('available', 'busy', 'away')),
  availability_since timestamptz not null default clock_timestamp()
);

create table team_member (
  team text not null references team on delete cascade,
  agent text not null references agent on delete cascade,
  role text not null default 'member' check (role in ('member', 'lead')),
  primary key (team, agent)
);
create index team_member_agent on team_member (agent);

create table absence (
  id bigint generated always as identity primary key,
  agent text not null references agent on delete cascade,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  why text not null default '',
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  -- When the agent's open tickets were handed on because of it; null: not yet.
  relieved_at timestamptz
);
create index absence_agent on absence (agent, ends_at);

create table skill (
  name text primary key
);

create table category (
  name text primary key,
  needs_cause boolean not null default false
);

create table organisation (
  name text primary key,
  version integer not null default 1,
  vip boolean,
  plan text,
  tags text[] not null default '{}'
);
create table organisation_domain (
  domain text primary key,
  organisation text not null references organisation on delete cascade
);
create index organisation_domain_organisation on organisation_domain (organisation);

-- Who acts with a token; null: a program.
alter table api_token add column agent text references agent;

alter table ticket
  -- Whoever takes it should have them: from the decision that opened it.
  add column skills text[] not null default '{}';
create index ticket_waiting on ticket (team, number) where assignee is null and status in ('new', 'open');
create index ticket_held on ticket (assignee) where assignee is not null and status <> 'closed' and status <> 'solved';
create index ticket_requester on ticket (requester_id);
create index ticket_requester_open on ticket (requester_id) where status <> 'closed' and status <> 'solved';

-- Agents who had a ticket and want to know what becomes of it.
create table follower (
  ticket_number bigint not null references ticket on delete cascade,
  agent text not null references agent,
  since timestamptz not null,
  why text not null default '',
  primary key (ticket_number, agent)
);

-- Each way of a ticket from team to team, oldest first.
create table handover (
  id bigint generated always as identity primary key,
  ticket_number bigint not null references ticket on delete cascade,
  at timestamptz not null,
  kind text not null check (kind in ('escalate', 'de_escalate', 'return')),
  from_team text not null,
  from_tier text not null,
  from_agent text,
  to_team text not null,
  to_tier text not null,
  reason text not null,
  note_id uuid not null,
  actor text not null,
  -- When the customer was told that they would hear next; null: they were not told.
  next_update_by timestamptz,
  -- A later one led back from here.
  returned boolean not null default false
);
create index handover_ticket on handover (ticket_number, id);

-- What the router must be told anew, because a transaction changed it. Told and deleted by any replica.
create table facts_outbox (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('desk', 'domain')),
  name text not null default '',
  noted_at timestamptz not null default clock_timestamp()
);

-- How far each process has told the router of the customers whose messages it settled, so that another one finds what a
-- dead one left untold.
create table facts_writer (
  writer uuid primary key,
  history_mark bigint not null,
  seen_at timestamptz not null default clock_timestamp()
);
