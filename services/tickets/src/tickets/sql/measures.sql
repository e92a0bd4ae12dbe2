-- Queries of the one replica that measures the whole desk for all.

-- name: waiting
-- What waits for somebody or something: how much, and for how long the oldest of it.
with redriven as (
  select count(*) as messages, min(missed_at) as oldest from unsettled where not lost
), held as (
  select count(*) as messages, min(created_at) as oldest from quarantine where state = 'waiting'
), leaving as (
  select min(created_at) filter (where published_at is null) as oldest,
    count(*) filter (where published_at is not null and notification_id is not null) as unreported,
    min(created_at) filter (where published_at is not null and notification_id is not null) as oldest_unreported
  from outbox
), erasing as (
  select min(ordered_at) as oldest from erasure where state <> 'done'
)
select redriven.messages as redriving, held.messages as quarantined, leaving.unreported,
  coalesce(extract(epoch from clock_timestamp() - redriven.oldest), 0)::float8 as redriving_seconds,
  coalesce(extract(epoch from clock_timestamp() - held.oldest), 0)::float8 as quarantined_seconds,
  coalesce(extract(epoch from clock_timestamp() - leaving.oldest), 0)::float8 as outbox_seconds,
  coalesce(extract(epoch from clock_timestamp() - leaving.oldest_unreported), 0)::float8 as unreported_seconds,
  coalesce(extract(epoch from clock_timestamp() - erasing.oldest), 0)::float8 as erasing_seconds
from redriven, held, leaving, erasing;

-- name: open_tickets
select status, priority, count(*) as tickets from ticket where status <> 'closed' and status <> 'solved' group by 1, 2;
