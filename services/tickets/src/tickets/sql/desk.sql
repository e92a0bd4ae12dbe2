-- The desk as data: who works here, how, and for whom.

-- name: lock
-- One change of the desk at a time: a file is compared with what is there, and nothing may move meanwhile.
select pg_advisory_xact_lock($1);

-- name: teams
select * from team where name > $1 and ($2::text is null or name = $2) order by name limit $3;

-- name: members
-- Of teams, or of one.
select team, agent, role from team_member where team = any($1::text[]) order by team, agent;

-- name: agents
select agent.*,
  array(select team || ' ' || role from team_member where agent = handle order by team) as teams,
  array(select team_id || '/' || user_id from slack_user where slack_user.agent = handle order by 1) as slack
from agent where handle > $1 and ($2::text is null or handle = $2) order by handle limit $3;

-- name: organisations
select organisation.*,
  array(select domain from organisation_domain where organisation = organisation.name order by domain) as domains
from organisation where name > $1 and ($2::text is null or name = $2) order by name limit $3;

-- name: customers
select customer_mark.*, array(select address from customer_way where customer = name order by address) as ways
from customer_mark where name > $1 and ($2::text is null or name = $2) order by name limit $3;

-- name: put_customer
insert into customer_mark (name, vip, tags) values ($1, $2, $3)
on conflict (name) do update set version = customer_mark.version + 1, vip = excluded.vip, tags = excluded.tags;

-- name: drop_ways
delete from customer_way where customer = $1 and address <> all($2::text[]);

-- name: put_ways
-- What was there keeps its time.
insert into customer_way (customer, kind, address) select $1, kind, address
from unnest($2::text[], $3::text[]) as given (kind, address)
on conflict do nothing;

-- name: remove_customer
delete from customer_mark where name = $1;

-- name: categories
select name, needs_cause from category order by name;

-- name: skills
select name from skill order by name;

-- name: put_skill
insert into skill (name) values ($1) on conflict do nothing;

-- name: remove_skill
delete from skill where name = $1;

-- name: put_category
insert into category (name, needs_cause) values ($1, $2)
on conflict (name) do update set needs_cause = excluded.needs_cause;

-- name: remove_category
delete from category where name = $1;

-- name: put_team
insert into team (name, title_es, title_en, tier, assignment, calendar, ladder, active, retired_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, case when not $8 then clock_timestamp() end)
on conflict (name) do update set version = team.version + 1, title_es = excluded.title_es,
  title_en = excluded.title_en, tier = excluded.tier, assignment = excluded.assignment, calendar = excluded.calendar,
  ladder = excluded.ladder, active = excluded.active,
  retired_at = case when not excluded.active then coalesce(team.retired_at, excluded.retired_at) end,
  leads_told_at = case when not excluded.active then team.leads_told_at end;

-- name: put_agent
insert into agent (handle, name, email, languages, skills, weight, hours, capacity, tiers, active, phone)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9, $10, $11)
on conflict (handle) do update set version = agent.version + 1, name = excluded.name, email = excluded.email,
  languages = excluded.languages, skills = excluded.skills, weight = excluded.weight, hours = excluded.hours,
  capacity = excluded.capacity, tiers = excluded.tiers, active = excluded.active, phone = excluded.phone;

-- name: shared_phone
-- Two agents at work with the same number, of whom one is among these.
select agent.handle as agent, other.handle as other
from agent join agent as other on other.phone = agent.phone and other.handle <> agent.handle
where agent.handle = any($1::text[]) and agent.active and other.active
order by 1, 2 limit 1;

-- name: leave_teams
delete from team_member where agent = $1 and team <> all($2::text[]);

-- name: join_teams
insert into team_member (team, agent, role)
select team, $1, role from unnest($2::text[], $3::text[]) as given (team, role) order by team
on conflict (team, agent) do update set role = excluded.role where team_member.role <> excluded.role;

-- name: put_organisation
insert into organisation (name, vip, plan, tags) values ($1, $2, $3, $4)
on conflict (name) do update set version = organisation.version + 1, vip = excluded.vip, plan = excluded.plan,
  tags = excluded.tags;

-- name: leave_domains
delete from organisation_domain where organisation = $1 and domain <> all($2::text[]) returning domain;

-- name: take_domains
insert into organisation_domain (domain, organisation)
select domain, $1 from unnest($2::text[]) as given (domain) order by domain
on conflict (domain) do nothing;

-- name: foreign_domains
-- Domains of these that belong to another organisation.
select domain, organisation from organisation_domain where domain = any($2::text[]) and organisation <> $1
order by domain;

-- name: remove_organisation
delete from organisation where name = $1;

-- name: set_availability
update agent set availability = $2, availability_since = clock_timestamp(), version = version + 1
where handle = $1 and availability <> $2
returning 1;

-- name: add_absence
insert into absence (agent, starts_at, ends_at, why, created_by) values ($1, $2, $3, $4, $5)
returning id;

-- name: remove_absence
delete from absence where agent = $1 and id = $2 returning starts_at, ends_at;

-- name: absences
-- Present and future ones of agents, soonest first.
select id, agent, starts_at, ends_at, why, created_by from absence
where agent = any($1::text[]) and ends_at > clock_timestamp()
order by agent, starts_at, id;

-- name: held
-- Open tickets of agents by channel.
select assignee, channel, count(*) as tickets from ticket
where assignee = any($1::text[]) and status in ('new', 'open')
group by assignee, channel;

-- name: note_fact
insert into facts_outbox (kind, name) select $1, name from unnest($2::text[]) as given (name);

-- name: now
select clock_timestamp() as now;
