-- One person: who they are, what is kept of them, and taking it away. A person is lists of kinds and of addresses; where a
-- row has a channel instead, lists of channels and of addresses (`on_channels`): what is an address on one channel may
-- be somebody else's on another.

-- name: linked
-- Everything that is known to be the same person: what one contact wrote from, and ways that the desk has put on file.
with given as (
  select * from unnest($1::text[], $2::text[]) as one (kind, address)
), same as (
  select other.kind, other.address, 'wrote as the same contact' as why
  from given join identity using (kind, address) join identity as other on other.contact_id = identity.contact_id
), filed as (
  select way.kind, way.address, 'put on file by the desk' as why
  from (select kind, address from given union select kind, address from same) as known
  join customer_way as way on way.customer = known.kind || '/' || known.address
)
select kind, address, min(why) as why
from (select * from same union all select * from filed) as found
where (kind, address) not in (select kind, address from given)
group by kind, address
order by kind, address;

-- name: names
-- What they are called wherever they wrote.
select distinct name from (
  select contact.name from identity join contact on contact.id = contact_id
  where (kind, identity.address) in (select * from unnest($1::text[], $2::text[]))
  union all
  select requester_name from ticket where number = any($3::bigint[])
  union all
  select author_name from message
  where ticket_number = any($3::bigint[]) and kind = 'customer' and (channel, author_address)
    in (select * from unnest($4::text[], $5::text[]))
  union all
  select name from participant where (kind, address) in (select * from unnest($1::text[], $2::text[]))
) as called where name <> '';

-- name: agents
-- Which of these addresses are of people of the desk; who has left it is a customer like others.
select handle from agent
where active and (('email', lower(email)) in (select * from unnest($1::text[], $2::text[]))
  or ('phone', phone) in (select * from unnest($1::text[], $2::text[])))
union
select agent from slack_user join agent on handle = agent and active
where ('slack', team_id || '/' || user_id) in (select * from unnest($1::text[], $2::text[]))
order by 1;

-- name: own_tickets
-- Tickets in which they ask.
select number from ticket
where created_at <= $3 and (
  requester_id in (
    select contact_id from identity where (kind, address) in (select * from unnest($1::text[], $2::text[]))
  )
  or (
    case when channel in ('sms', 'whatsapp', 'voice') then 'phone'
      when channel in ('portal', 'api') then 'email' else channel end, requester_address
  ) in (select * from unnest($1::text[], $2::text[]))
)
order by number;

-- name: other_tickets
-- Tickets of others in which they wrote or take part.
select ticket_number from participant
where (kind, address) in (select * from unnest($1::text[], $2::text[])) and not ticket_number = any($3::bigint[])
  and added_at <= $4
union
select ticket_number from message
where (channel, author_address) in (select * from unnest($5::text[], $6::text[])) and kind = 'customer'
  and not ticket_number = any($3::bigint[]) and accepted_at <= $4
order by 1;

-- name: newer
-- Whether they have written since.
with given as (
  select * from unnest($1::text[], $2::text[]) as one (channel, address)
)
select exists (
    select from message where (channel, author_address) in (select * from given) and kind = 'customer' and accepted_at > $3
  )
  or exists (select from quarantine where (channel, sender_address) in (select * from given) and accepted_at > $3);

-- name: older
-- Whether there is something of them from before a time; a ticket that goes on with what they wrote since is none.
with given as (
  select * from unnest($4::text[], $5::text[]) as one (channel, address)
), since as (
  select distinct ticket_number from message
  where (channel, author_address) in (select * from given) and kind = 'customer' and accepted_at > $3
)
select exists (
    select from message where (channel, author_address) in (select * from given) and kind = 'customer' and accepted_at <= $3
  )
  or exists (select from quarantine where (channel, sender_address) in (select * from given) and accepted_at <= $3)
  or exists (
    select from participant
    where (kind, address) in (select * from unnest($1::text[], $2::text[])) and added_at <= $3
      and ticket_number not in (select ticket_number from since)
  )
  or exists (
    select from ticket where (channel, requester_address) in (select * from given) and created_at <= $3
      and number not in (select ticket_number from since)
  );

