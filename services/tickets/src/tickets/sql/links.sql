-- Links between tickets. Both are locked by whoever writes.

-- name: between
select ticket_number, to_number, kind from ticket_link
where (ticket_number, to_number) in (($1::bigint, $2::bigint), ($2::bigint, $1::bigint));

-- name: numbers
-- Tickets with which one has to do.
select case when ticket_number = $1 then to_number else ticket_number end as number
from ticket_link where ticket_number = $1 or to_number = $1
order by 1;

-- name: caused
-- How many tickets say that this one is their cause.
select count(*) from ticket_link where to_number = $1 and kind = 'caused_by';

-- name: insert
insert into ticket_link (ticket_number, to_number, kind, linked_at, linked_by) values ($1, $2, $3, $4, $5);

-- name: delete
delete from ticket_link
where (ticket_number, to_number) in (($1::bigint, $2::bigint), ($2::bigint, $1::bigint));

-- name: links
-- Links of a ticket with what the other one is like, newest ticket first.
select other.number, other.subject, other.type, other.status, other.priority, other.team, other.assignee,
  link.kind, link.linked_at, link.linked_by, link.outwards
from (
  select to_number as number, kind, linked_at, linked_by, true as outwards from ticket_link where ticket_number = $1
  union all
  select ticket_number, kind, linked_at, linked_by, false from ticket_link where to_number = $1
) as link
join ticket as other using (number)
order by other.number desc
limit $2;
