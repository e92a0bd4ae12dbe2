-- Queries of merging tickets. The tickets are locked, the lower number first.

-- name: merged_into
-- The ticket in which one goes on, as it is at this moment; binds nobody.
select merged_into from ticket where number = $1;

-- name: exists
select exists (select from ticket where number = $1);

-- name: rekey
update ticket set page_epoch = page_epoch + 1 where number = $1;

-- name: merged_here
-- Tickets that go on in this one.
select number from ticket where merged_into = $1 order by number limit $2;

-- name: waits
-- Whether the last who spoke in a ticket was its customer. What was said aside counts for nothing; with who called and
-- was answered somebody has talked.
select kind = 'customer' and addressed ->> 'taken_by' is null as waits from message
where ticket_number = $1 and kind in ('customer', 'agent')
  and not coalesce((addressed ->> 'aside')::boolean, false)
  and not exists (
    select from participant
    where participant.ticket_number = $1 and role = 'aside' and address = message.author_address
  )
order by accepted_at desc, coalesce(intake_sequence, 9223372036854775807) desc, id desc
limit 1;

-- name: snoozed_until
select due_at from due where ticket_number = $1 and kind = $2 limit 1;

-- name: lead_on
-- Say where a ticket goes on; null: it is its own again.
update ticket set merged_into = $2 where number = $1;

-- name: note
insert into ticket_merge (ticket_number, into_number, at, actor, reason, shared, status, solved_at, snoozed_until, joined,
  followers)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11)
returning id;

-- name: note_told
update ticket_merge set told = $2 where id = $1;

-- name: standing
select id, ticket_number, into_number, at, shared, status, solved_at, snoozed_until, joined, followers, told
from ticket_merge where ticket_number = $1 and undone_at is null;

-- name: undo
update ticket_merge set undone_at = $2, undone_by = $3, undone_why = $4 where id = $1;

-- name: follow
-- Whoever has or follows a ticket follows another one too; returns those who did not yet.
insert into follower (ticket_number, agent, since, why)
select $2, handle, $3, $4 from agent
where handle in (
  select agent from follower where ticket_number = $1 union select assignee from ticket where number = $1
)
order by handle
on conflict (ticket_number, agent) do nothing
returning agent;

-- name: unfollow
-- Those whom a merging made followers, unless another merged ticket is theirs too.
delete from follower
where ticket_number = $1 and agent = any($2::text[]) and since = $3 and not exists (
  select from ticket as other
  where other.merged_into = $1 and (
    other.assignee = follower.agent
    or exists (select from follower as too where too.ticket_number = other.number and too.agent = follower.agent)
  )
);

-- name: heirs
-- Other mergings into a ticket by which these addresses would have joined as well.
select id, address
from ticket_merge join participant on participant.ticket_number = ticket_merge.ticket_number
where into_number = $1 and undone_at is null and shared and ticket_merge.id <> $2
  and participant.kind = 'email' and role <> 'aside' and left_at is null and address = any($3::text[])
order by ticket_merge.id;

-- name: inherit
update ticket_merge set joined = joined || $2::jsonb where id = $1;

-- name: leave
-- People who take part since these very times; whoever was added anew meanwhile stays.
delete from participant
using jsonb_each_text($2::jsonb) as given (address, since)
where ticket_number = $1 and kind = 'email' and role = 'cc' and left_at is null
  and participant.address = given.address and added_at = given.since::timestamptz
returning participant.address;

-- name: take_back
-- What came by a ticket while it was merged, back where it belongs; with the words of the newest, for the search. What
-- was sent from the other one stays there, though it was said in this one's conversation.
with back as (
  update message set ticket_number = $1, came_by = null
  where ticket_number = $2 and came_by = $1 and notification_id is null
  returning id, kind, channel, subject, coalesce(reply_text, body) as body, language, author_address, author_name,
    accepted_at, intake_sequence
)
select id, kind, channel, language, author_address, author_name, accepted_at,
  case when row_number() over newest_first <= $3 then left(subject || E'\n' || body, 20000) else '' end as words,
  exists (
    select from participant
    where participant.ticket_number = $1 and role = 'aside' and address = back.author_address
  ) as aside
from back
window newest_first as (order by accepted_at desc, intake_sequence desc nulls first, id desc)
order by accepted_at, intake_sequence nulls last, id;

-- name: settled_there
update ledger set ticket_number = $1 where message_id = any($2::uuid[]) and outcome in ('created', 'appended');

-- name: brought_along
-- People in copy of a ticket whom these messages brought along, and since when.
select distinct participant.address, participant.name, participant.added_at
from history
cross join lateral jsonb_array_elements_text(detail -> 'addresses') as named (address)
join participant on participant.ticket_number = history.ticket_number and participant.kind = 'email'
  and participant.address = named.address and role = 'cc' and left_at is null and added_at = history.at
where history.ticket_number = $1 and action = 'participants.added' and detail ->> 'message' = any($2::text[]);

-- name: last_answer
-- When a person last answered publicly in a ticket.
select max(accepted_at) as at from message
where ticket_number = $1 and kind = 'agent' and not coalesce((addressed ->> 'aside')::boolean, false);
