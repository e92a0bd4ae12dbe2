-- Queries of the relay that publishes what lies in the outbox.

-- name: claim
-- Lease events that nobody is publishing, oldest first. Holds no transaction across a publish.
update outbox set leased_until = clock_timestamp() + make_interval(secs => $2)
where id in (
  select id from outbox
  where published_at is null and (leased_until is null or leased_until < clock_timestamp())
  order by id
  limit $1
  for update skip locked
)
returning id, stream, subject, message_key, headers, body, notification_id, expires_at, attempt;

-- name: delete
delete from outbox where id = any($1::bigint[]);

-- name: mark_published
update outbox set published_at = clock_timestamp(), leased_until = null where id = any($1::bigint[]);

-- name: overdue
-- Notifications that were published and of which nothing was heard: published once more under another id, until they
-- expire.
update outbox set published_at = null, leased_until = null, attempt = attempt + 1
where id in (
  select id from outbox
  where published_at < clock_timestamp() - make_interval(secs => $1) * power(2, least(attempt, 6))
    and expires_at > clock_timestamp()
  order by published_at
  limit 500
  for update skip locked
)
returning id;

-- name: expired
-- Notifications that nobody reported on until they were worthless.
delete from outbox
where id in (
  select id from outbox
  where expires_at < clock_timestamp() - make_interval(secs => $1)
  order by id limit 500
  for update skip locked
)
returning notification_id;

-- name: done
-- Reports on notifications came in.
delete from outbox where notification_id = any($1::text[]);

-- name: waiting
select count(*) filter (where published_at is null) as ready, count(*) filter (where published_at is not null) as published
from outbox;
