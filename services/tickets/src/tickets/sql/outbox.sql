-- Queries of the relay that publishes what lies in the outbox, and of the watch over what it published.

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
update outbox set published_at = clock_timestamp(), leased_until = null, published_sequence = given.sequence,
  look_at = clock_timestamp() + make_interval(secs => $3)
from unnest($1::bigint[], $2::bigint[]) as given (id, sequence)
where outbox.id = given.id;

-- name: unreported
-- Published notifications of which nothing was heard for a while.
select id, subject, message_key, published_sequence, attempt
from outbox
where published_at is not null and look_at < clock_timestamp()
order by look_at
limit $1;

-- name: look_later
update outbox set look_at = clock_timestamp() + make_interval(secs => $2) where id = any($1::bigint[]);

-- name: publish_again
-- They are gone from the stream and nobody reported: once more, under the next id.
update outbox set published_at = null, published_sequence = null, leased_until = null, attempt = attempt + 1
where id = any($1::bigint[]) and published_at is not null;

-- name: expire
-- Notifications that nobody reported on until they were worthless.
with gone as (
  delete from outbox
  where id in (
    select id from outbox
    where expires_at < clock_timestamp() - make_interval(secs => $1)
    order by expires_at limit 500
    for update skip locked
  )
  returning notification_id
)
select notification_id from gone where notification_id is not null;

-- name: waiting
select count(*) filter (where published_at is null) as ready, count(*) filter (where published_at is not null) as published
from outbox;

-- name: report
-- What became of notifications; says which of their messages did not know it yet.
update message set delivery_state = given.state, delivery_detail = given.detail
from unnest($1::text[], $2::text[], $3::text[]) as given (notification_id, state, detail)
where message.notification_id = given.notification_id and message.delivery_state is distinct from given.state
  and (
    coalesce(message.delivery_state, '') not in ('delivered', 'delayed', 'bounced', 'read')  -- a bounce may be faster
    or (message.delivery_state = 'delivered' and given.state = 'read')
  )
  and (given.state <> 'sent' or coalesce(message.delivery_state, '') in ('', 'queued'))  -- its end may be faster
returning message.id, message.ticket_number, message.delivery_state, message.delivery_detail, message.kind,
  message.notification_id;

-- name: reported
delete from outbox where notification_id = any($1::text[]);

-- name: unread
-- What arrived where whom it is for reads nothing any more. `held`: the reply that it was while it waited, if it did.
insert into history (ticket_number, at, actor, action, detail, why)
select given.ticket_number, clock_timestamp(), 'desk', 'notification.unread',
  jsonb_strip_nulls(jsonb_build_object('message', given.message, 'kind', given.kind, 'held', held_reply.id)), ''
from unnest($1::bigint[], $2::uuid[], $3::text[]) as given (ticket_number, message, kind)
left join held_reply on held_reply.ticket_number = given.ticket_number and held_reply.message_id = given.message;

-- name: template
-- A template went in place of the words of these messages: said once of each. `held` as for `unread`.
with written as (
  insert into history (ticket_number, at, actor, action, detail, why)
  select message.ticket_number, clock_timestamp(), 'desk', 'notification.template',
    jsonb_strip_nulls(jsonb_build_object('message', message.id, 'kind', message.kind, 'held', held_reply.id)), ''
  from message
  left join held_reply on held_reply.ticket_number = message.ticket_number and held_reply.message_id = message.id
  where message.id = any($1::uuid[]) and not exists (
    select from history as before
    where before.ticket_number = message.ticket_number and before.action = 'notification.template'
      and before.detail ->> 'message' = message.id::text
  )
  returning detail
)
select (detail ->> 'message')::uuid as message from written;

-- name: failures
insert into history (ticket_number, at, actor, action, detail, why)
select ticket_number, clock_timestamp(), 'desk', 'notification.failed', detail::jsonb, why
from unnest($1::bigint[], $2::text[], $3::text[]) as given (ticket_number, detail, why);
