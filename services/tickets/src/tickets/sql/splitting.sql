-- Messages that become a ticket of their own. The ticket that they leave is locked.

-- name: messages
-- These messages, as far as they are the ticket's, in their order.
select id, kind, channel, account, author_address, author_name, subject, left(coalesce(reply_text, body), 20000) as words,
  language, accepted_at, came_by, deleted_at is not null as deleted,
  coalesce(findings -> 'authentication' ->> 'grade', '') as grade
from message
where ticket_number = $1 and id = any($2::uuid[])
order by accepted_at, intake_sequence nulls last, id;

-- name: left_behind
-- How many messages of customers stay.
select count(*) from message where ticket_number = $1 and kind = 'customer' and not id = any($2::uuid[]);

-- name: move
update message set ticket_number = $2 where ticket_number = $1 and id = any($3::uuid[]);

-- name: lead
-- Answers to them, and what stands in their threads, go where they went.
update thread_reference set ticket_number = $2 where ticket_number = $1 and message_id = any($3::uuid[]);
