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
select message.id, ticket_number, kind, author_address, subject, body, body_cut, language, deleted_at,
  greatest(revised_at, edited_at) as revised_at,
  (select count(*) from message_revision where message_id = message.id) as revisions,
  exists (select from message_revision where message_id = message.id and revision = $2) as noted,
  (select agent from slack_user where message.kind = 'agent' and team_id || '/' || user_id = author_address) as agent
from message where message.id = $1;

-- name: keep
insert into message_revision (message_id, revision, kind, body, revised_at) values ($1, $2, $3, $4, $5);

-- name: edit
-- HTML and what was newly written were made from the text that stood there.
update message
set body = $2, body_cut = $3, body_html = null, reply_text = null, edited_at = $4, revised_at = greatest(revised_at, $4),
  subject = $5
where id = $1;

-- name: said
-- What is said in a ticket; nothing where that is more than so many messages or letters.
with said as (
  select subject || chr(10) || body as words, language, author_name, author_address
  from message where ticket_number = $1 limit $2 + 1
)
select * from said
where (select count(*) <= $2 and sum(length(words)) <= $3 from said);

-- name: forget_words
update ticket_search set terms = ts_delete(terms, $2::text[]) where number = $1;

-- name: seen
-- It says already what it was made to say.
update message set revised_at = greatest(revised_at, $2) where id = $1;

-- name: late
-- It was edited, although what it says is what it had said at first.
update message set edited_at = coalesce(edited_at, revised_at) where id = $1;

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

-- name: sent
-- A message of a locked ticket, where it stands, whose it is, and the last thing that was asked of its channel.
select message.id, message.ticket_number, message.kind, message.body, message.deleted_at, message.edited_at,
  message.accepted_at, message.account, message.author_name, message.notification_id, message.rfc_message_id,
  message.delivery_state, message.delivery_detail, message.attachments,
  place.number as place_number, place.channel as place_channel, place.account as place_account,
  place.conversation as place_conversation, place.page_epoch as place_epoch,
  (select actor from history
   where history.ticket_number in (message.ticket_number, place.number) and action = 'reply.sent'
     and detail ->> 'message' = message.id::text
   order by history.id limit 1) as actor,
  coalesce(latest.number, 0) as revision, latest.kind as revision_kind, latest.state as revision_state
from message
join ticket as place on place.number = coalesce(message.came_by, message.ticket_number)
left join lateral (
  select number, kind, state from sent_revision where message_id = message.id order by number desc limit 1
) as latest on true
where message.id = $1;

-- name: ask
insert into sent_revision (id, message_id, number, kind, requested_at) values ($1, $2, $3, $4, $5);

-- name: asked
-- The ticket and the message of a revision that a channel reports on.
select message.ticket_number, message.id, sent_revision.kind, sent_revision.number
from sent_revision join message on message.id = sent_revision.message_id
where sent_revision.id = $1;

-- name: answer
-- Says nothing where it was known before.
update sent_revision set state = $2, detail = $3 where id = $1 and state = 'queued' returning id;

-- name: last_asked
-- The last revision of each of these messages that its channel was asked for.
select distinct on (message_id) message_id, number, kind, state, detail, requested_at
from sent_revision where message_id = any($1::uuid[])
order by message_id, number desc;
