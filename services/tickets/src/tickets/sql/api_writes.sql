-- What the API writes, each inside a transaction with the history and the events that belong to it.

-- name: lock_ticket
select ticket.*,
  array(select address from participant where ticket_number = ticket.number and left_at is null) as participants
from ticket where number = $1 for update of ticket;

-- name: update_ticket
update ticket set version = $2, subject = $3, type = $4, category = $5, status = $6, impact = $7, urgency = $8,
  priority = $9, tier = $10, team = $11, assignee = $12, tags = $13, cause = $14, resolution = $15, updated_at = $16,
  first_response_at = $17, solved_at = $18, closed_at = $19, policy = $20,
  skills = $21,
  status_since = case when status <> $6 then $16 else status_since end
where number = $1
returning status_since is not distinct from $16 as status_changed;

-- name: message_ticket
-- The ticket of a message that exists.
select ticket_number from message where id = $1;

-- name: thread
-- Ids of the ticket's mails, newest first.
select kind, rfc_message_id from message
where ticket_number = $1 and rfc_message_id is not null and kind <> 'note'
order by accepted_at desc, intake_sequence desc nulls last
limit $2;

-- name: begun
-- Whether a ticket's customer has written something, or the desk has to them: until then nothing is answered.
select exists (
  select from message
  where ticket_number = $1 and (kind in ('customer', 'agent') or (kind = 'automatic' and notification_id is not null))
);

-- name: claim_key
-- Returns nothing if the key is taken; whoever takes it at the same moment is waited for.
insert into idempotency_key (token_id, key, request_hash) values ($1, $2, $3)
on conflict do nothing
returning 1;

-- name: key
select request_hash, result from idempotency_key where token_id = $1 and key = $2;

-- name: finish_key
update idempotency_key set result = $3::jsonb where token_id = $1 and key = $2;

-- name: forget_keys
-- A few of the oldest, each time one is added.
delete from idempotency_key
where (token_id, key) in (
  select token_id, key from idempotency_key
  where created_at < clock_timestamp() - interval '7 days'
  order by created_at limit 20
  for update skip locked
);

-- name: insert_upload
insert into upload (id, token_id, attachment) values ($1, $2, $3::jsonb);

-- name: take_uploads
-- An upload belongs to the reply that sends it, and to one only.
update upload set message_id = $3 where id = any($1::uuid[]) and token_id = $2 and message_id is null
returning id, attachment;

-- name: lock_quarantined
select * from quarantine where id = $1 for update;

-- name: decide_quarantined
update quarantine set state = $2, decided_at = clock_timestamp(), decided_by = $3, why = $4, ticket_number = $5
where id = $1;

-- name: places
-- Where the acceptance and the event of a quarantined message lie.
select epoch, sequence, intake_epoch, intake_sequence from ledger where message_id = $1 and outcome = 'quarantined';

-- name: release_ledger
update ledger set outcome = $4, reason = $2, ticket_number = $3, settled_at = clock_timestamp()
where message_id = $1 and outcome = 'quarantined'
returning 1;

-- name: notified
select id, ticket_number from message where notification_id = $1;

-- name: undeliverable_among
select address from identity
where kind = 'email' and address = any($1::text[]) and undeliverable_since is not null
order by address;
