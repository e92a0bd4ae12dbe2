-- Who is kept in the loop, and how teams sign. Expand only: 0.1.0 writes and reads none of it.

alter table participant
  add column name text not null default '',
  -- Who added them: an actor as in the history. Empty: it was so before anybody noted it.
  add column added_by text not null default '',
  -- Removed by an agent: stays as a row, so that the next mail's Cc does not add them again.
  add column left_at timestamptz;

create table team_signature (
  team text not null,
  language text not null,
  text text not null,
  html text,
  updated_at timestamptz not null default clock_timestamp(),
  updated_by text not null,
  primary key (team, language)
);
