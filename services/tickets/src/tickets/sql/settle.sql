-- Queries that settle a batch of routed messages. They run in this order, in one transaction.

-- name: epochs
-- Numbers of streams, made on first sight.
insert into stream_epoch (stream, created_at)
select * from unnest($1::text[], $2::text[])
on conflict (stream, created_at) do nothing;

-- name: rule_texts
-- What the rules ask, under an id of just these texts.
insert into rule_texts (id, texts) values ($1, $2) on conflict (id) do nothing;

-- name: epochs_known
select id, stream, created_at from stream_epoch;

-- name: settled
-- Which of these acceptances have come to an end already.
select epoch, sequence, outcome, ticket_number, message_id, vanished, event_id
from ledger
where (epoch, sequence) in (select * from unnest($1::smallint[], $2::bigint[]));

-- name: effects
-- Which of these messages exist already, whatever acceptance brought them.
select id, ticket_number from message where id = any($1::uuid[])
union all
select id, ticket_number from quarantine where id = any($1::uuid[]);

-- name: references
-- The tickets that know these ids, the oldest first: eight a reference, and of a conversation, which more may know, the
-- newest eight beside them.
select known.reference, known.ordinal, known.ticket_number, known.own,
  case when known.own then null else message.author_address end as author,
  case when known.own then null else message.addressed end as addressed
from unnest($1::uuid[]) as asked (reference)
cross join lateral (
  (select * from thread_reference where reference = asked.reference and ordinal < 8)
  union all
  (
    select * from thread_reference where reference = asked.reference and ordinal >= 8
    order by ordinal desc limit 8
  )
) as known
left join message on message.id = known.message_id and not known.own
order by known.reference, known.ordinal;

-- name: contacts
-- The people behind these addresses, locked in the order of their ids.
select identity.address, contact.id, contact.language, contact.acknowledged_since, contact.acknowledged_count,
  undeliverable_since, undeliverable_reason, undeliverable_message, soft_bounces, soft_bounces_since, reach_lifted_at
from identity join contact on contact.id = identity.contact_id
where identity.kind = $1 and identity.address = any($2::text[])
order by contact.id
for no key update of contact;

-- name: new_contacts
-- People who write for the first time. Returns less than was given when another replica was faster.
with fresh as materialized (
  select address, name, nextval(pg_get_serial_sequence('contact', 'id')) as id
  from unnest($2::text[], $3::text[], $4::text[]) as given (address, name, grade)
  order by address
), people as (
  insert into contact (id, name) select id, name from fresh
)
insert into identity (kind, address, contact_id, grade)
select $1, fresh.address, fresh.id, given.grade
from fresh join unnest($2::text[], $4::text[]) as given (address, grade) using (address)
order by fresh.address
on conflict (kind, address) do nothing
returning address, contact_id;

-- name: lock_tickets
-- Tickets that messages of the batch may join, and those in which merged ones go on, in the order of their numbers. By
-- itself: a statement that waits for a lock sees the row as it is then, and everything else as it was before it waited.
select number from ticket
where number = any(
  $1::bigint[]
  || array(select merged_into from ticket where number = any($1::bigint[]) and merged_into is not null)
)
order by number for update;

-- name: tickets
-- These tickets, with who belongs to them, and who wrote to them lately. Of merged ones also whether the ticket in which
-- they go on is there: if it is and is not locked, they were merged a moment ago.
select ticket.*,
  case when merged_into is not null then exists (select from ticket as other where other.number = ticket.merged_into) end
    as goes_on,
  array(select address from participant where ticket_number = ticket.number and left_at is null) as participants,
  array(select address from participant where ticket_number = ticket.number and left_at is not null) as former,
  array(select address from participant where ticket_number = ticket.number and role = 'aside') as aside,
  array(
    select extract(epoch from accepted_at)::float8 || ' ' || author_address
    from message
    where ticket_number = ticket.number and accepted_at > $2 and intake_sequence is not null
    order by accepted_at desc limit 250
  ) as recent
from ticket
where number = any($1::bigint[])
order by number;

-- name: sent_mails
-- Mails of ours that reports prove to be about, by ticket and the first half of the message's id; locked.
select message.id, ticket_number, kind, addressed, delivery_state, delivery_recipients, accepted_at,
  ticket.requester_address, fallback_to
from unnest($1::bigint[], $2::uuid[], $3::uuid[]) as given (number, first, last)
join message on message.id between given.first and given.last and message.ticket_number = given.number
join ticket on ticket.number = message.ticket_number
where notification_id is not null
order by message.id
for update of message;

-- name: draw_rates
-- Count what senders and domains near their limit opened in an hour; returns the count of all replicas.
with old as (
  delete from sender_rate where hour < now() - interval '2 days'
)
insert into sender_rate (sender, hour, used)
select * from unnest($1::text[], $2::timestamptz[], $3::integer[]) as given order by 1, 2
on conflict (sender, hour) do update set used = sender_rate.used + excluded.used
returning sender, hour, used;

