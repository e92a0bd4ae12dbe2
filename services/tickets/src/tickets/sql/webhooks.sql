-- Queries of webhooks on their way.

-- name: insert
-- What is there already is the same call: an id is derived from what causes it.
insert into webhook_call (id, name, ticket_number, body)
select id, name, number, body from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[]) as given (id, name, number, body)
on conflict (id) do nothing;

-- name: take
-- Calls whose turn it is, so many of each webhook: one that hangs must not keep the others waiting.
update webhook_call set tries = tries + 1, due_at = clock_timestamp() + make_interval(secs => $3)
where id in (
  select ready.id
  from unnest($1::text[], $2::integer[]) as wanted (name, free)
  cross join lateral (
    select id from webhook_call
    where name = wanted.name and given_up_at is null and due_at <= clock_timestamp()
    order by due_at
    limit wanted.free
    for update skip locked
  ) as ready
)
returning id, name, ticket_number, body, began_at, tries, clock_timestamp() as now;

-- name: take_unknown
-- Calls that no setting names a way for.
update webhook_call set tries = tries + 1, due_at = clock_timestamp() + make_interval(secs => $3)
where id in (
  select id from webhook_call
  where name <> all($1::text[]) and given_up_at is null and due_at <= clock_timestamp()
  order by name, due_at
  limit $2
  for update skip locked
)
returning id, name, ticket_number, body, began_at, tries, clock_timestamp() as now;

-- name: done
-- It was taken; whoever was slower finds nothing to note.
with gone as (delete from webhook_call where id = $1 returning ticket_number, name)
insert into history (ticket_number, at, actor, action, detail, why)
select ticket_number, clock_timestamp(), 'desk', 'webhook.delivered', jsonb_build_object('webhook', name, 'id', $1, 'tries', $2::integer), $3
from gone where ticket_number is not null;

-- name: again
-- Only if nobody has taken it since.
update webhook_call set due_at = $3, said = $4 where id = $1 and tries = $2 and given_up_at is null;

-- name: give_up
with given as (
  update webhook_call set given_up_at = clock_timestamp(), said = $3
  where id = $1 and tries = $2 and given_up_at is null
  returning ticket_number, name
)
insert into history (ticket_number, at, actor, action, detail, why)
select ticket_number, clock_timestamp(), 'desk', 'webhook.given_up', jsonb_build_object('webhook', name, 'id', $1, 'tries', $2), $3
from given where ticket_number is not null;

-- name: note_unknown
insert into history (ticket_number, at, actor, action, detail, why)
select $1::bigint, clock_timestamp(), 'desk', 'webhook.unknown', jsonb_build_object('webhook', $2::text, 'id', $3::uuid), $4::text;

-- name: waiting
select count(*) as calls from (select 1 from webhook_call where given_up_at is null limit 100000) as counted;

-- name: forget
delete from webhook_call where given_up_at < clock_timestamp() - interval '90 days';
