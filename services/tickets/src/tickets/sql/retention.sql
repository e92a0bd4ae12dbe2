-- What is old enough to be forgotten, by the desk's own rules. Some at a time, the oldest first; nothing that is held.

-- name: closed
-- Closed tickets whose words are to go: of all, or of spam alone. One that was merged goes with the one it went on in.
select number from ticket
where status = 'closed' and anonymised_at is null and closed_at < clock_timestamp() - make_interval(secs => $1)
  and ($2::boolean is false or category = 'spam' or 'spam' = any(tags))
  and not exists (select from legal_hold where ticket_number = number)
  and not exists (
    select from ticket as into_one where into_one.number = ticket.merged_into
      and (into_one.status <> 'closed' or into_one.closed_at >= clock_timestamp() - make_interval(secs => $1))
  )
order by closed_at limit $3;

-- name: emptied
-- Tickets whose words went a day ago and more, so that whoever shows them has followed: those that are to go whole. Those
-- that were merged into one go before it.
select number from ticket
where status = 'closed' and anonymised_at < clock_timestamp() - interval '1 day'
  and closed_at < clock_timestamp() - make_interval(secs => $1)
  and ($2::boolean is false or category = 'spam' or 'spam' = any(tags))
  and not exists (select from legal_hold where ticket_number = number)
  and not exists (select from ticket as other where other.merged_into = ticket.number)
order by closed_at limit $3;

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
-- Tickets that have been closed for so long and have their files still.
select number from ticket
where status = 'closed' and anonymised_at is null and files_deleted_at is null
  and closed_at < clock_timestamp() - make_interval(secs => $1)
  and not exists (select from legal_hold where ticket_number = number)
order by closed_at limit $2
for update skip locked;

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
order by decided_at limit $2
for update skip locked;

-- name: delete_rejected
delete from quarantine where id = any($1::uuid[]);

-- name: count_closed
select count(*) from ticket
where status = 'closed' and anonymised_at is null and closed_at < clock_timestamp() - make_interval(secs => $1)
  and ($2::boolean is false or category = 'spam' or 'spam' = any(tags))
  and not exists (select from legal_hold where ticket_number = number);

-- name: count_emptied
select count(*) from ticket
where status = 'closed' and anonymised_at is not null and closed_at < clock_timestamp() - make_interval(secs => $1)
  and ($2::boolean is false or category = 'spam' or 'spam' = any(tags))
  and not exists (select from legal_hold where ticket_number = number);

-- name: count_with_files
select count(*) from ticket
where status = 'closed' and anonymised_at is null and files_deleted_at is null
  and closed_at < clock_timestamp() - make_interval(secs => $1)
  and not exists (select from legal_hold where ticket_number = number);

-- name: count_rejected
select count(*) from quarantine
where state = 'rejected' and decided_at < clock_timestamp() - make_interval(secs => $1);

-- name: held
select count(*) from legal_hold;

-- name: place_hold
insert into legal_hold (ticket_number, placed_by, why) values ($1, $2, $3)
on conflict (ticket_number) do update set why = excluded.why
returning *, (xmax = 0) as placed;

-- name: lift_hold
delete from legal_hold where ticket_number = $1 returning *;

-- name: holds
select * from legal_hold order by placed_at;
