-- Queries of the auditor of timers. It reads what the workers write, and writes only what it has raised.

-- name: late_count
-- Counted up to 100,000.
select count(*) as rows, min(due_at) as oldest, clock_timestamp() as now
from (
  select due_at from due where due_at < clock_timestamp() - make_interval(secs => $1) order by due_at limit 100000
) as late;

-- name: late
-- Those of which no event has told within the hour, or all.
select due.ticket_number, due.kind, due.key, due.due_at, due.failures, coalesce(timer_alarm.raised, 0) as raised,
  coalesce(timer_alarm.raised_at > clock_timestamp() - interval '1 hour', false) as told
from due left join timer_alarm using (ticket_number, kind, key)
where due.due_at < clock_timestamp() - make_interval(secs => $1)
  and ($3 or timer_alarm.raised_at is null or timer_alarm.raised_at <= clock_timestamp() - interval '1 hour')
order by due.due_at
limit $2;

-- name: failing_count
select count(*) as rows
from (select 1 from due where failures > 0 limit 100000) as failing;

-- name: failing
-- Of which no event has told within the hour, or all; those that are late as well are told of as late.
select due.ticket_number, due.kind, due.key, due.due_at, due.failures, coalesce(timer_alarm.raised, 0) as raised,
  coalesce(timer_alarm.raised_at > clock_timestamp() - interval '1 hour', false) as told
from due left join timer_alarm using (ticket_number, kind, key)
where due.failures > 0 and due.due_at >= clock_timestamp() - make_interval(secs => $1)
  and ($3 or timer_alarm.raised_at is null or timer_alarm.raised_at <= clock_timestamp() - interval '1 hour')
order by due.due_at
limit $2;

-- name: clocks_after
-- What clocks say and the rows that should follow from it, as one moment saw them: both are written together.
select level.ticket_number, level.state, due.key, due.due_at, due.detail, due.failures
from (select ticket_number, state from service_level where ticket_number > $1 order by ticket_number limit $2) as level
left join due on due.ticket_number = level.ticket_number and due.kind = $3
order by level.ticket_number;

-- name: clocks_of
select level.ticket_number, level.state, due.key, due.due_at, due.detail, due.failures
from service_level as level
left join due on due.ticket_number = level.ticket_number and due.kind = $2
where level.ticket_number = any($1::bigint[])
order by level.ticket_number;

-- name: alarms
-- What was raised and may be over by now, longest ago first.
select ticket_number, kind, key, raised, raised_at > clock_timestamp() - interval '1 hour' as fresh
from timer_alarm order by raised_at limit $1;

-- name: fresh_alarms
select count(*) as alarms from timer_alarm where raised_at > clock_timestamp() - interval '1 hour';

-- name: mark
-- Two auditors that told of the same count as one.
insert into timer_alarm (ticket_number, kind, key, raised_at)
select number, kind, key, clock_timestamp()
from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[]) as given (number, kind, key, raised)
where exists (select from ticket where ticket.number = given.number)
on conflict (ticket_number, kind, key) do update
set raised_at = excluded.raised_at, raised = timer_alarm.raised + 1
where timer_alarm.raised = (
  select given.raised
  from unnest($1::bigint[], $2::text[], $3::text[], $4::integer[]) as given (number, kind, key, raised)
  where given.number = excluded.ticket_number and given.kind = excluded.kind and given.key = excluded.key
);

-- name: over
-- Alarms whose timers are neither late nor failing any more, nor among those whose clocks still ask in vain.
delete from timer_alarm
using unnest($1::bigint[], $2::text[], $3::text[]) as given (number, kind, key)
where timer_alarm.ticket_number = given.number and timer_alarm.kind = given.kind and timer_alarm.key = given.key
  and not exists (
    select from due
    where due.ticket_number = given.number and due.kind = given.kind and due.key = given.key
      and (due.failures > 0 or due.due_at < clock_timestamp() - make_interval(secs => $4))
  )
returning timer_alarm.ticket_number;
