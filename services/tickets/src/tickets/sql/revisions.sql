-- Messages that their authors edit or delete.

-- name: find
-- The message that has this id in its channel; of several that claim it, the author's.
select message.id, message.ticket_number
from thread_reference join message on message.id = thread_reference.message_id
where thread_reference.reference = $1 and thread_reference.own and message.rfc_message_id = $2
order by message.author_address <> $3, thread_reference.ordinal
limit 1;

-- name: message
-- A message of a locked ticket, with the agent who wrote it, where one did.
select message.id, ticket_number, kind, author_address, subject, body, body_cut, language, edited_at, deleted_at,
  (select count(*) from message_revision where message_id = message.id) as revisions,
  exists (select from message_revision where message_id = message.id and revision = $2) as noted,
  (select agent from slack_user where message.kind = 'agent' and team_id || '/' || user_id = author_address) as agent
from message where message.id = $1;

-- name: keep
insert into message_revision (message_id, revision, kind, body, revised_at) values ($1, $2, $3, $4, $5);

-- name: edit
-- HTML and what was newly written were made from the text that stood there.
update message set body = $2, body_cut = $3, body_html = null, reply_text = null, edited_at = $4 where id = $1;

-- name: delete
update message set body = '', body_cut = false, body_html = null, reply_text = null, subject = '', deleted_at = $2
where id = $1;

-- name: decision
select decision from routing where message_id = $1;

-- name: put_decision
update routing set decision = $2 where message_id = $1;

-- name: revisions
-- What a message said before, oldest first.
select revision, kind, body, revised_at, noted_at from message_revision
where message_id = $1
order by revised_at, revision
limit $2;

-- name: forget
-- Texts of messages that were deleted long ago; so many at a time.
delete from message_revision
where (message_id, revision) in (
  select message_id, revision
  from message_revision join message on message.id = message_id
  where deleted_at < clock_timestamp() - make_interval(days => $1)
  limit $2
)
returning 1;
