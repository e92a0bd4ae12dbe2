-- Since when a team is retired, and when the desk's leads were told that it left open tickets behind; null of a team in
-- use. Who was retired before this release has no time: of their tickets everything is told once.
alter table team add column retired_at timestamptz, add column leads_told_at timestamptz;
