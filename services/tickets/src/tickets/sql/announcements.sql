-- What the desk announces, and who wants to be told of its end. A problem that was merged goes on in another ticket.

-- name: listed
-- Those that have not ended, the most important first; without `$1` only what is announced at this moment.
select announcement.*,
  starts_at <= clock_timestamp() as begun,
  (
    select count(*) from announcement_wish
    where announcement_id = announcement.id and announcement_wish.state in ('waiting', 'due')
  ) as waiting
from announcement
left join ticket as problem on problem.number = problem_number
left join ticket as going_on on going_on.number = problem.merged_into
where ended_at is null and (until is null or until > clock_timestamp())
  and coalesce(going_on.status, problem.status, 'open') not in ('solved', 'closed')
  and ($1::boolean or starts_at <= clock_timestamp())
order by importance desc, starts_at desc, id desc
limit $2;

-- name: newest
-- The one that has this key, or had it last.
select announcement.*,
  starts_at <= clock_timestamp() as begun,
  (
    select count(*) from announcement_wish
    where announcement_id = announcement.id and announcement_wish.state in ('waiting', 'due')
  ) as waiting
from announcement where key = $1 order by ended_at is null desc, id desc limit 1;

-- name: open
select * from announcement where key = $1 and ended_at is null;

-- name: lock_open
select * from announcement where id = $1 and ended_at is null for no key update;

-- name: count_open
select count(*) from announcement where ended_at is null;

-- name: insert
insert into announcement (key, texts, importance, problem_number, starts_at, until, created_at, created_by)
values ($1, $2::jsonb, $3, $4, $5, $6, $7, $8)
returning id;

-- name: change
update announcement set texts = $2::jsonb, importance = $3, problem_number = $4, starts_at = $5, until = $6
where id = $1;

-- name: end
update announcement set ended_at = $2, ended_by = $3, ended_why = $4 where id = $1;

-- name: over
-- Those that end by themselves: their time is over, or their problem is solved.
select announcement.id, key, problem_number,
  case when coalesce(going_on.status, problem.status) in ('solved', 'closed') then 'solved' else 'expired' end as why
from announcement
left join ticket as problem on problem.number = problem_number
left join ticket as going_on on going_on.number = problem.merged_into
where ended_at is null
  and (until <= clock_timestamp() or coalesce(going_on.status, problem.status) in ('solved', 'closed'))
order by announcement.id
limit $1;

-- name: wished
-- The announcement that somebody heard under a key at a time.
select announcement.id, coalesce(going_on.number, problem.number) as problem_number,
  coalesce(going_on.status, problem.status, 'closed') in ('solved', 'closed') as problem_done
from announcement
left join ticket as problem on problem.number = problem_number
left join ticket as going_on on going_on.number = problem.merged_into
where key = $1 and starts_at <= $2 and (ended_at is null or ended_at > $2::timestamptz - make_interval(secs => $3))
order by announcement.id desc
limit 1;

-- name: wishes
select count(*) from announcement_wish where announcement_id = $1;

-- name: has_wish
select exists (select from announcement_wish where announcement_id = $1 and ticket_number = $2);

-- name: add_wish
-- One of each telephone: a later call moves it where the ticket of the earlier one is done.
insert into announcement_wish (announcement_id, ticket_number, address, wished_at, opened) values ($1, $2, $3, $4, $5)
on conflict (announcement_id, address) do update
set ticket_number = excluded.ticket_number, wished_at = excluded.wished_at, opened = excluded.opened
where announcement_wish.state = 'waiting' and exists (
  select from ticket where number = announcement_wish.ticket_number and status in ('solved', 'closed')
)
returning ticket_number;

-- name: link_who_wait
-- Let a worker make incidents of the tickets that were opened by those who wait.
insert into due (ticket_number, kind, key, due_at, detail)
select ticket_number, $2, 'link-' || announcement_id, clock_timestamp(),
  jsonb_build_object('alone', $2::text, 'keys', jsonb_build_array(key), 'address', address, 'at', clock_timestamp(),
    'opened', true)
from announcement_wish join announcement on announcement.id = announcement_id
where announcement_id = $1 and state = 'waiting' and opened
order by ticket_number
on conflict (ticket_number, kind, key) do nothing;

-- name: drop_wishes
update announcement_wish set state = 'skipped', why = $2, settled_at = clock_timestamp()
where announcement_id = $1 and state = 'waiting';

-- name: release
-- Let a worker tell those who wait for nothing any more: what was announced is over, and solved if it is a problem.
-- Who has a problem's ticket usually says so in words of their own: they get a while for it.
with ready as (
  select wish.announcement_id, wish.ticket_number, problem.number is not null as of_problem
  from announcement_wish as wish
  join announcement on announcement.id = wish.announcement_id
  left join ticket as problem on problem.number = problem_number
  left join ticket as going_on on going_on.number = problem.merged_into
  where wish.state = 'waiting' and case
    when problem.number is null then ended_at is not null
    else coalesce(going_on.status, problem.status) in ('solved', 'closed')
  end
  order by wish.ticket_number
  limit $1
  for update of wish skip locked
), put as (
  insert into due (ticket_number, kind, key, due_at, detail)
  select ticket_number, $2, announcement_id::text,
    clock_timestamp() + make_interval(secs => case when of_problem then $3::float8 else 0 end),
    jsonb_build_object('alone', $2::text, 'announcement', announcement_id)
  from ready
  on conflict (ticket_number, kind, key) do nothing
)
update announcement_wish set state = 'due' from ready
where announcement_wish.announcement_id = ready.announcement_id
  and announcement_wish.ticket_number = ready.ticket_number
returning announcement_wish.ticket_number;

-- name: wish
-- What is to be told in a ticket, and whether somebody of the desk has said it: in an update of the problem, or in an
-- answer since it was over.
select wish.address, wish.state, wish.wished_at, key, texts, ended_why,
  coalesce(going_on.number, problem.number) as problem,
  coalesce(going_on.status, problem.status) in ('solved', 'closed') as problem_done,
  exists (
    select from incident_update join problem_update on problem_update.id = update_id
    where incident_update.ticket_number = wish.ticket_number and state = 'told' and not internal
      and incident_update.at >= wish.wished_at and (status = 'solved' or incident_update.at >= over.at)
  ) or exists (
    select from message
    where message.ticket_number = wish.ticket_number and message.kind = 'agent' and message.accepted_at >= over.at
  ) as said
from announcement_wish as wish
join announcement on announcement.id = wish.announcement_id
left join ticket as problem on problem.number = problem_number
left join ticket as going_on on going_on.number = problem.merged_into
cross join lateral (
  select coalesce(going_on.solved_at, problem.solved_at, going_on.closed_at, problem.closed_at, ended_at) as at
) as over
where wish.announcement_id = $1 and wish.ticket_number = $2;

-- name: settle_wish
update announcement_wish set state = $3, why = $4, message_id = $5,
  settled_at = case when $3 in ('told', 'skipped') then clock_timestamp() end
where announcement_id = $1 and ticket_number = $2;
