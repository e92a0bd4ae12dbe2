-- Open tickets of teams that are retired: nobody else's, so they are told of until somebody hands them on.

-- name: untold
-- Those whose history does not say yet that their team is retired, the oldest first.
select ticket.number from team cross join lateral (
  select number from ticket
  where ticket.team = team.name and status <> 'closed' and status <> 'solved' and not exists (
    select from history
    where ticket_number = ticket.number and action = 'team.retired' and detail ->> 'team' = team.name
      and at >= coalesce(team.retired_at, '-infinity')
  )
  order by number limit $1
) as ticket
where not team.active order by number limit $1;

-- name: lock
-- Those of them that nobody else is working on; who is left out comes next time.
select ticket.*, array(select address from participant where ticket_number = ticket.number and left_at is null)
    as participants
from ticket where number = any($1::bigint[]) order by number for update of ticket skip locked;

-- name: still_untold
-- A statement of its own: it sees what was committed while the locks were waited for.
select number from ticket join team on team.name = ticket.team
where number = any($1::bigint[]) and not team.active and status <> 'closed' and status <> 'solved' and not exists (
  select from history
  where ticket_number = ticket.number and action = 'team.retired' and detail ->> 'team' = team.name
    and at >= coalesce(team.retired_at, '-infinity')
);

-- name: begin_telling
-- Whoever finds the mark missing tells the leads; once for each time that a team is retired.
update team set leads_told_at = clock_timestamp() where name = $1 and not active and leads_told_at is null
returning leads_told_at, title_es, title_en;

-- name: leads
-- Who leads a team in use, or led this one.
select agent.*, array[]::text[] as teams from agent
where active and exists (
  select from team_member join team on team.name = team_member.team
  where team_member.agent = agent.handle and role = 'lead' and (team.active or team.name = $1)
)
order by handle limit 50;

-- name: left_by
-- How many open tickets teams have, and the first of them.
select wanted.team, tickets.count, tickets.first
from unnest($1::text[]) as wanted (team) cross join lateral (
  select count(*) as count, (array_agg(number order by number))[1:5] as first from ticket
  where ticket.team = wanted.team and status <> 'closed' and status <> 'solved'
) as tickets
where tickets.count > 0 order by wanted.team;

-- name: standing
-- The same of every retired team, counted up to a limit.
select team.name as team, (
  select count(*) from (
    select from ticket where ticket.team = team.name and status <> 'closed' and status <> 'solved' limit $1
  ) as few
) as count
from team where not active order by team.name;
