-- What a restore had to make good, where the database and the streams were of different times. Expand only: older
-- releases read none of it.
create table recovery (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  -- Whatever was stored in the streams since then may be unknown to the restored database.
  since timestamptz not null,
  -- Nothing in the restored database is younger than this.
  known_until timestamptz not null,
  -- When people's work since then was given back.
  replies_at timestamptz,
  report jsonb not null
);
-- Events of tickets that were read back from the streams, each once.
create table recovered_event (
  event_id text primary key,
  at timestamptz not null default clock_timestamp()
);
