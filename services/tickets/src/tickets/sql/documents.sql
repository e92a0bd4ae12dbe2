-- Calendars, policies and timers as versions that are never changed.

-- name: lock
select pg_advisory_xact_lock($1);

-- name: newest
-- The newest version of each document of a kind.
select distinct on (name) kind, name, version, content, retired, created_at, created_by
from desk_document where kind = $1 order by name, version desc;

-- name: newest_of_all
-- The newest version of each document.
select distinct on (kind, name) kind, name, content, retired from desk_document order by kind, name, version desc;

-- name: calendar_marks
-- Which versions of calendars are in force, in a word that no other version has.
select distinct on (name) name, version || ' ' || created_at as mark from desk_document
where kind = 'calendar' and name = any($1::text[]) and not retired order by name, version desc;

-- name: calendars_in_force
select distinct on (name) name, version, version || ' ' || created_at as mark, content from desk_document
where kind = 'calendar' and name = any($1::text[]) and not retired order by name, version desc;

-- name: people_naming
-- Teams and agents at work that name a document.
(
  select 'team ' || name as who from team
  where active and case $1::text when 'calendar' then calendar when 'ladder' then ladder end = $2
)
union all
(select 'agent ' || handle from agent where active and $1 = 'calendar' and hours->>'calendar' = $2)
order by who limit 5;

-- name: agents_among
select handle from agent where active and handle = any($1::text[]);

-- name: teams_among
select name from team where active and name = any($1::text[]);

-- name: leads
-- Whether somebody leads a team of one of these people.
select exists (
  select from team_member as lead join team_member as other on other.team = lead.team
  where lead.agent = $1 and lead.role = 'lead' and other.agent = any($2::text[])
);

-- name: one
select kind, name, version, content, retired, created_at, created_by
from desk_document where kind = $1 and name = $2 order by version desc limit 1;

-- name: versions
select kind, name, version, content, retired, created_at, created_by
from desk_document where kind = $1 and name = $2 order by version desc limit $3;

-- name: insert
insert into desk_document (kind, name, version, content, created_by) values ($1, $2, $3, $4, $5)
returning kind, name, version, content, retired, created_at, created_by;

-- name: retire
update desk_document set retired = true where kind = $1 and name = $2 and not retired;

-- name: tell_router
-- The router is to hear of the desk anew.
insert into facts_outbox (kind, name) values ('desk', '');

-- name: recalculate
-- Let the clocks of open tickets follow: each gets a row, and workers fire them like any other.
insert into due (ticket_number, kind, key, due_at, detail)
select ticket.number, 'recalculate', $1, clock_timestamp(), $2::jsonb
from ticket join service_level on service_level.ticket_number = ticket.number
where ticket.status not in ('solved', 'closed') and ticket.policy = any($3::text[])
order by ticket.number
on conflict (ticket_number, kind, key) do update set due_at = excluded.due_at, detail = excluded.detail, failures = 0;
