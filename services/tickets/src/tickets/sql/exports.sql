-- What is given to a person who asks what is kept of them.

-- name: tickets
select number, subject, type, category, status, channel, account, language, requester_name, requester_address,
  requester_grade, page_epoch, created_at, updated_at, first_response_at, solved_at, closed_at, resolution
from ticket where number = any($1::bigint[]) order by number;

-- name: messages
-- What they wrote, and in their own tickets what the desk said to them. Notes are the desk's, what others wrote is theirs.
select id, ticket_number, kind, channel, author_name, author_address, subject, body, language, attachments, raw, sent_at,
  accepted_at, delivery_state, edited_at, deleted_at
from message
where (ticket_number = any($1::bigint[]) and kind in ('agent', 'automatic')
    and not coalesce((addressed ->> 'aside')::boolean, false))
  or (ticket_number = any($1::bigint[] || $2::bigint[]) and kind = 'customer' and author_address = any($3::text[]))
order by ticket_number, accepted_at, intake_sequence;

-- name: left_out
-- How many messages of their own tickets are not given: notes, and what others wrote.
select ticket_number, count(*) filter (where kind = 'note') as notes,
  count(*) filter (where kind = 'customer' and not author_address = any($2::text[])) as of_others
from message where ticket_number = any($1::bigint[]) group by ticket_number order by ticket_number;

-- name: identities
select kind, address, grade, first_seen_at, undeliverable_since, undeliverable_reason from identity
where (kind, address) in (select * from unnest($1::text[], $2::text[])) order by kind, address;

-- name: marks
select name, vip, tags from customer_mark
where name in (select kind || '/' || address from unnest($1::text[], $2::text[]) as one (kind, address)) order by name;

-- name: ways
select customer, kind, address, added_at from customer_way
where customer in (select kind || '/' || address from unnest($1::text[], $2::text[]) as one (kind, address))
order by customer, kind, address;

-- name: takes_part
select ticket_number, kind, address, role, name, added_at, left_at from participant
where (kind, address) in (select * from unnest($1::text[], $2::text[])) order by ticket_number;

-- name: wishes
-- Whether they want texts, by number of the desk.
select medium, account, address, wants_none, said_at from text_wish where address = any($1::text[]) order by said_at;

-- name: codes
select ticket_number, medium, address, sent_at, ended_at, outcome, delivery from one_time_code
where ticket_number = any($2::bigint[]) or address = any($1::text[]) order by sent_at;

-- name: announcements
select announcement.key, wish.address, wish.wished_at, wish.state
from announcement_wish as wish join announcement on announcement.id = wish.announcement_id
where wish.address = any($1::text[]) order by wished_at;

-- name: callbacks
select ticket_number, number, wanted_at, state, outcome, asked_at, ended_at from callback
where ticket_number = any($2::bigint[]) or number = any($1::text[]) order by asked_at;

-- name: quarantine
select id, reason, channel, account, sender_address, subject, raw, accepted_at, state, decided_at from quarantine
where sender_address = any($1::text[]) order by accepted_at;

-- name: listed
select kind, sender, note, created_at, expires_at from sender_list where sender = any($1::text[]) order by id;
