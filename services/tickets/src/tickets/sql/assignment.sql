-- Who gets which ticket. Locks come in this order: tickets by number, then agents by handle, then rows of teams.

-- name: teams_at_work
-- Teams in use; those that are not `manual` hand out their tickets by themselves.
select name, assignment from team where active;

-- name: teams_named
select name, active from team where name = any($1::text[]);

-- name: peopled
-- Whether the desk has teams, and agents, at all.
select exists (select from team) as teams, exists (select from agent) as agents;

-- name: words
-- What a ticket may name as its category and its skills: the same as the router is told (`desk` in facts.sql).
select
  array(select name from category order by name) as categories,
  array(select name from skill union select unnest(skills) from agent where active order by 1) as skills;

-- name: lock_members
-- Whoever hands out tickets of a team holds its people until the end: two that do so at once go one after the other. The
-- next statement sees what the one before has handed out. (In the order of code points, in which turns go too.)
select handle from agent
where active and handle in (select agent from team_member where team = any($1::text[]))
order by handle collate "C"
for no key update;

-- name: teams_of
-- Teams in use of which an agent is.
select team from team_member join team on team.name = team_member.team and team.active where agent = $1 order by team;

-- name: members
-- Of these teams, those who are among these people (null: all): each with their team, with absence and with what they
-- hold. A team without anybody has no row: nobody could get its tickets.
with people as materialized (
  select array_agg(distinct agent) as handles from team_member where team = any($1::text[])
), load as materialized (
  -- In one pass, out of the index `ticket_load` alone.
  select assignee, array_agg(channel || ' ' || tickets) as held
  from (
    select assignee, channel, count(*) as tickets from ticket
    where assignee = any((select handles from people)::text[]) and status in ('new', 'open')
    group by assignee, channel
  ) as of_channel
  group by assignee
), away as materialized (
  select agent, max(ends_at) as until from absence
  where agent = any((select handles from people)::text[])
    and starts_at <= clock_timestamp() and ends_at > clock_timestamp()
  group by agent
)
select team.name as team, team.tier as team_tier, assignment, last_assigned, agent.*, load.held,
  away.until as absent_until,
  -- Of the calendar by which they work, as `calendar_marks` has it.
  case when hours->>'calendar' is not null then (
    select version || ' ' || created_at from desk_document
    where kind = 'calendar' and name = hours->>'calendar' and not retired order by version desc limit 1
  ) end as calendar_mark
from team join team_member on team_member.team = team.name join agent on agent.handle = team_member.agent
  left join load on load.assignee = agent.handle left join away on away.agent = agent.handle
where team.name = any($1::text[]) and team.active and agent.active
  and ($2::text[] is null or handle = any($2::text[]))
order by team.name, handle collate "C";

-- name: move_turns
update team set last_assigned = given.agent
from (
  select name, agent from unnest($1::text[], $2::text[]) as given (name, agent) order by name collate "C"
) as given
where team.name = given.name and team.last_assigned is distinct from given.agent;

-- name: note_rerouted
-- What rules made of tickets that a message joined.
update ticket set type = given.type, category = given.category, priority = given.priority, tier = given.tier,
  team = given.team, policy = given.policy, assignee = given.assignee
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
  as given (number, type, category, priority, tier, team, policy, assignee)
where ticket.number = given.number;

-- name: waiting
-- Tickets that wait in the queues of these teams, so many of each: the most urgent and then the oldest first.
select ticket.* from unnest($1::text[]) as wanted (team)
cross join lateral (
  select number, ticket.team, channel, tier, language, written_in, skills from ticket
  where ticket.team = wanted.team and assignee is null and status in ('new', 'open')
  order by case priority when 'urgent' then 0 when 'high' then 1 when 'normal' then 2 else 3 end, number
  limit $2
) as ticket;

-- name: lock_waiting
-- Those of them that still wait and that nobody else is working on; who is left out comes next time.
select ticket.*, array(select address from participant where ticket_number = ticket.number and left_at is null)
    as participants
from ticket
where number = any($1::bigint[]) and assignee is null and status in ('new', 'open')
order by number
for update of ticket skip locked;

-- name: stranded
-- Tickets of people who are retired, and open ones that people had before their absence began. What they took or were
-- given since then is theirs: whoever did that knew.
select number from (
  select ticket.number from agent join ticket on ticket.assignee = agent.handle
  where not agent.active and ticket.status <> 'closed' and ticket.status <> 'solved'
  union
  select ticket.number from absence join ticket on ticket.assignee = absence.agent
  where starts_at <= clock_timestamp() and ends_at > clock_timestamp() and ticket.status in ('new', 'open')
    and ticket.created_at < greatest(starts_at, absence.created_at) and not exists (
      select from history
      where ticket_number = ticket.number and at >= greatest(starts_at, absence.created_at)
        and (action = 'ticket.assigned' or (action = 'ticket.changed' and detail ->> 'field' = 'assignee'))
    )
) as stranded
order by number limit $1;

