-- Callbacks. The ticket is locked by whoever writes.

-- name: insert
insert into callback (id, ticket_number, team, agent, number, account, asked_by, asked_at, wanted_at, state, next_at)
select id, number, team, agent, phone, account, asked_by, asked_at, wanted_at, 'scheduled', next_at
from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
  $9::timestamptz[], $10::timestamptz[])
  as given (id, number, team, agent, phone, account, asked_by, asked_at, wanted_at, next_at)
on conflict (id) do nothing;

-- name: one
select * from callback where id = $1;

-- name: open_of
select * from callback where ticket_number = any($1::bigint[]) and state in ('scheduled', 'due', 'talking');

-- name: one_number
-- Until the end of the transaction nobody else begins a callback to this number.
select pg_advisory_xact_lock(hashtextextended($1, 73));

-- name: others
-- Other callbacks to a number, as far as they go on, or have ended since this one was asked for.
select * from callback
where number = $1 and id <> $2 and (state in ('scheduled', 'due', 'talking') or ended_at > $3)
order by asked_at desc limit $4;

-- name: talked_in
-- In which ticket of this person's, of the callback's team or its own, an agent has taken their call since the one in
-- which it was asked for.
select message.ticket_number
from identity
join ticket on ticket.requester_id = identity.contact_id and ticket.updated_at > $4
join message on message.ticket_number = ticket.number
where identity.kind = 'phone' and identity.address = $1 and (ticket.number = $2 or ticket.team = $3)
  and message.kind = 'customer' and message.channel = 'voice' and message.author_address = $1
  and message.accepted_at > $4 and message.addressed ->> 'taken_by' is not null
order by message.accepted_at desc limit 1;

-- name: shown
-- Callbacks of a ticket, or one of them, with their attempts: as one moment saw them.
select callback.*, tried.attempt as tried, tried.begun_at, tried.outcome as tried_outcome, tried.agent as tried_agent,
  tried.seconds, tried.call, tried.ended_at as tried_ended_at
from (
  select * from callback where ticket_number = $1 or id = $2 order by asked_at desc, id limit $3
) as callback
left join callback_attempt as tried on tried.callback = callback.id
order by callback.asked_at desc, callback.id, tried.attempt;

-- name: attempts
select * from callback_attempt where callback = any($1::uuid[]) order by callback, attempt;

-- name: begin
insert into callback_attempt (callback, attempt, begun_at) values ($1, $2, $3);

-- name: report
-- What is told of an attempt; a sign of life ends none.
update callback_attempt set outcome = $3, agent = coalesce($4, agent), seconds = coalesce($5, seconds),
  call = coalesce($6, call), ended_at = case when $3::text is null then null else $7::timestamptz end
where callback = $1 and attempt = $2;

-- name: save
update callback set state = $2, attempt = $3, next_at = $4, outcome = $5, ended_at = $6, agent = $7
where id = $1;

-- name: withdraw
-- End these, and let a worker tell whoever rings; what nobody has begun rings nowhere.
with withdrawn as (
  update callback set state = 'withdrawn', next_at = null, ended_at = $2
  where id = any($1::uuid[]) and state in ('scheduled', 'due', 'talking')
  returning *
), ended as (
  update callback_attempt set outcome = 'withdrawn', ended_at = $2
  from withdrawn
  where callback_attempt.callback = withdrawn.id and callback_attempt.outcome is null
), forgotten as (
  delete from due using withdrawn
  where due.ticket_number = withdrawn.ticket_number and due.kind = 'callback' and due.key = withdrawn.id::text
)
insert into due (ticket_number, kind, key, due_at, detail)
select ticket_number, 'callback_withdrawn', id::text, $2,
  jsonb_build_object('attempt', attempt, 'team', team, 'agent', agent, 'number', number, 'account', account)
from withdrawn where attempt > 0;

-- name: hand_over
-- What waits goes with its ticket to another team.
update callback set team = given.team, agent = null
from unnest($1::bigint[], $2::text[]) as given (number, team)
where callback.ticket_number = given.number and callback.state = 'scheduled' and callback.team <> given.team;

-- name: move
-- What waits goes with its ticket into another one, unless that one has the like.
with moved as (
  update callback set ticket_number = $2
  where ticket_number = $1 and state in ('scheduled', 'due', 'talking')
    and not exists (
      select from callback as there
      where there.ticket_number = $2 and there.number = callback.number
        and there.state in ('scheduled', 'due', 'talking')
    )
  returning id
)
update due set ticket_number = $2
from moved
where due.ticket_number = $1 and due.kind = 'callback' and due.key = moved.id::text;

-- name: asked_lately
-- How many callbacks that callers asked for have made telephones ring, for each of these numbers, within a day.
select number, count(*) as asked from callback
where number = any($1::text[]) and asked_by = 'customer' and attempt > 0 and asked_at > $2::timestamptz - interval '1 day'
group by number;

-- name: whose
-- Those of these tickets whose requester is known by the number beside it.
select given.number as ticket_number
from unnest($1::bigint[], $2::text[]) as given (number, phone)
join ticket on ticket.number = given.number
where exists (
  select from identity
  where identity.kind = 'phone' and identity.address = given.phone and identity.contact_id = ticket.requester_id
);

-- name: phones
-- Numbers by which a requester is known, the surest first.
select address from identity where kind = 'phone' and contact_id = $1
order by grade = 'verified' desc, grade = 'plausible' desc, first_seen_at desc limit 5;

-- name: calendars
-- Teams in use and the calendars that they name.
select name, calendar from team where name = any($1::text[]) and active;