-- name: naming
-- What in other tickets than these, in a range of them, looks as if it named somebody; whoever asks looks at it once more.
select ticket_number, place, said from (
  select ticket_number, id::text as place,
    concat_ws(' ', subject, body, body_html, reply_text, addressed::text, author_name, findings::text) as said
  from message
  where ticket_number >= $2 and ticket_number < $3 and not ticket_number = any($4::bigint[]) and accepted_at <= $5
  union all
  select ticket_number, 'history', concat_ws(' ', detail::text, why) from history
  where ticket_number >= $2 and ticket_number < $3 and not ticket_number = any($4::bigint[]) and at <= $5
  union all
  select number, 'ticket', concat_ws(' ', subject, cause, resolution, requester_name, array_to_string(tags, ' ')) from ticket
  where number >= $2 and number < $3 and not number = any($4::bigint[]) and created_at <= $5
) as words
where said ~* any($1::text[]);

-- name: shared
-- Which of these tickets somebody else has written in as well, whose words stay.
select distinct ticket_number from message
where ticket_number = any($1::bigint[]) and kind = 'customer' and event_id not like 'erased:%'
  and (channel, author_address) not in (select * from unnest($2::text[], $3::text[]));

-- name: said
-- What the desk said in these tickets, to whom by its own words, and who asked at that time: the history knows, unless it
-- was told to forget ("").
with given as (
  select * from unnest($2::text[], $3::text[]) as one (kind, address)
)
select message.id, message.ticket_number, asked_in.channel, message.delivery_recipients,
  case when message.notification_id is null then '{}' else message.addressed end as addressed,
  (
    select coalesce(detail ->> 'from', '') from history
    where history.ticket_number = asked_in.number and action = 'requester.changed' and at > message.accepted_at
    order by at, history.id limit 1
  ) as asked,
  asked_in.number = message.ticket_number or asked_in.requester_address = any($4::text[])
    or asked_in.requester_id in (select contact_id from identity where (kind, identity.address) in (select * from given))
    or (
      case when asked_in.channel in ('sms', 'whatsapp', 'voice') then 'phone'
        when asked_in.channel in ('portal', 'api') then 'email' else asked_in.channel end, asked_in.requester_address
    ) in (select * from given) as asks
from message join ticket as asked_in on asked_in.number = coalesce(message.came_by, message.ticket_number)
where message.ticket_number = any($1::bigint[]) and message.event_id not like 'erased:%'
  and (message.kind = 'agent' or (message.kind = 'automatic' and message.notification_id is not null));

-- name: known
-- Which of these identities the desk knows anything of, in its tables.
with given as (
  select * from unnest($1::text[], $2::text[]) as one (kind, address)
), reached as (
  select * from unnest($3::text[], $4::text[], $5::text[]) as one (kind, channel, address)
)
select kind, address from identity where (kind, address) in (select * from given)
union
select kind, address from participant where (kind, address) in (select * from given)
union
select kind, address from customer_way where (kind, address) in (select * from given)
union
select reached.kind, reached.address from reached join ticket
  on ticket.channel = reached.channel and requester_address = reached.address
union
select reached.kind, reached.address from reached join message
  on message.channel = reached.channel and author_address = reached.address and message.kind = 'customer'
union
select reached.kind, reached.address from reached join quarantine
  on quarantine.channel = reached.channel and sender_address = reached.address
union
select reached.kind, reached.address from reached join one_time_code
  on medium = reached.channel and one_time_code.address = reached.address
union
select reached.kind, reached.address from reached join text_wish on medium = reached.channel and text_wish.address = reached.address
union
select given.kind, given.address from given join sender_list on sender = address
union
select 'phone', number from callback where ('phone', number) in (select * from given);

-- name: conversations
-- Where tickets are talked about with their customers in a chat.
select conversation, account from ticket where number = any($1::bigint[]) and channel = 'slack';

-- name: newest_ticket
select coalesce(max(number), 0) from ticket;

