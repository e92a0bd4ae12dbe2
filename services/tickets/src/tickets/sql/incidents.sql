-- Updates of a problem to its incidents.

-- name: open_incidents
-- Tickets that say that a problem is their cause, and on which somebody waits.
select ticket.number from ticket_link join ticket on ticket.number = ticket_link.ticket_number
where to_number = $1 and kind = 'caused_by' and status not in ('solved', 'closed') and merged_into is null
order by ticket.number
limit $2;

-- name: insert_update
insert into problem_update (ticket_number, at, actor, agent, name, via, token_id, texts, internal, status, resolution,
  cause)
values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11, $12)
returning id;

-- name: insert_incidents
insert into incident_update (update_id, ticket_number) select $1, unnest($2::bigint[]);

-- name: update
select * from problem_update where id = $1;

-- name: lease
-- One that waits, for whoever asks: nobody else gets it until the lease is over. What was tried before comes last.
update incident_update set leased_until = clock_timestamp() + make_interval(secs => $2)
where (update_id, ticket_number) in (
  select update_id, ticket_number from incident_update
  where update_id = $1 and state = 'waiting' and (leased_until is null or leased_until < clock_timestamp())
  order by leased_until nulls first, ticket_number
  limit 1
  for update skip locked
)
returning ticket_number;

-- name: incident
-- Whether somebody still waits on a ticket, and in which language.
select language, status, merged_into from ticket where number = $1;

-- name: note
update incident_update set state = $3, why = $4, message_id = $5, at = clock_timestamp(), leased_until = null
where update_id = $1 and ticket_number = $2 and state = 'waiting';

-- name: give_back
update incident_update set leased_until = null where update_id = $1 and state = 'waiting' and ticket_number = $2;

-- name: waiting
select count(*) from incident_update where update_id = $1 and state = 'waiting';

-- name: updates
-- The newest updates of a problem with what became of each.
select problem_update.*,
  (
    select jsonb_agg(
      jsonb_build_object(
        'number', incident_update.ticket_number, 'state', state, 'why', why, 'message_id', message_id, 'at',
        incident_update.at
      ) order by incident_update.ticket_number
    )
    from incident_update where update_id = problem_update.id
  ) as incidents
from problem_update
where ticket_number = $1 and ($2::bigint is null or id = $2)
order by id desc
limit $3;
