-- What the router is told of customers and of the desk.

-- name: customers
-- What is known of whoever writes from these addresses, a row for each. Counts stop at a limit: beyond it, more makes no
-- difference.
select given.kind, given.address, contact.language, contact.created_at, mark.vip as own_vip, mark.tags as own_tags,
  organisation.name as organisation, organisation.vip, organisation.plan, organisation.tags,
  (
    -- Status by status: to a planner that last saw the desk when all was solved, an index of nothing but open tickets
    -- looks like the cheapest way to them, and would be read whole for each customer.
    select count(*) from (
      select from unnest(array['new', 'open', 'pending', 'on_hold']) as wanted (status)
      join ticket on ticket.requester_id = contact.id and ticket.status = wanted.status limit $3
    ) as few
  ) as open_tickets,
  (select count(*) from (select from ticket where requester_id = contact.id limit $3) as few) as tickets
from unnest($1::text[], $2::text[]) as given (kind, address)
left join identity on identity.kind = given.kind and identity.address = given.address
left join contact on contact.id = identity.contact_id
left join customer_mark as mark on mark.name = given.kind || '/' || given.address
left join organisation_domain on given.kind = 'email' and domain = split_part(given.address, '@', 2)
left join organisation on organisation.name = organisation_domain.organisation;

-- name: domains
select given.domain, organisation.name, organisation.vip, organisation.plan, organisation.tags
from unnest($1::text[]) as given (domain)
left join organisation_domain on organisation_domain.domain = given.domain
left join organisation on organisation.name = organisation_domain.organisation
order by given.domain;

-- name: all_domains
select domain from organisation_domain where domain > $1 order by domain limit $2;

-- name: addresses_of_domains
-- Customers at these domains, page by page.
select address from identity
where kind = 'email' and split_part(address, '@', 2) = any($1::text[]) and address > $2
order by address limit $3;

-- name: desk
select
  array(select name from team where active order by name) as teams,
  array(select name from category order by name) as categories,
  array(
    select name from skill union select unnest(skills) from agent where active order by 1
  ) as skills,
  clock_timestamp() as now;

-- name: due
select id, kind, name from facts_outbox order by id limit $1;

-- name: told
delete from facts_outbox where id = any($1::bigint[]);

-- name: newest
select coalesce(max(id), 0) as mark from history;

-- name: beat
insert into facts_writer (writer, history_mark) values ($1, $2)
on conflict (writer) do update set history_mark = excluded.history_mark, seen_at = clock_timestamp();

-- name: leave
delete from facts_writer where writer = $1;

-- name: dead_writers
-- Processes that have not been heard of: what they settled since their mark may be untold.
select writer, history_mark from facts_writer
where seen_at < clock_timestamp() - make_interval(secs => $1) order by writer limit 20;

-- name: since
-- Customers of tickets to which something happened after a place in the history, with the last place looked at.
select (array_agg(distinct case when channel in ('api', 'portal') then 'email' else channel end || ' ' || requester_address))
    as customers, max(history.id) as last
from (select id, ticket_number from history where id > $1 order by id limit $2) as history
join ticket on ticket.number = history.ticket_number;