-- name: held
-- Which of these tickets nobody may erase, and why.
select ticket_number, why from legal_hold where ticket_number = any($1::bigint[]) order by ticket_number;

-- name: all_held
select ticket_number, why from legal_hold where not ticket_number = any($1::bigint[]) order by ticket_number;

-- name: traces
-- How what they sent until a time is called elsewhere: events, notifications, places where it was accepted. What the desk
-- said in a ticket of theirs is theirs whenever it was, unless they have written there since.
select message.id, message.ticket_number, message.kind, coalesce(ledger.event_id, message.event_id) as event_id,
  message.notification_id, accepted.stream, ledger.sequence, intake.stream as intake_stream, ledger.intake_sequence
from message
left join ledger on ledger.message_id = message.id
left join stream_epoch as accepted on accepted.id = ledger.epoch
left join stream_epoch as intake on intake.id = ledger.intake_epoch
where message.ticket_number = any($1::bigint[])
  and (
    (message.kind = 'customer' and message.accepted_at <= $5
      and (message.channel, message.author_address) in (select * from unnest($2::text[], $3::text[])))
    or ($4 and message.kind <> 'customer' and (
      message.accepted_at <= $5
      or not exists (
        select from message as newer
        where newer.ticket_number = message.ticket_number and newer.kind = 'customer' and newer.accepted_at > $5
          and (newer.channel, newer.author_address) in (select * from unnest($2::text[], $3::text[]))
      )
    ))
  );

-- name: asking_since
-- Tickets in which they have written after a time, and ask still.
select distinct ticket_number from message join ticket on ticket.number = ticket_number
where ticket_number = any($1::bigint[]) and kind = 'customer' and accepted_at > $4
  and (message.channel, author_address) in (select * from unnest($2::text[], $3::text[]))
  and not requester_address = any($5::text[]);

-- name: accepted_from
-- Who wrote what was accepted at a place of a stream, as the desk has read it; none where that led to nothing or is erased.
select coalesce(message.channel, quarantine.channel) as channel,
  coalesce(message.author_address, quarantine.sender_address) as address
from ledger
left join message on message.id = ledger.message_id and message.kind = 'customer' and message.event_id not like 'erased:%'
left join quarantine on quarantine.id = ledger.message_id
where epoch = (select max(id) from stream_epoch where stream = $1) and sequence = $2
  and coalesce(message.author_address, quarantine.sender_address) <> '';

-- name: quarantined_traces
select quarantine.id, null::bigint as ticket_number, 'customer' as kind, quarantine.event_id, null as notification_id,
  accepted.stream, ledger.sequence,
  intake.stream as intake_stream, ledger.intake_sequence
from quarantine
left join ledger on ledger.message_id = quarantine.id
left join stream_epoch as accepted on accepted.id = ledger.epoch
left join stream_epoch as intake on intake.id = ledger.intake_epoch
where (quarantine.channel, sender_address) in (select * from unnest($1::text[], $2::text[]))
  and quarantine.accepted_at <= $3;

-- name: messages
-- All messages of a locked ticket.
select id, kind, channel, account, event_id, author_address, author_name, subject, body, body_html, reply_text, addressed,
  attachments, raw, findings, notification_id, accepted_at, deleted_at, language, delivery_recipients, fallback_to
from message where ticket_number = $1
order by accepted_at, intake_sequence;

-- name: erase_messages
-- What is left of a message says that there was one, when, on which channel and whether the desk or a customer wrote it.
with gone as (
  update message set body = '', body_html = null, body_cut = false, reply_text = null, subject = '', addressed = '{}',
    attachments = '[]', raw = null, rfc_message_id = null, findings = null, delivery_detail = null,
    delivery_recipients = null, fallback_of = null, fallback_to = null, event_id = 'erased:' || id,
    deleted_at = coalesce(deleted_at, $2), author_name = case when kind = 'customer' then '' else author_name end,
    author_address = case when kind = 'customer' then $3 else author_address end,
    account = case when channel = 'slack' then split_part(account, '/', 1) else account end
  where id = any($1::uuid[])
  returning id
), decisions as (
  delete from routing where message_id = any($1::uuid[])
), former as (
  delete from message_revision where message_id = any($1::uuid[])
), uploads as (
  delete from upload where message_id = any($1::uuid[])
), mentions as (
  delete from mention where message_id = any($1::uuid[])
)
update sent_revision set detail = '' where message_id = any($1::uuid[]);