-- name: left_behind
-- Whether a ticket that somebody has is to be handed on: they are retired, or absent and had it before.
select not agent.active or exists (
  select from absence
  where absence.agent = agent.handle and starts_at <= clock_timestamp() and ends_at > clock_timestamp()
    and ticket.status in ('new', 'open') and ticket.created_at < greatest(starts_at, absence.created_at) and not exists (
      select from history
      where ticket_number = ticket.number and at >= greatest(starts_at, absence.created_at)
        and (action = 'ticket.assigned' or (action = 'ticket.changed' and detail ->> 'field' = 'assignee'))
    )
) as left_behind
from ticket join agent on agent.handle = ticket.assignee where number = $1;

-- name: skills
select skills from ticket where number = $1;

-- name: held_since
-- When a ticket was given to whoever has it.
select at from history
where ticket_number = $1 and (action = 'ticket.assigned' or (action = 'ticket.changed' and detail ->> 'field' = 'assignee'))
order by id desc limit 1;

-- name: agent
-- Somebody of the desk with the role that they have in a team, null for none.
select agent.*, array(select team || ' ' || role from team_member where agent = agent.handle order by team) as teams,
  (select role from team_member where agent = agent.handle and team = $2) as role
from agent where handle = $1;

-- name: takers
-- Those of these people who are agents at work, with their teams in use; and all teams in use.
select handle,
  array(select team from team_member join team on team.name = team and team.active where agent = handle) as teams,
  array(select name from team where active) as in_use
from agent where active and handle = any($1::text[]);

-- name: team
select * from team where name = $1;

-- name: team_members
select agent from team_member join agent on handle = agent and active where team = $1 order by role, agent limit 20;

-- name: leading
-- Whether somebody leads a team, and whether anybody does.
select
  exists (select from team_member where agent = $1 and role = 'lead') as leads,
  exists (select from team_member join agent on handle = agent and active where role = 'lead') as has_leads;

-- name: teams_of_tier
select * from team where tier = $1 and active order by name;

-- name: explained_before
-- When a ticket was last reopened, and when what solved it and what caused it were last said, as places in its history.
select
  max(id) filter (where case action
    when 'message.added' then detail -> 'status' ->> 0 in ('solved', 'closed')
    else detail ->> 'field' = 'status' and detail ->> 'old' in ('solved', 'closed')
      and detail ->> 'new' not in ('solved', 'closed')
  end) as reopened,
  max(id) filter (where action = 'ticket.changed' and detail ->> 'field' = 'resolution') as resolution,
  max(id) filter (where action = 'ticket.changed' and detail ->> 'field' = 'cause') as cause
from history where ticket_number = $1 and action in ('message.added', 'ticket.changed');

-- name: category
select needs_cause from category where name = $1;

-- name: way_back
-- The last handover that nothing has led back from.
select id, from_team, from_tier, from_agent, to_team from handover
where ticket_number = $1 and not returned and kind <> 'return'
order by id desc limit 1;

-- name: insert_handover
insert into handover (ticket_number, at, kind, from_team, from_tier, from_agent, to_team, to_tier, reason, note_id, actor,
  next_update_by, returned)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $3 = 'return')
returning id;

-- name: mark_returned
update handover set returned = true where id = $1;

-- name: follow
-- Only agents can follow: what else stands as assignee of old tickets is nobody who could be told.
insert into follower (ticket_number, agent, since, why)
select $1, handle, $3, $4 from agent where handle = any($2::text[]) order by handle
on conflict (ticket_number, agent) do nothing;

-- name: follows
select exists (select from follower where ticket_number = $1 and agent = $2);

-- name: followers
select follower.agent, follower.since, follower.why from follower where ticket_number = $1 order by since, agent;

-- name: following
-- Agents who follow a ticket and are still there.
select agent.*, array[]::text[] as teams from follower join agent on handle = follower.agent and active
where ticket_number = $1 order by handle;

-- name: handovers
select * from handover where ticket_number = $1 order by id limit 500;

-- name: opened_by
-- How the first message of a ticket was written: `no` by a person.
select automation from message where ticket_number = $1 and kind <> 'note'
order by accepted_at, coalesce(intake_sequence, 9223372036854775807), id limit 1;
