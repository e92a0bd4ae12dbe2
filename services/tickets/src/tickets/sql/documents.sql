-- Calendars, policies and timers as versions that are never changed.

-- name: lock
select pg_advisory_xact_lock($1);

-- name: newest
-- The newest version of each document of a kind.
select distinct on (name) kind, name, version, content, retired, created_at, created_by
from desk_document where kind = $1 order by name, version desc;

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
on conflict (ticket_number, kind, key) do update set due_at = excluded.due_at, detail = excluded.detail, failures = 0;
