-- Ladders: where they stand on tickets, and whom they tell.

-- name: facts
-- Tickets as they are at this point of the transaction, with the run that is under way and whether pages wait.
select number, status, priority, team, policy, due.key, due.detail,
  exists (
    select from page where ticket_number = number and acknowledged_at is null and withdrawn_at is null
  ) as paged, clock_timestamp() as now
from ticket left join due on due.ticket_number = ticket.number and due.kind = 'ladder'
where number = any($1::bigint[]);

-- name: team_ladders
select name, ladder from team where name = any($1::text[]) and ladder is not null;

-- name: now
select clock_timestamp() as now;

-- name: run
-- The run that is under way on a locked ticket, and whether its next step is due.
select key, detail, due_at <= clock_timestamp() as is_due from due where ticket_number = $1 and kind = 'ladder';

-- name: teams
select * from team where name = any($1::text[]);

-- name: members
select team, agent.handle, role from team_member join agent on agent.handle = team_member.agent and agent.active
where team = any($1::text[]) order by team, role, handle limit $2;

-- name: agents
-- Those of these people, and those of these teams.
select agent.*, array[]::text[] as teams from agent
where handle = any($1::text[]) or handle in (select agent from team_member where team = any($2::text[]))
order by handle limit $3;

