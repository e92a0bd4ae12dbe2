-- An agent's day. `{mine}`, `{public}`, `{by_hand}` and `{answer}` as in `queues`.

-- name: did
-- What an agent did since a time ($2), in one row; `answered` are tickets to which they gave the
-- first answer.
with line as materialized (
  select ticket_number, at, action, detail from history
  where actor = 'agent:' || $1 and actor like 'agent:%' and at >= $2
  order by at limit 10000
), change as (
  select ticket_number, detail ->> 'field' as field, detail ->> 'old' as old, detail ->> 'new' as new
  from line where action = 'ticket.changed'
), theirs as (
  select number from ticket where {mine} and updated_at >= $2
  union
  select ticket_number from line
)
select
  (
    select count(distinct ticket_number) from change
    where field = 'status' and new in ('solved', 'closed') and old not in ('solved', 'closed')
  ) as solved,
  (
    select count(*) from line left join message on message.id = (detail ->> 'message')::uuid
    where action = 'reply.sent' and not coalesce((addressed ->> 'aside')::boolean, false)
  ) as replied,
  (
    select count(distinct theirs.number) from theirs join history on ticket_number = theirs.number
    where at >= $2 and (
      (action = 'ticket.assigned' and detail ->> 'assignee' = $1)
      or (action = 'ticket.changed' and detail ->> 'field' = 'assignee' and detail ->> 'new' = $1)
    )
  ) as taken,
  (
    select count(distinct ticket_number) from change where field = 'assignee' and old = $1 and new is distinct from $1
  ) as handed_on,
  array(
    select json_build_array(ticket.created_at, ticket.first_response_at, service_level.state)::text
    from ticket left join service_level on service_level.ticket_number = ticket.number
    where ticket.number in (select ticket_number from line where action in ('reply.sent', 'call.taken'))
      and first_response_at >= $2
      and exists (
        select from line where action in ('reply.sent', 'call.taken') and line.ticket_number = ticket.number
          and line.at between first_response_at and first_response_at + interval '1 second'
      )
    limit 5000
  ) as answered;

-- name: holds
-- What an agent holds: how many, whose customer has waited longest, and clocks of what nobody has answered in time.
with held as materialized (
  -- The oldest: whoever holds more than that has other worries.
  select number, first_response_at
  from (select number, first_response_at from ticket where {mine} offset 0) as theirs order by number limit 1000
), waiting as (
  select number, (
    select min(accepted_at) from message
    where {public} and message.kind = 'customer' and {by_hand}
      and accepted_at > coalesce((
        select max(accepted_at) from message where {public} and {answer}
      ), '-infinity')
  ) as since
  from held as ticket where {waiting}
), oldest as (
  select number, since from waiting where since is not null order by since, number limit 1
)
select (select count(*) from ticket where {mine}) as open, (select number from oldest) as oldest, (select since from oldest) as since,
  array(
    select state from held join service_level on ticket_number = number
    where first_response_at is null and next_due_at <= now()
  ) as unanswered;
