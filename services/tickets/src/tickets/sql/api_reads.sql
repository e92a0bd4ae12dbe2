-- What the API reads. Nothing here writes or locks.

-- name: newest
-- Tickets below a number, newest first.
select ticket.*, service_level.state as level,
  array(select number from ticket as other where other.merged_into = ticket.number order by number) as merged,
  exists (select from team where team.name = ticket.team and not team.active) as team_retired
from ticket left join service_level on service_level.ticket_number = ticket.number
where number < $1 order by ticket.number desc limit $2;

-- name: newest_number
-- The newest ticket below a number; 0 if there is none.
select coalesce(max(number), 0) from ticket where number < $1;

-- name: ticket
-- With what its team and its assignee are called: a question of its own would cost each answer as much again.
select ticket.*, service_level.state as level,
  array(select number from ticket as other where other.merged_into = ticket.number order by number) as merged,
  agent.name as assignee_called, team.name as team_known, team.title_es, team.title_en,
  coalesce(not team.active, false) as team_retired,
  (select jsonb_build_object('state', state, 'team', callback.team, 'agent', agent, 'attempt', attempt,
     'next_at', next_at)
   from callback where ticket_number = ticket.number and state in ('scheduled', 'due', 'talking')
   order by next_at limit 1) as callback
from ticket left join service_level on service_level.ticket_number = ticket.number
  left join agent on agent.handle = ticket.assignee
  left join team on team.name = ticket.team
where number = $1;

-- name: messages
-- Messages of a ticket in their order: by time of acceptance, then place in INTAKE; what we wrote ourselves last.
select * from (
  select *, coalesce(intake_sequence, 9223372036854775807) as place from message where ticket_number = $1
) as message
where $2::timestamptz is null or (accepted_at, place, id) > ($2, $3::bigint, $4::uuid)
order by accepted_at, place, id
limit $5;

-- name: messages_backwards
-- The same, the newest first.
select * from (
  select *, coalesce(intake_sequence, 9223372036854775807) as place from message where ticket_number = $1
) as message
where $2::timestamptz is null or (accepted_at, place, id) < ($2, $3::bigint, $4::uuid)
order by accepted_at desc, place desc, id desc
limit $5;

-- name: message
select *, coalesce(intake_sequence, 9223372036854775807) as place from message where id = $1;

-- name: writers
-- Which agents wrote messages of a ticket: the history of the ticket is read once.
select detail ->> 'message' as message_id, actor from history
where ticket_number = $1 and action in ('reply.sent', 'note.added', 'ticket.created') and actor like 'agent:%'
  and detail ->> 'message' = any($2::text[]);

-- name: message_files
-- What is needed to hand out a file or the original of a message, or of one that waits in quarantine.
select id, case when deleted_at is null then attachments else '[]'::jsonb end as attachments,
  case when deleted_at is null then raw end as raw
from message where id = $1
union all
select id, '[]'::jsonb, raw from quarantine where id = $1
limit 1;

-- name: public_messages
-- What the customer may see, newest first; of a merged ticket also what came by it since. One message where it is named.
-- Of a call they read a sentence and what they said: its body is a log for the desk.
select id, kind, author_address, author_name,
  case when findings ? 'sentence' then concat_ws(E'\n\n', findings ->> 'sentence', reply_text) else body end as body,
  body_cut, accepted_at,
  (select coalesce(jsonb_agg(jsonb_build_object(
            'position', place - 1, 'filename', file ->> 'filename', 'size_bytes', file -> 'size_bytes',
            'dangerous', file ->> 'dangerous') order by place), '[]')
     from jsonb_array_elements(attachments) with ordinality as one (file, place)
    where not coalesce((file ->> 'inline')::boolean, false)
      -- Such as the recording of a talk: a caller id proves nothing.
      and not coalesce((file ->> 'desk_only')::boolean, false)) as files
from message
where (ticket_number = $1 or came_by = $1) and deleted_at is null and ($4::uuid is null or id = $4)
  and ($3::timestamptz is null or accepted_at >= $3)
  and (kind in ('customer', 'agent') or (kind = 'automatic' and notification_id is not null))
  -- What an agent wrote to others than the requester, and what they answered, is not the requester's to read.
  and not coalesce((addressed ->> 'aside')::boolean, false)
  and not exists (
    select from participant
    where participant.ticket_number in ($1, message.came_by) and role = 'aside' and address = message.author_address
  )
order by accepted_at desc, coalesce(intake_sequence, 9223372036854775807) desc, id desc
limit $2;

