-- Words that go out again by another way, because they did not arrive on the first one. The ticket is locked.

-- name: failed
-- The message of a notification that will not arrive, unless it went another way before; locked.
select id, kind, body, body_html, subject, author_name, attachments, addressed, automation, accepted_at
from message
where notification_id = $1 and ticket_number = $2 and fallback_of is null and deleted_at is null
  and kind in ('agent', 'automatic') and coalesce(delivery_state, '') in ('', 'queued', 'sent')
for update;

-- name: proven
-- Addresses of a contact that were proven to be theirs.
select kind, address, undeliverable_since is not null as stopped
from identity where contact_id = $1 and kind in ('email', 'phone') and grade = 'verified'
order by first_seen_at, kind, address
limit $2;

-- name: talks
-- Where the contact and the desk have texted or called each other, the last first.
select case channel when 'voice' then 'sms' else channel end as medium, requester_address as address, account, conversation
from ticket
where requester_id = $1 and channel in ('sms', 'whatsapp', 'voice') and conversation is not null
order by number desc
limit $2;

-- name: mailbox
-- To which of the desk's mailboxes the contact wrote last.
select account from ticket where requester_id = $1 and channel = 'email' order by number desc limit 1;

-- name: goes_again
update message
set notification_id = $2, fallback_of = $3, delivery_state = 'queued', delivery_detail = null, rfc_message_id = $4,
  fallback_to = $5
where id = $1;
