-- What the telephone asks while somebody waits on the line.

-- name: teams
-- Teams in use, with the ladders that they name and what they are called.
select name, ladder, title_es, title_en from team where active order by name;

-- name: with_phone
-- Agents at work who can be rung at all.
select handle from agent where active and phone is not null order by handle;

-- name: caller
-- Whom the desk knows by a number.
select contact.id, contact.name, identity.grade
from identity join contact on contact.id = identity.contact_id
where identity.kind = 'phone' and identity.address = $1;

-- name: open_tickets
-- Their open tickets, newest first. Status by status, as in facts.sql: an index of nothing but open tickets is read
-- whole otherwise.
select ticket.number, ticket.subject, ticket.team, ticket.status, ticket.requester_name
from unnest(array['new', 'open', 'pending', 'on_hold']) as wanted (status)
cross join lateral (
  select number, subject, team, ticket.status, requester_name from ticket
  where requester_id = $1 and ticket.status = wanted.status and requester_address = $2 and merged_into is null
  order by number desc limit $3
) as ticket
order by ticket.number desc limit $3;
