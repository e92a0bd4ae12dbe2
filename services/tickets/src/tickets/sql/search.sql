-- Ways to find tickets. `{conditions}` stands for `terms @@ $n` for each word and filter, from $4 on, and `{hits}` for
-- how often each of them holds.

-- name: window
-- Tickets in a range of numbers, weighed one by one without any index but the primary key: which of them match. The
-- offset ($3, always 0) keeps the planner from looking for the words first.
select array_agg(number) filter (where {conditions}) as found, array[{hits}] as hits
from (
  select number, terms from ticket_search where number >= $1 and number < $2 offset $3
) as newest;

-- name: tickets
select ticket.*, service_level.state as level,
  array(select number from ticket as other where other.merged_into = ticket.number order by number) as merged,
  exists (select from team where team.name = ticket.team and not team.active) as team_retired
from ticket left join service_level on service_level.ticket_number = ticket.number
where number = any($1::bigint[]) order by number desc;

-- name: places
-- Matches place by place, in no order inside a place, until there are enough: what comes after is not even looked at.
-- The place stands first among the conditions: the index then begins there, and skips from match to match of the rarest.
select match.number, place.ordinal
from unnest($1::tsquery[]) with ordinality as place (condition, ordinal)
cross join lateral (
  select number from ticket_search where terms @@ place.condition and {conditions} offset 0
) as match
where match.number < $2
limit $3;

-- name: tidy
-- Move new entries from the index's list of pending ones to their places: every look into the index reads that list.
select gin_clean_pending_list('ticket_search_terms') where pg_try_advisory_xact_lock($1);
