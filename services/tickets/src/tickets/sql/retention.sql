-- What is old enough to be forgotten, by the desk's own rules. Some at a time, the oldest first; nothing that is held. Each
-- of these says how much is due (`count(*)` of it, without a limit) as well as what is done: there is no second condition.
-- A ticket that was merged goes with the one it went on in (`over_at`, which is never sooner than `closed_at`): that one
-- shows what was said here, and if it is held this is too. Merging makes no chains.

-- name: closed
-- Closed tickets whose words are to go: of all, or of spam alone. Spam that is old enough to go as such ($4; null: spam is
-- nothing special) goes so.
select ticket.number from ticket
left join ticket as into_one on into_one.number = ticket.merged_into
cross join lateral (
  select greatest(ticket.closed_at, case when into_one.status <> 'closed' then 'infinity' else into_one.closed_at end)
    as over_at, ticket.category = 'spam' or 'spam' = any(ticket.tags) as spam
) as one
where ticket.status = 'closed' and ticket.anonymised_at is null
  and ticket.closed_at < clock_timestamp() - make_interval(secs => $1)
  and over_at < clock_timestamp() - make_interval(secs => $1) and (spam or not $2::boolean)
  and ($2 or not coalesce(spam and over_at < clock_timestamp() - make_interval(secs => $4), false))
  and not exists (select from legal_hold where ticket_number in (ticket.number, ticket.merged_into))
order by ticket.closed_at limit $3;

-- name: emptied
-- Tickets whose words went a day ago and more, so that whoever shows them has followed: those that are to go whole. Those
-- that were merged into one go before it.
select ticket.number from ticket
cross join lateral (select ticket.category = 'spam' or 'spam' = any(ticket.tags) as spam) as one
where ticket.status = 'closed' and ticket.anonymised_at < clock_timestamp() - interval '1 day'
  and ticket.closed_at < clock_timestamp() - make_interval(secs => $1) and (spam or not $2::boolean)
  and ($2 or not coalesce(spam and ticket.closed_at < clock_timestamp() - make_interval(secs => $4), false))
  and not exists (select from legal_hold where ticket_number in (ticket.number, ticket.merged_into))
  and not exists (select from ticket as other where other.merged_into = ticket.number)
order by ticket.closed_at limit $3;

-- name: lock
select number from ticket where number = $1 for update;

-- name: remember
-- What is left of a ticket that goes whole.
insert into forgotten_ticket (number, type, category, status, priority, tier, team, channel, language, messages, created_at,
  first_response_at, solved_at, closed_at)
select number, type, category, status, priority, tier, team, channel, language,
  (select count(*) from message where ticket_number = number), created_at, first_response_at, solved_at, closed_at
from ticket where number = $1
on conflict (number) do nothing;

-- name: delete
delete from ticket where number = $1;

-- name: with_files
-- Tickets that have been closed for so long and have their files still; those whose words are due ($3, $4 of spam; null:
-- never) go whole.
select ticket.number from ticket
left join ticket as into_one on into_one.number = ticket.merged_into
cross join lateral (
  select greatest(ticket.closed_at, case when into_one.status <> 'closed' then 'infinity' else into_one.closed_at end)
    as over_at, ticket.category = 'spam' or 'spam' = any(ticket.tags) as spam
) as one
where ticket.status = 'closed' and ticket.anonymised_at is null and ticket.files_deleted_at is null
  and ticket.closed_at < clock_timestamp() - make_interval(secs => $1)
  and over_at < clock_timestamp() - make_interval(secs => $1)
  and not coalesce(over_at < clock_timestamp() - make_interval(secs => $3), false)
  and not coalesce(spam and over_at < clock_timestamp() - make_interval(secs => $4), false)
  and not exists (select from legal_hold where ticket_number in (ticket.number, ticket.merged_into))
order by ticket.closed_at limit $2;

-- name: lock_with_files
-- Those of them that nobody works on, and that are closed still.
select number, merged_into from ticket where number = any($1::bigint[]) and status = 'closed' and files_deleted_at is null
order by number for update skip locked;

-- name: files
select raw, attachments from message
where ticket_number = any($1::bigint[]) and (raw is not null or attachments <> '[]');

-- name: without_files
-- The names of files stay: a conversation that speaks of one is understood.
with emptied as (
  update message set raw = null, attachments = (
    select coalesce(jsonb_agg(jsonb_set(one, '{blob}', 'null')), '[]') from jsonb_array_elements(attachments) as one
  )
  where ticket_number = any($1::bigint[]) and (raw is not null or attachments <> '[]')
)
update ticket set files_deleted_at = clock_timestamp() where number = any($1::bigint[]);

-- name: rejected
select id, raw from quarantine
where state = 'rejected' and decided_at < clock_timestamp() - make_interval(secs => $1)
order by decided_at limit $2;

-- name: lock_rejected
select id, raw from quarantine where id = any($1::uuid[]) and state = 'rejected' order by id for update skip locked;

-- name: delete_rejected
delete from quarantine where id = any($1::uuid[]);

-- name: held
select count(*) from legal_hold;

-- name: held_of
select ticket_number from legal_hold where ticket_number = any($1::bigint[]);

-- name: place_hold
insert into legal_hold (ticket_number, placed_by, why) values ($1, $2, $3);

-- name: standing_hold
select placed_by, why from legal_hold where ticket_number = $1 for update;

-- name: change_hold
update legal_hold set placed_by = $2, why = $3 where ticket_number = $1;

-- name: lift_hold
delete from legal_hold where ticket_number = $1 returning *;

-- name: holds
select * from legal_hold order by placed_at;
