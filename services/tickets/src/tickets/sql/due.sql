-- Queries of what will happen to tickets by itself.

-- name: tickets_due
-- Tickets for which something is due, those that wait longest first.
select ticket_number
from (select ticket_number, due_at from due where due_at <= clock_timestamp() order by due_at limit $1) as waiting
group by ticket_number
order by min(due_at);

-- name: lock
-- Those of these tickets that nobody is changing at this moment; the others are looked at again soon.
select ticket.*
from ticket
where number = any($1::bigint[])
order by number
for update skip locked;

-- name: rows_due
select ticket_number, kind, key, due_at, detail, failures
from due
where ticket_number = any($1::bigint[]) and due_at <= $2
order by due_at, ticket_number, kind, key;

-- name: remove
delete from due
using unnest($1::bigint[], $2::text[], $3::text[]) as given (number, kind, key)
where due.ticket_number = given.number and due.kind = given.kind and due.key = given.key;

-- name: postpone
update due set due_at = clock_timestamp() + make_interval(secs => given.seconds), failures = failures + 1
from unnest($1::bigint[], $2::text[], $3::text[], $4::float8[]) as given (number, kind, key, seconds)
where due.ticket_number = given.number and due.kind = given.kind and due.key = given.key
  and due.due_at <= clock_timestamp();

-- name: forget
-- All rows of a kind for these tickets.
delete from due
using unnest($1::bigint[], $2::text[]) as given (number, kind)
where due.ticket_number = given.number and due.kind = given.kind;

-- name: insert
insert into due (ticket_number, kind, key, due_at, detail)
select number, kind, key, due_at, detail::jsonb
from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
  as given (number, kind, key, due_at, detail)
on conflict (ticket_number, kind, key) do update set due_at = excluded.due_at, detail = excluded.detail, failures = 0;

-- name: waits
select exists (
  select from due where ticket_number = $1 and kind = $2 and key = $3 and due_at <= clock_timestamp()
);

-- name: next_at
select min(due_at) as next_at, clock_timestamp() as now from due;

-- name: update_tickets
update ticket set version = given.version, status = given.status, priority = given.priority, tier = given.tier,
  team = given.team, assignee = given.assignee, tags = string_to_array(given.tags, ' '), cause = given.cause,
  resolution = given.resolution, updated_at = given.updated_at, solved_at = given.solved_at,
  closed_at = given.closed_at,
  status_since = case when ticket.status <> given.status then given.updated_at else ticket.status_since end
from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[])
  as given (number, version, status, priority, tier, team, assignee, tags, cause, resolution, updated_at, solved_at,
    closed_at)
where ticket.number = given.number;

-- name: stopped
-- Those of these addresses to which no mail is sent.
select address from identity
where kind = 'email' and address = any($1::text[]) and undeliverable_since is not null;

-- name: document
-- The newest version of a document that is in use.
select version, content from desk_document
where kind = $1 and name = $2 and not retired
order by version desc limit 1;

-- name: statuses
-- Those of these tickets in whose status something may happen by itself.
select number, status from ticket where number = any($1::bigint[]) and status not in ('new', 'open');
