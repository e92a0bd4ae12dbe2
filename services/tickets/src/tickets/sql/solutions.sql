-- Solved tickets and the words in which they were asked for.

-- name: lead
-- Whether this transaction is the one that learns.
select pg_try_advisory_xact_lock($1) as leads;

-- name: take
-- Tickets to be read, the newest first: the answers of today matter most. By itself, so that what is read next is what
-- has been written until now; whoever writes from now on notes the ticket anew.
delete from solution_pending where ticket_number in (
  select ticket_number from solution_pending order by ticket_number desc limit $1 for update skip locked
)
returning ticket_number;

-- name: read
-- What they say. What is no answer any more has no resolution.
select number, subject, language, cause,
  case when status in ('solved', 'closed') and merged_into is null then resolution end as resolution,
  (
    select left(coalesce(reply_text, body), 4000) from message
    where message.ticket_number = ticket.number and kind = 'customer'
    order by accepted_at, intake_sequence limit 1
  ) as text
from ticket where number = any($1::bigint[]);

-- name: known
select ticket_number, words, tsvector_to_array(terms) as lexemes from solution where ticket_number = any($1::bigint[]);

-- name: learn
-- What was read, what is no solution any more, and how often each word stands in all of them now.
with gone as (
  delete from solution where ticket_number = any($1::bigint[])
), kept as (
  insert into solution (ticket_number, terms, words)
  select number, terms::tsvector, words from unnest($2::bigint[], $3::text[], $4::smallint[]) as given (number, terms, words)
  on conflict (ticket_number) do update set terms = excluded.terms, words = excluded.words
), total as (
  update solution_total set tickets = tickets + $5, words = solution_total.words + $6
)
insert into solution_word as known (lexeme, tickets)
select lexeme, tickets from unnest($7::text[], $8::integer[]) as given (lexeme, tickets)
on conflict (lexeme) do update set tickets = known.tickets + excluded.tickets;

-- name: question
-- What a ticket asks, and where it comes from.
select number, subject, language, category, team, (
    select left(coalesce(reply_text, body), 4000) from message
    where message.ticket_number = ticket.number and kind = 'customer'
    order by accepted_at, intake_sequence limit 1
  ) as text, (
    select organisation from organisation_domain where domain = split_part(requester_address, '@', 2)
  ) as organisation
from ticket where number = $1;

-- name: words
-- In how many solutions these lexemes stand, those that stand in one; beside them how many there are in all.
select lexeme, solution_word.tickets, total.tickets as total, total.words as total_words
from solution_total as total left join solution_word on lexeme = any($1::text[]) and solution_word.tickets > 0;

-- name: candidates
-- Solved tickets that one of some conditions holds for, so many at most, the likeliest first: `{points}` weighs each by the
-- lexemes of the question. What was opened again, merged or thrown away since is left out.
with met as materialized (
  select distinct number
  from (
    select found.ticket_number as number
    from unnest($1::tsquery[]) as one (condition) cross join lateral (
      select ticket_number from solution where terms @@ one.condition limit $2 offset 0
    ) as found
    limit $2
  ) as any_of_them
  where number <> $3
), likeliest as (
  select number, {points} as points from met join solution on ticket_number = number
  order by points desc, number desc limit 4 * $4
)
select number, points from likeliest join ticket using (number)
where status in ('solved', 'closed') and merged_into is null and resolution is not null
  and category <> 'spam' and not 'spam' = any(tags)
order by points desc, number desc limit $4;

-- name: solved
-- What is shown of solved tickets, with their lexemes by place.
select number, subject, status, category, team, language, priority, assignee, solved_at, resolution, cause,
  tsvector_to_array(ts_filter(terms, '{a}')) as in_subject, tsvector_to_array(ts_filter(terms, '{b}')) as in_text,
  tsvector_to_array(ts_filter(terms, '{c}')) as in_answer, (
    select organisation from organisation_domain where domain = split_part(requester_address, '@', 2)
  ) as organisation
from ticket join solution on ticket_number = number
where number = any($1::bigint[]);