-- name: numbers
select nextval('ticket_number') from generate_series(1, $1::integer);

-- name: budget
-- Draw acknowledgements from the desk's budget of this minute; returns how many were used before.
insert into acknowledgement_budget (minute, used) values (date_trunc('minute', now()), $1)
on conflict (minute) do update set used = acknowledgement_budget.used + excluded.used
returning used - $1 as before;

-- name: insert_tickets
-- New tickets, each with its requester as participant and with the lexemes under which it is found (one string each,
-- separated by spaces), and with who had the last turn in each team that handed some of them out. One statement, because
-- each costs a round trip and the same work for one ticket or hundreds.
with fresh as (
  insert into ticket (number, version, subject, type, category, status, impact, urgency, priority, tier, team, channel,
    account, requester_id, requester_address, requester_name, requester_grade, language, tags, policy, related_to,
    created_at, updated_at, assignee, skills, conversation, written_in)
  select number, version, subject, type, category, status, impact, urgency, priority, tier, team, channel,
    account, requester_id, requester_address, requester_name, requester_grade, language,
    string_to_array(tags, ' '), policy, related_to, created_at, updated_at, assignee, string_to_array(skills, ' '),
    conversation, written_in
  from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bigint[], $15::text[], $16::text[],
    $17::text[], $18::text[], $19::text[], $20::text[], $21::bigint[], $22::timestamptz[], $23::timestamptz[],
    $25::text[], $26::text[], $29::text[], $30::text[])
    as given (number, version, subject, type, category, status, impact, urgency, priority, tier, team, channel,
      account, requester_id, requester_address, requester_name, requester_grade, language, tags, policy, related_to,
      created_at, updated_at, assignee, skills, conversation, written_in)
), turns as (
  update team set last_assigned = turn.agent
  from (select name, agent from unnest($27::text[], $28::text[]) as turn (name, agent) order by name collate "C") as turn
  where team.name = turn.name and team.last_assigned is distinct from turn.agent
), taking_part as (
  -- Whoever opens a ticket by hand or on a page is known by a mail address.
  insert into participant (ticket_number, kind, address, role, added_at)
  select number, case when channel in ('api', 'portal') then 'email' else channel end, address, 'requester', created_at
  from unnest($1::bigint[], $12::text[], $15::text[], $22::timestamptz[]) as given (number, channel, address, created_at)
)
insert into ticket_search (number, terms)
select number, array_to_tsvector(string_to_array(lexemes, ' '))
from unnest($1::bigint[], $24::text[]) as given (number, lexemes);

-- name: insert_participants
-- People in copy. Whoever is there already, or was removed, stays as they are.
insert into participant (ticket_number, kind, address, role, added_at, name, added_by)
select ticket_number, 'email', address, role, added_at, name, added_by
from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
  as given (ticket_number, address, role, added_at, name, added_by)
order by ticket_number, address
on conflict (ticket_number, kind, address) do nothing;

-- name: update_tickets
update ticket set version = given.version, status = given.status, updated_at = given.updated_at,
  solved_at = given.solved_at,
  status_since = case when ticket.status <> given.status then given.updated_at else ticket.status_since end
from unnest($1::bigint[], $2::integer[], $3::text[], $4::timestamptz[], $5::timestamptz[])
  as given (number, version, status, updated_at, solved_at)
where ticket.number = given.number;

-- name: note_answered
-- Tickets that were answered for the first time.
update ticket set first_response_at = given.at
from unnest($1::bigint[], $2::timestamptz[]) as given (number, at)
where ticket.number = given.number and first_response_at is null;