-- name: told_call
-- What whoever called reads of the call that a ticket is still named after; its name is written for the desk.
select findings ->> 'sentence' as sentence from message
where ticket_number = $1 and deleted_at is null and kind = 'customer' and subject = $2 and findings ? 'sentence'
  and ($3::timestamptz is null or accepted_at >= $3)
order by accepted_at, coalesce(intake_sequence, 9223372036854775807), id
limit 1;

-- name: history
select * from history where ticket_number = $1 and id > $2 order by id limit $3;

-- name: names
-- What agents, teams and people are called; of whom nobody knows there is no row. `title_en` of teams only.
select 'agents' as kind, handle as key, name as title_es, null as title_en from agent where handle = any($1::text[])
union all
select 'teams', name, title_es, title_en from team where name = any($1::text[])
union all
select 'people', identity.address, contact.name, null
from identity join contact on contact.id = identity.contact_id
where identity.kind = 'slack' and identity.address = any($1::text[]) and contact.name <> '';

-- name: opening
-- The message that opened a ticket.
select id from message
where ticket_number = $1 and kind <> 'note'
order by accepted_at, coalesce(intake_sequence, 9223372036854775807), id
limit 1;

-- name: routing
select routing.decision, rule_texts.texts, routing.message_id, message.ticket_number
from routing join message on message.id = routing.message_id
  left join rule_texts on rule_texts.id = routing.decision::jsonb #>> '{rule_set,texts}'
where routing.message_id = $1 and message.ticket_number = $2;

-- name: split_off
-- Out of which ticket somebody made this one, and who did.
select (detail ->> 'from')::bigint as number, actor, why from history
where ticket_number = $1 and action = 'ticket.split_off'
order by id limit 1

-- name: later
-- What rules changed of a ticket when a message joined it, the newest first. A handover names its message; what settling
-- changed stands right behind the line of its message.
select changed.at, changed.action, changed.detail, changed.why, message.id as message_id
from (
  select * from history
  where ticket_number = $1 and actor = 'desk' and action = any($2::text[]) and (why like 'rules: %' or why = 'a rule')
  order by id desc limit $3
) as changed
cross join lateral (
  select coalesce(changed.detail ->> 'message', (
    select joined.detail ->> 'message' from history as joined
    where joined.ticket_number = $1 and joined.id < changed.id and joined.action = 'message.added'
      and joined.actor not like 'agent:%'
    order by joined.id desc limit 1
  ))::uuid as id
) as cause
join message on message.id = cause.id and message.ticket_number = $1
order by changed.id desc;

-- name: quarantine
-- Messages in quarantine, oldest first. A sender is an address, or a domain after an @.
select id, reason, detail, channel, account, sender_address, subject, accepted_at, created_at, state, decided_at,
  decided_by, why, ticket_number, raw is not null as has_raw, routed
from quarantine
where state = $4 and ($1::timestamptz is null or (created_at, id) > ($1, $2::uuid))
  and ($5::text is null or reason = $5)
  and ($6::text is null or sender_address = $6 or (left($6, 1) = '@' and right(sender_address, length($6)) = $6))
  and ($7::text is null or account = $7)
  and ($8::text is null or strpos(lower(subject), lower($8)) > 0 or strpos(sender_address, lower($8)) > 0)
order by created_at, id
limit $3;

-- name: quarantine_count
select count(*)
from quarantine
where state = $1 and ($2::text is null or reason = $2)
  and ($3::text is null or sender_address = $3 or (left($3, 1) = '@' and right(sender_address, length($3)) = $3))
  and ($4::text is null or account = $4)
  and ($5::text is null or strpos(lower(subject), lower($5)) > 0 or strpos(sender_address, lower($5)) > 0);

-- name: decisions
-- What the desk's people decided outside of tickets, newest first.
select * from desk_decision
where id < $1 and ($2::text is null or action = $2) and ($3::text is null or actor = $3)
order by id desc limit $4;

-- name: undeliverable
-- Addresses to which no mail is sent, longest first.
select address, undeliverable_since, undeliverable_reason, undeliverable_message, soft_bounces
from identity
where kind = 'email' and undeliverable_since is not null
  and ($1::timestamptz is null or (undeliverable_since, address) > ($1, $2::text))
order by undeliverable_since, address
limit $3;

-- name: reach
select address, undeliverable_since, undeliverable_reason, undeliverable_message, soft_bounces
from identity where kind = 'email' and address = $1;

-- name: quarantined
select *, raw is not null as has_raw from quarantine where id = $1;
