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
