-- Agents as Slack knows them.

-- name: staff
-- Those of these people of Slack, written as team/user, who are agents at work.
select team_id || '/' || user_id as address, handle, name
from unnest($1::text[], $2::text[]) as given (team_id, user_id)
join slack_user using (team_id, user_id)
join agent on handle = slack_user.agent
where active;

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
