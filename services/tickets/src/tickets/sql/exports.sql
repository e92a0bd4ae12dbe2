-- What is given to a person who asks what is kept of them. A person is lists as in persons.sql.

-- name: tickets
-- What a ticket was resolved with before they asked in it was said to somebody else.
select number, subject, type, category, status, channel, account, language, requester_name, requester_address,
  requester_grade, page_epoch, created_at, updated_at, first_response_at, solved_at, closed_at,
  case when requester_since is null or solved_at >= requester_since then resolution end as resolution
from ticket where number = any($1::bigint[]) order by number;

-- name: messages
-- What they wrote, and what the desk said to them, in tickets of their own ($1) and of others ($2). What the desk sent went
-- to whom it names; where it names nobody, to whoever asked at that time, which the history knows. Notes are the desk's,
-- what others wrote is theirs, and what was said to whoever asked before is not for whoever asks now.
select message.id, message.ticket_number, message.kind, message.channel, message.author_name, message.author_address,
  message.subject, message.body, message.language, message.attachments, message.raw, message.sent_at, message.accepted_at,
  message.delivery_state, message.edited_at, message.deleted_at, written.theirs
from message
join ticket as asked_in on asked_in.number = coalesce(message.came_by, message.ticket_number)
cross join lateral (
  select message.kind in ('customer', 'automatic') and message.notification_id is null
      and (message.channel, message.author_address) in (select * from unnest($3::text[], $4::text[])) as theirs,
    message.kind = 'agent' or (message.kind = 'automatic' and message.notification_id is not null) as of_the_desk,
    case when asked_in.channel in ('sms', 'whatsapp', 'voice') then 'phone'
      when asked_in.channel in ('portal', 'api') then 'email' else asked_in.channel end as asked_by,
    case when message.notification_id is null then array[]::text[] else array(
      select one ->> 'address' from jsonb_array_elements(
        coalesce(message.addressed -> 'to', '[]') || coalesce(message.addressed -> 'cc', '[]')
        || coalesce(message.addressed -> 'bcc', '[]')
      ) as one
    ) end as named
) as written
where message.ticket_number = any($1::bigint[] || $2::bigint[]) and (
  theirs
  or (of_the_desk and case when cardinality(named) > 0 then exists (
      select from unnest($5::text[], $6::text[]) as person (kind, address)
      where person.address = any(named) and person.kind in (asked_by, case when asked_by <> 'webchat' then 'email' end)
    ) else coalesce(
      (
        select (asked_by, detail ->> 'from') in (select * from unnest($5::text[], $6::text[])) from history
        where history.ticket_number = asked_in.number and action = 'requester.changed' and at > message.accepted_at
        order by at, history.id limit 1
      ),
      asked_in.number = any($1::bigint[])
    ) end)
)
order by message.ticket_number, message.accepted_at, message.intake_sequence;

-- name: quarantine_size
select coalesce(sum(octet_length(subject)), 0)::bigint from quarantine
where (channel, sender_address) in (select * from unnest($1::text[], $2::text[]));

-- name: messages_of
-- How many messages of their own tickets there are: notes, and what others and the desk wrote.
select ticket_number, count(*) filter (where kind = 'note') as notes,
  count(*) filter (where kind = 'agent' or (kind = 'automatic' and notification_id is not null)) as of_the_desk,
  count(*) filter (
    where kind in ('customer', 'automatic') and notification_id is null
      and (channel, author_address) not in (select * from unnest($2::text[], $3::text[]))
  ) as of_others
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
select medium, account, address, wants_none, said_at from text_wish
where (medium, address) in (select * from unnest($1::text[], $2::text[])) order by said_at;

-- name: codes
-- Where a code of their ticket went to is given if they are there.
select ticket_number, medium, sent_at, ended_at, outcome, delivery,
  case when (medium, address) in (select * from unnest($1::text[], $2::text[])) then address end as address
from one_time_code
where ticket_number = any($3::bigint[]) or (medium, address) in (select * from unnest($1::text[], $2::text[]))
order by sent_at;

-- name: announcements
select announcement.key, wish.address, wish.wished_at, wish.state
from announcement_wish as wish join announcement on announcement.id = wish.announcement_id
where ('phone', wish.address) in (select * from unnest($1::text[], $2::text[])) order by wished_at;

-- name: callbacks
-- A number that somebody else gave for their ticket stays that one's.
select ticket_number, wanted_at, state, outcome, asked_at, ended_at,
  case when ('phone', number) in (select * from unnest($1::text[], $2::text[])) then number end as number
from callback
where ticket_number = any($3::bigint[]) or ('phone', number) in (select * from unnest($1::text[], $2::text[]))
order by asked_at;

-- name: quarantine
select id, reason, channel, account, sender_address, subject, raw, accepted_at, state, decided_at from quarantine
where (channel, sender_address) in (select * from unnest($1::text[], $2::text[])) order by accepted_at;

-- name: listed
select kind, sender, note, created_at, expires_at from sender_list where sender = any($1::text[]) order by id;
