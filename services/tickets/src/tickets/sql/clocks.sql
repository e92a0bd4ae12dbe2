-- Queries of service levels.

-- name: states
select ticket_number, state from service_level where ticket_number = any($1::bigint[]);

-- name: places
select ticket_number, next_due_at from service_level where ticket_number = any($1::bigint[]);

-- name: save
insert into service_level (ticket_number, state, next_due_at)
select number, state, next_due_at
from unnest($1::bigint[], $2::text[], $3::timestamptz[]) as given (number, state, next_due_at)
on conflict (ticket_number) do update set state = excluded.state, next_due_at = excluded.next_due_at;

-- name: documents
-- All versions that a ticket may go by; of rotas, the newest alone: who is on call is asked for now only. Calendars come
-- before rotas, which name them.
select kind, name, version, content, retired from desk_document
where kind in ('calendar', 'ladder', 'policy')
  or (kind = 'rota' and version = (select max(version) from desk_document as newer
    where newer.kind = 'rota' and newer.name = desk_document.name))
order by kind, name, version;

-- name: team_zones
-- Zones of the calendars that teams name, by the versions in force. `always`, which every desk has, is open everywhere.
select team.name, calendar.content->>'zone' as zone
from team cross join lateral (
  select content, retired from desk_document
  where kind = 'calendar' and name = team.calendar
  order by version desc limit 1
) as calendar
where team.name = any($1::text[]) and team.calendar <> 'always' and not calendar.retired;

-- name: documents_mark
-- Changes whenever one of them does.
select documents_mark() as mark;

-- name: hold_documents
-- The same, and none of them changes until the transaction ends.
select documents_held($1) as mark;

-- name: log
-- The history of tickets as far as clocks see it, in its order.
select ticket_number, at, actor, action, detail from history
where ticket_number = any($1::bigint[]) and action = any($2::text[])
order by ticket_number, id;

-- name: numbers
select ticket_number from service_level where ticket_number > $1 order by ticket_number limit $2;

-- name: lock_ticket
select number from ticket where number = $1 for update;