-- name: redact_message
update message set subject = $2, body = $3, body_html = $4, reply_text = $5, addressed = $6::jsonb, author_name = $7,
  findings = $8::jsonb, delivery_recipients = $9::jsonb, fallback_to = $10
where id = $1;

-- name: redact_revisions
-- Former texts of messages that name somebody who is taken out of them.
delete from message_revision where message_id = any($1::uuid[]);

-- name: nobody
-- Whoever asks where nobody asks any more. Mail there is known not to arrive.
with made as (
  insert into contact (name) select '' where not exists (select from identity where kind = 'email' and address = $1)
  returning id
), known as (
  insert into identity (kind, address, contact_id, undeliverable_since, undeliverable_reason)
  select 'email', $1, id, clock_timestamp(), 'user_unknown' from made
  on conflict (kind, address) do nothing
)
select contact_id from identity where kind = 'email' and address = $1
union all
select id from made;

-- name: anonymise_ticket
update ticket set requester_id = $2, requester_address = $3, requester_name = '', requester_grade = 'claimed',
  conversation = null, page_epoch = page_epoch + 1, anonymised_at = clock_timestamp(),
  account = case when channel = 'slack' then split_part(account, '/', 1) else account end
where number = $1;

-- name: anonymise_around
-- What hangs on a ticket and is of no use without whoever asked.
with participants as (delete from participant where ticket_number = $1),
  threads as (delete from thread_reference where ticket_number = $1),
  codes as (delete from one_time_code where ticket_number = $1),
  wishes as (delete from announcement_wish where ticket_number = $1),
  waiting as (delete from held_reply where ticket_number = $1),
  timers as (delete from due where ticket_number = $1),
  calls as (delete from webhook_call where ticket_number = $1),
  words as (insert into solution_pending (ticket_number) values ($1) on conflict do nothing),
  merges as (update ticket_merge set joined = '{}', reason = '', undone_why = null where ticket_number = $1),
  handovers as (update handover set reason = '' where ticket_number = $1),
  followers as (update follower set why = '' where ticket_number = $1),
  pages as (
    update page set withdrawn_at = clock_timestamp(), withdrawn_why = 'solved'
    where ticket_number = $1 and acknowledged_at is null and withdrawn_at is null
  ),
  mails as (
    delete from outbox where notification_id in (
      select notification_id from message
      where ticket_number = $1 and notification_id is not null and event_id like 'erased:%'
    )
  )
update callback set number = '', next_at = null, ended_at = coalesce(ended_at, clock_timestamp()),
  state = case when state in ('scheduled', 'due', 'talking') then 'withdrawn' else state end
where ticket_number = $1;

-- name: set_terms
update ticket_search set terms = array_to_tsvector(string_to_array($2, ' ')) where number = $1;

-- name: history
select id, at, actor, action, detail, why from history where ticket_number = $1 order by id;

-- name: rewrite_history
update history set detail = given.detail::jsonb, why = given.why
from unnest($1::bigint[], $2::text[], $3::text[]) as given (id, detail, why)
where history.id = given.id;

-- name: leave_ticket
-- They take part in somebody else's ticket no longer.
with left_ticket as (
  delete from participant where ticket_number = $1 and (kind, address) in (select * from unnest($2::text[], $3::text[]))
), wishes as (
  delete from announcement_wish where ticket_number = $1 and ('phone', address) in (select * from unnest($2::text[], $3::text[]))
), codes as (
  delete from one_time_code where ticket_number = $1 and (medium, address) in (select * from unnest($4::text[], $5::text[]))
), calls as (
  update callback set number = ''
  where ticket_number = $1 and ('phone', number) in (select * from unnest($2::text[], $3::text[])) and next_at is null
)
update ticket_merge set joined = joined - $3::text[] where ticket_number = $1;

