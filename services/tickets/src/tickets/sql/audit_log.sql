-- The log of what people did to the desk, and not in a ticket. Rows are only ever added.

-- name: add
insert into desk_decision (actor, action, detail, why, token, origin) values ($1, $2, $3::jsonb, $4, $5, $6);

-- name: entries
-- Newest first. An action that ends in a dot stands for all that begin with it.
select * from desk_decision
where id < $1
  and ($2::text is null or action = $2 or (right($2, 1) = '.' and starts_with(action, $2)))
  and ($3::text is null or actor = $3)
  and ($4::timestamptz is null or at >= $4)
  and ($5::timestamptz is null or at < $5)
order by id desc limit $6;

-- name: expired
-- How many lines are older than the desk keeps them; the table never lets go of the last thirty days.
select count(*) from desk_decision where at < clock_timestamp() - make_interval(days => greatest($1, 30));

-- name: forget
with old as (
  select id from desk_decision where at < clock_timestamp() - make_interval(days => greatest($1, 30)) order by id limit $2
)
delete from desk_decision where id in (select id from old) returning 1;

-- name: add_once
-- What was done elsewhere, unless it stands here. What is older may have stood here, and have been let go of since.
insert into desk_decision (at, actor, action, detail, why, token, origin, source)
select $1, $2, $3, $4::jsonb, $5, $6, $7, $8
where $1::timestamptz > clock_timestamp() - interval '29 days'
on conflict (source) where source is not null do nothing
returning id;

-- name: dropped_calls
-- Calls that an operator dropped, in the histories of their tickets: no service reports on them.
insert into history (ticket_number, at, actor, action, detail, why)
select ticket.number, $1, 'desk', case given.kind when 'callback' then 'callback.dropped' else 'page.dropped' end,
  jsonb_build_object('call', given.id), $2
from unnest($3::bigint[], $4::text[], $5::text[]) as given (number, kind, id)
join ticket on ticket.number = given.number;
