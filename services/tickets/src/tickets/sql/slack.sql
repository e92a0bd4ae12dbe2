-- Agents as Slack knows them.

-- name: staff
-- Those of these people of Slack, written as team/user, who are agents at work.
select team_id || '/' || user_id as address, handle, name
from unnest($1::text[], $2::text[]) as given (team_id, user_id)
join slack_user using (team_id, user_id)
join agent on handle = slack_user.agent
where active;

-- name: recognise
-- Link people of Slack, with the mail addresses that Slack has confirmed, to the agents at work whose addresses these are,
-- and write it down. Nobody is linked twice, and by no address that several agents share. Another replica may do the same
-- at this moment: the first one wins. An agent who is just being removed is waited for, and left out.
with found as (
  select team_id, user_id, handle
  from unnest($1::text[], $2::text[], $3::text[]) as given (team_id, user_id, mail)
  join agent on active and lower(email) = lower(mail)
  where not exists (
    select from agent as other where other.active and lower(other.email) = lower(mail) and other.handle <> agent.handle
  ) and not exists (
    select from slack_user as known
    where known.team_id = given.team_id and (known.user_id = given.user_id or known.agent = agent.handle)
  )
  order by team_id, user_id
  for key share of agent
), linked as (
  insert into slack_user (team_id, user_id, agent)
  select team_id, user_id, handle from found
  on conflict do nothing
  returning team_id, user_id, agent
)
insert into desk_decision (actor, action, detail, why)
select 'desk', 'agent.slack_linked', jsonb_build_object('name', agent, 'team_id', team_id, 'user_id', user_id),
  'wrote in a customer''s thread; Slack has confirmed the mail address'
from linked;

-- name: owner
select agent from slack_user where team_id = $1 and user_id = $2;

-- name: addressed
-- Agents at work who have a mail address; more than one where people share it.
select handle from agent where active and lower(email) = lower($1) order by handle limit 2;

-- name: there
-- Who an agent is in a team of Slack.
select user_id from slack_user where agent = $1 and team_id = $2;

-- name: link
insert into slack_user (team_id, user_id, agent) values ($1, $2, $3);

-- name: unlink
-- In one team, or in all.
delete from slack_user where agent = $1 and ($2::text is null or team_id = $2) returning team_id, user_id;
