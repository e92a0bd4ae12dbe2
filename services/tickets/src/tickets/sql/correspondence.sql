-- Who gets a ticket's mails, what they quote, and how teams sign them.

-- name: participants
-- Also those who were removed, in the order in which they came.
select address, name, kind, role, added_at, added_by, left_at from participant
where ticket_number = $1
order by added_at, role desc, address;

-- name: suggested
-- Whom mails named in copy without proof, newest mail first.
select id, findings -> 'suggested_cc' as people from message
where ticket_number = $1 and findings ? 'suggested_cc'
order by accepted_at desc, id
limit 50;

-- name: put_participant
-- Somebody who was removed comes back as of now.
insert into participant (ticket_number, kind, address, role, added_at, name, added_by)
select $1, 'email', address, $6, $4, name, $5
from unnest($2::text[], $3::text[]) as given (address, name)
order by address
on conflict (ticket_number, kind, address) do update
  set left_at = null, role = case participant.role when 'aside' then 'aside' else excluded.role end, added_at = excluded.added_at, added_by = excluded.added_by,
    name = case when excluded.name = '' then participant.name else excluded.name end
  where participant.left_at is not null;

-- name: remove_participant
update participant set left_at = $3
where ticket_number = $1 and kind = 'email' and address = $2 and role <> 'requester' and left_at is null
returning 1;

-- name: conversation
-- What was said in a ticket since a time, newest first: only what is newly written, and nothing that came encrypted; of a
-- call a sentence and what was said in it, as on the customer's page (`public_messages`).
select case when exists (
    select from participant
    where participant.ticket_number in ($1, message.came_by) and role = 'aside' and address = message.author_address
  ) then 'aside' else kind end as kind,
  author_address, author_name, accepted_at, addressed, left(said.words, $3) as words,
  length(said.words) > $3 or (reply_text is null and body_cut and not coalesce(findings ? 'sentence', false)) as cut
from message, lateral (
  select case when findings ? 'sentence' then concat_ws(E'\n\n', findings ->> 'sentence', reply_text)
    else coalesce(reply_text, body) end as words
) as said
where ticket_number = $1 and accepted_at >= $2 and kind in ('customer', 'agent') and deleted_at is null
  and coalesce(findings ->> 'protection', '') not like '%-encrypted'
order by accepted_at desc, coalesce(intake_sequence, 9223372036854775807) desc, id desc
limit $4;

-- name: signatures
select language, text, html, updated_at, updated_by from team_signature where team = $1 order by language;

-- name: remove_signatures
delete from team_signature where team = $1;

-- name: put_signatures
insert into team_signature (team, language, text, html, updated_by)
select $1, language, text, html, $5
from unnest($2::text[], $3::text[], $4::text[]) as given (language, text, html);
