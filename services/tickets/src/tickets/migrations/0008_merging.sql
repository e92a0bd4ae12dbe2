-- Tickets that go on in another one. Expand only: 0.1.0 writes and reads none of it, and takes a merged ticket for a
-- closed one.

-- Which ticket it goes on in; null: it is its own. No chains: that one is its own.
alter table ticket add column merged_into bigint;
create index ticket_merged_into on ticket (merged_into, number) where merged_into is not null;

-- By which merged ticket a message came here; it goes back there when that is un-merged.
alter table message add column came_by bigint;
create index message_came_by on message (came_by) where came_by is not null;

-- Each merging, with what un-merging must put back.
create table ticket_merge (
  id bigint generated always as identity primary key,
  ticket_number bigint not null references ticket on delete cascade,
  into_number bigint not null,
  at timestamptz not null,
  actor text not null,
  reason text not null,
  -- Whoever asked in the one may hear what is said in the other from then on.
  shared boolean not null,
  -- What the merged ticket was like.
  status text not null,
  solved_at timestamptz,
  snoozed_until timestamptz,
  -- Who takes part in the other one (address → since when), or follows it, only because of this.
  joined jsonb not null default '{}',
  followers text[] not null default '{}',
  -- Tickets whose requesters were told.
  told bigint[] not null default '{}',
  undone_at timestamptz,
  undone_by text,
  undone_why text
);
-- A ticket is merged once at a time.
create unique index ticket_merge_standing on ticket_merge (ticket_number) where undone_at is null;
