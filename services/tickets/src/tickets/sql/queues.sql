-- What waits for an agent. `{whose}` stands for whose tickets ($1) that must also be of the teams ($2), channels ($3) and
-- urgencies ($4) that were asked for, where some were; `{also}` for what else must hold of them. What falls due first comes
-- first, then the most urgent, then the oldest: (next_due_at, rank, number), of which those without a time come last.

-- name: held
-- How many there are, up to a limit.
select count(*) from (select from ticket where {whose} limit $5) as few;

-- name: few
-- All of them put in order, for whoever has not too many.
select ticket.number, ticket.rank, next_due_at
from (
  select number, {rank} as rank from ticket where {whose} and ($5::bigint[] is null or number = any($5)) offset 0
) as ticket
left join service_level on ticket_number = ticket.number
where ($7::integer is null
    or (coalesce(next_due_at, 'infinity'), rank, number) > (coalesce($6::timestamptz, 'infinity'), $7, $8::bigint))
  and ($10::text is null or exists (
    select from ticket_search where ticket_search.number = ticket.number and terms @@ $10::tsquery))
  {also}
order by next_due_at nulls last, rank, number
limit $9;

-- name: due
-- The same for whoever has more than that: along what falls due next on the whole desk, until there are enough. Limit and
-- offset keep the planner from looking for the tickets first.
select ticket.number, rank, next_due_at
from (
  select ticket_number, next_due_at from service_level
  where next_due_at >= coalesce($5::timestamptz, '-infinity') order by next_due_at limit 1000000
) as level
cross join lateral (
  select number, {rank} as rank from ticket where number = level.ticket_number and {whose} offset 0
) as ticket
where ($6::integer is null or (next_due_at, rank, number) > ($5, $6, $7::bigint)) {also}
order by next_due_at, rank, number
limit $8;

-- name: undue
-- And those for which no clock runs.
select number, rank, null::timestamptz as next_due_at
from (select number, {rank} as rank from ticket where {whose} offset 0) as ticket
where ($5::integer is null or (rank, number) > ($5, $6::bigint))
  and not exists (
    select from service_level where ticket_number = ticket.number and next_due_at is not null
  )
  {also}
order by rank, number
limit $7;

-- name: items
-- Tickets in this order, with the last thing that was said where the customer could hear it, and since when the customer
-- has waited for an answer.
select ticket.*, service_level.state as level,
  array(select number from ticket as other where other.merged_into = ticket.number order by number) as merged,
  said.kind as said_kind, said.author_name as said_by, said.author_address as said_from, said.at as said_at,
  said.words as said_words, waiting.since as waiting_since,
  exists (select from team where team.name = ticket.team and not team.active) as team_retired
from unnest($1::bigint[]) with ordinality as wanted (number, place)
join ticket on ticket.number = wanted.number
left join service_level on service_level.ticket_number = ticket.number
left join lateral (
  select message.kind, author_name, author_address, accepted_at as at, left(coalesce(reply_text, body), 1000) as words
  from message where {public}
  order by accepted_at desc, intake_sequence desc limit 1
) as said on true
left join lateral (
  select min(accepted_at) as since from message
  where {public} and message.kind = 'customer' and {by_hand}
    and accepted_at > coalesce((
      select max(accepted_at) from message where {public} and {answer}
    ), '-infinity')
) as waiting on true
order by place;

-- name: mentions
-- Notes that name an agent and that they have not read, newest first, beyond a place. `{narrow}` stands for the filters.
select mention.id, mention.ticket_number as number, message_id, mention.actor, at,
  left(body, 1000) as words
from mention join message on message.id = message_id join ticket on ticket.number = mention.ticket_number
where agent = $1 and read_at is null and ($6::bigint is null or mention.id < $6) and {narrow}
  and ($5::text is null or exists (
    select from ticket_search where ticket_search.number = mention.ticket_number and terms @@ $5::tsquery))
order by mention.id desc limit $7;

-- name: paged
-- Pages that wait for an agent, the first to be answered first, beyond a place.
select page.id, page.ticket_number as number, ladder, paged_at, answer_by, attempt
from page join ticket on ticket.number = ticket_number
where agent = $1 and acknowledged_at is null and withdrawn_at is null
  and ($6::timestamptz is null or (answer_by, page.id) > ($6, $7::uuid))
  and {narrow}
  and ($5::text is null or exists (
    select from ticket_search where ticket_search.number = page.ticket_number and terms @@ $5::tsquery))
order by answer_by, page.id limit $8;

-- name: counts
-- How much each view holds; none is counted beyond a limit ($3).
select
  (select count(*) from (select from ticket where {mine} limit $3) as few) as mine,
  (select count(*) from (select from ticket where {unassigned} limit $3) as few) as unassigned,
  (select count(*) from (
    select from (select number from ticket where {mine} limit $4) as ticket where {waiting} limit $3
  ) as few) as waiting,
  (select count(*) from (select from mention where agent = $1 and read_at is null limit $3) as few) as mentions,
  (
    select count(*) from (
      select from page where agent = $1 and acknowledged_at is null and withdrawn_at is null limit $3
    ) as few
  ) as paged;

-- name: pulse
-- A team at a glance; nothing is counted beyond a limit ($2).
select
  (select count(*) from (
    select from ticket where team = $1 and status <> 'closed' and status <> 'solved' limit $2
  ) as few) as open,
  (select count(*) from (
    select from ticket where team = $1 and assignee is null and status in ('new', 'open') limit $2
  ) as few) as unassigned,
  soon.breached, soon.due_within_an_hour, oldest.number as oldest_unassigned,
  oldest.created_at as oldest_unassigned_since
from (
  select count(*) filter (where next_due_at <= now()) as breached,
    count(*) filter (where next_due_at > now()) as due_within_an_hour
  from service_level join ticket on ticket.number = ticket_number
  where next_due_at <= now() + interval '1 hour'
    and team = $1 and status <> 'closed' and status <> 'solved'
) as soon left join (
  -- The oldest of each priority: that is how they lie in the index.
  select number, created_at
  from generate_series(0, 3) as place cross join lateral (
    select number, created_at from ticket
    where team = $1 and assignee is null and status in ('new', 'open') and {rank} = place
    order by number limit 1
  ) as first
  order by number limit 1
) as oldest on true;

-- name: people
-- The active members of a team, and until when those who are absent are.
select agent.*, (
  select max(ends_at) from absence
  where agent = handle and starts_at <= clock_timestamp() and ends_at > clock_timestamp()
) as absent_until
from team_member join agent on handle = team_member.agent
where team_member.team = $1 and agent.active
order by handle limit 500;

-- name: adopted
-- Retired teams whose tickets somebody sees beside those of their own teams: where people work in its tier, these; else
-- whoever leads a team; else everybody.
with at_work as materialized (
  select agent, tier, role from team_member
  join team on team.name = team_member.team and team.active join agent on agent.handle = team_member.agent and agent.active
)
select gone.name from team as gone
where not gone.active and case
  when exists (select from at_work where tier = gone.tier)
    then exists (select from at_work where tier = gone.tier and agent = $1)
  when exists (select from at_work where role = 'lead')
    then exists (select from at_work where role = 'lead' and agent = $1)
  else true end
order by gone.name;