-- name: erase_person
-- What is kept of them outside of tickets. Whoever writes again is somebody new. That they want no texts is remembered by
-- the service that would send them, by a hash; a row here would name them. The list of senders and their rates hold for all
-- channels alike, so they go by the address alone.
with given as (
  select * from unnest($1::text[], $2::text[]) as one (kind, address)
), reached as (
  select * from unnest($4::text[], $5::text[]) as one (channel, address)
), marks as (
  delete from customer_mark where name in (select kind || '/' || address from given)
), ways as (
  delete from customer_way where (kind, address) in (select * from given)
), quarantined as (
  delete from quarantine where (channel, sender_address) in (select * from reached) and accepted_at <= $3
), senders as (
  delete from sender_list where sender = any($2::text[])
), rates as (
  delete from sender_rate where sender = any($2::text[])
), wishes as (
  delete from text_wish where (medium, address) in (select * from reached)
), codes as (
  delete from one_time_code where (medium, address) in (select * from reached)
), told as (
  insert into facts_outbox (kind, name) select 'customer', kind || '/' || address from given
)
delete from identity
where (kind, address) in (select * from given)
  and not exists (select from ticket where requester_id = identity.contact_id);

-- name: erase_contacts
-- Contacts that nobody knows by anything any more.
delete from contact
where id = any($1::bigint[])
  and not exists (select from identity where contact_id = contact.id)
  and not exists (select from ticket where requester_id = contact.id);

-- name: contacts
select distinct contact_id from identity where (kind, address) in (select * from unnest($1::text[], $2::text[]));

-- name: answers_naming
-- What was answered to clients of the API, kept so that asking again changes nothing.
select token_id, key, result::text as result from idempotency_key where result::text ~* any($1::text[]);

-- name: forget_answer
delete from idempotency_key where token_id = $1 and key = $2;

-- name: decisions_naming
-- A thousand at a time, in the order of their ids: what a name alone is in stays, and would be found again.
select id, detail, why from desk_decision
where id > $2 and concat_ws(' ', detail::text, why) ~* any($1::text[])
order by id limit 1000;

-- name: rewrite_decision
update desk_decision set detail = $2::jsonb, why = $3 where id = $1;

-- name: updates_naming
select id, texts, resolution, cause from problem_update where concat_ws(' ', texts::text, resolution, cause) ~* any($1::text[]);

-- name: rewrite_update
update problem_update set texts = $2::jsonb, resolution = $3, cause = $4 where id = $1;

-- name: drop_unsent
-- What waits to leave and is for them, or tells of a ticket in which they asked. What is for others leaves as it is, and so
-- does what is about something that they have asked since. Words of the desk that stay, and were for others besides, are
-- shown as not sent.
with given as (
  select * from unnest($1::text[], $2::text[]) as one (channel, address)
), told as (
  select id, created_at, convert_from(body, 'UTF8')::jsonb as event from outbox where stream in ('OUTBOUND', 'TICKETS')
), dropped as (
  delete from outbox where id in (
    select id from told
    where (
        (event ->> 'medium', event -> 'to' ->> 'address') in (select * from given)
        and (created_at <= $4 or (event ->> 'ticket_number')::bigint = any($3::bigint[]))
      )
      or (
        (event -> 'ticket' ->> 'channel', event -> 'ticket' -> 'requester' ->> 'address') in (select * from given)
        and (event -> 'ticket' ->> 'number')::bigint = any($3::bigint[])
      )
  )
  returning notification_id
)
update message set delivery_state = 'failed', delivery_detail = 'not sent: whom it was for first was erased'
where notification_id in (select notification_id from dropped where notification_id is not null)
  and event_id not like 'erased:%' and delivery_state = 'queued';

-- name: columns
-- Every column that may hold words.
select table_name, column_name, udt_name from information_schema.columns
where table_schema = current_schema() and udt_name in ('text', 'varchar', 'jsonb', 'json', '_text', 'bytea')
  and table_name in (select table_name from information_schema.tables where table_type = 'BASE TABLE')
order by table_name, ordinal_position;
