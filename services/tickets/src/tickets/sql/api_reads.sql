-- What the API reads. Nothing here writes or locks.

-- name: newest
-- Tickets below a number, newest first.
select * from ticket where number < $1 order by number desc limit $2;

-- name: newest_number
-- The newest ticket below a number; 0 if there is none.
select coalesce(max(number), 0) from ticket where number < $1;

-- name: ticket
select * from ticket where number = $1;

-- name: messages
-- Messages of a ticket in their order: by time of acceptance, then place in INTAKE; what we wrote ourselves last.
select * from (
  select *, coalesce(intake_sequence, 9223372036854775807) as place from message where ticket_number = $1
) as message
where $2::timestamptz is null or (accepted_at, place, id) > ($2, $3::bigint, $4::uuid)
order by accepted_at, place, id
limit $5;

-- name: message
select *, coalesce(intake_sequence, 9223372036854775807) as place from message where id = $1;

-- name: message_files
-- What is needed to hand out a file or the original of a message, or of one that waits in quarantine.
select id, attachments, raw from message where id = $1
union all
select id, '[]'::jsonb, raw from quarantine where id = $1
limit 1;

-- name: public_messages
-- What the customer may see, newest first.
select id, kind, author_address, author_name, body, body_cut, accepted_at,
  array(select file ->> 'filename' from jsonb_array_elements(attachments) as file
        where not coalesce((file ->> 'inline')::boolean, false)) as attachment_names
from message
where ticket_number = $1
  and (kind in ('customer', 'agent') or (kind = 'automatic' and author_address = account))
order by accepted_at desc, coalesce(intake_sequence, 9223372036854775807) desc, id desc
limit $2;

-- name: history
select * from history where ticket_number = $1 and id > $2 order by id limit $3;

-- name: opening
-- The message that opened a ticket.
select id from message
where ticket_number = $1 and kind <> 'note'
order by accepted_at, coalesce(intake_sequence, 9223372036854775807), id
limit 1;

-- name: routing
select routing.decision, routing.message_id, message.ticket_number
from routing join message on message.id = routing.message_id
where routing.message_id = $1 and message.ticket_number = $2;

-- name: quarantine
-- What waits for a person, oldest first.
select id, reason, channel, account, sender_address, subject, accepted_at, created_at, state, decided_at, decided_by,
  why, ticket_number, raw is not null as has_raw
from quarantine
where state = 'waiting' and ($1::timestamptz is null or (created_at, id) > ($1, $2::uuid))
order by created_at, id
limit $3;

-- name: quarantined
select *, raw is not null as has_raw from quarantine where id = $1;