-- name: insert_messages
-- Messages with the router's decisions about them, and the ids by which replies will find them. Says how many messages
-- and ids are new: fewer than were given when another replica settled the same event, or took the same place for an id,
-- meanwhile.
with fresh as (
  insert into message (id, ticket_number, kind, event_id, channel, account, author_address, author_name, subject, body,
    body_html, body_cut, language, automation, rfc_message_id, addressed, attachments, raw, sent_at, accepted_at,
    intake_epoch, intake_sequence, notification_id, delivery_state, reply_text, findings, came_by, fallback_to)
  select id, ticket_number, kind, event_id, channel, account, author_address, author_name, subject, body,
    body_html, body_cut, language, automation, rfc_message_id, addressed::jsonb, attachments::jsonb, raw::jsonb,
    sent_at, accepted_at, intake_epoch, intake_sequence, notification_id, delivery_state, reply_text, findings::jsonb,
    came_by, fallback_to
  from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::boolean[], $13::text[], $14::text[], $15::text[], $16::text[],
    $17::text[], $18::text[], $19::timestamptz[], $20::timestamptz[], $21::smallint[], $22::bigint[], $23::text[],
    $24::text[], $25::text[], $26::text[], $33::bigint[], $34::text[])
    as given (id, ticket_number, kind, event_id, channel, account, author_address, author_name, subject, body,
      body_html, body_cut, language, automation, rfc_message_id, addressed, attachments, raw, sent_at, accepted_at,
      intake_epoch, intake_sequence, notification_id, delivery_state, reply_text, findings, came_by,
      fallback_to)
  on conflict (id) do nothing
  returning 1
), decided as (
  insert into routing (message_id, decision)
  select id, decision from unnest($1::uuid[], $27::text[]) as given (id, decision) where decision is not null
  on conflict do nothing
), known as (
  insert into thread_reference (reference, ordinal, ticket_number, message_id, own)
  select * from unnest($28::uuid[], $29::smallint[], $30::bigint[], $31::uuid[], $32::boolean[]) as given
  order by 1, 2
  on conflict (reference, ordinal) do nothing
  returning 1
)
select (select count(*) from fresh) as messages, (select count(*) from known) as ids;

-- name: update_tags
update ticket set tags = string_to_array(given.tags, ' ')
from unnest($1::bigint[], $2::text[]) as given (number, tags)
where ticket.number = given.number;

-- name: note_returns
-- What reports said of mails of ours.
update message set delivery_state = given.state, delivery_detail = given.detail,
  delivery_recipients = given.recipients::jsonb
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as given (id, state, detail, recipients)
where message.id = given.id;

-- name: note_reaches
-- Whether mail gets to these addresses.
update identity set undeliverable_since = given.since, undeliverable_reason = given.reason,
  undeliverable_message = given.message_id, soft_bounces = given.soft, soft_bounces_since = given.soft_since,
  reach_lifted_at = given.lifted_at
from unnest($1::text[], $2::timestamptz[], $3::text[], $4::uuid[], $5::smallint[], $6::timestamptz[],
  $7::timestamptz[]) as given (address, since, reason, message_id, soft, soft_since, lifted_at)
where identity.kind = 'email' and identity.address = given.address;

-- name: insert_history
insert into history (ticket_number, at, actor, action, detail, why)
select ticket_number, at, actor, action, detail::jsonb, why
from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[])
  as given (ticket_number, at, actor, action, detail, why);

-- name: merge_search
-- Adds words to tickets that exist; facets, which may have changed, are replaced.
update ticket_search set terms = coalesce((
    select array_to_tsvector(array_agg(lexeme))
    from unnest(tsvector_to_array(ticket_search.terms)) as lexeme
    where lexeme not like '%=%'
  ), ''::tsvector) || array_to_tsvector(string_to_array(given.lexemes, ' '))
from unnest($1::bigint[], $2::text[]) as given (number, lexemes)
where ticket_search.number = given.number;

-- name: insert_quarantine
insert into quarantine (id, event_id, reason, channel, account, sender_address, subject, routed, raw, accepted_at,
  detail)
select id, event_id, reason, channel, account, sender_address, subject, routed, raw::jsonb, accepted_at, detail
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::timestamptz[], $11::text[])
  as given (id, event_id, reason, channel, account, sender_address, subject, routed, raw, accepted_at, detail)
on conflict (id) do nothing
returning 1;

-- name: insert_ledger
-- Returns less than was given when another replica settled the same acceptance meanwhile.
insert into ledger as before (epoch, sequence, channel, event_id, outcome, reason, ticket_number, message_id,
  intake_epoch, intake_sequence, accepted_at)
select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[],
  $8::uuid[], $9::smallint[], $10::bigint[], $11::timestamptz[]) as given
order by 1, 2
on conflict (epoch, sequence) do update set outcome = excluded.outcome, reason = excluded.reason,
  ticket_number = excluded.ticket_number, message_id = excluded.message_id, intake_epoch = excluded.intake_epoch,
  intake_sequence = excluded.intake_sequence, settled_at = excluded.settled_at, vanished = false
  where before.vanished or before.outcome = 'dead_lettered'
returning 1;

-- name: update_contacts
update contact set language = given.language, acknowledged_since = given.acknowledged_since,
  acknowledged_count = given.acknowledged_count
from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::integer[])
  as given (id, language, acknowledged_since, acknowledged_count)
where contact.id = given.id;

-- name: insert_outbox
-- The rows are leased to the relay of this process, which publishes them as soon as the transaction has committed.
insert into outbox (stream, subject, message_key, headers, body, notification_id, leased_until, expires_at)
select stream, subject, message_key, headers::jsonb, body, notification_id,
  clock_timestamp() + make_interval(secs => $8), expires_at
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::timestamptz[])
  as given (stream, subject, message_key, headers, body, notification_id, expires_at)
returning id;
