-- Queries of synthetic probes.

-- name: issued_lately
select count(*) from probe where issued_at > clock_timestamp() - interval '1 minute';

-- name: issue
insert into probe (id, channel, issued_at, wants_answer) values ($1, $2, $3, $4) on conflict (id) do nothing returning id;

-- name: claim
-- Takes a probe for the message that carries it; its row may be gone, restored from an older backup. Whoever comes later
-- with the same one gets nothing, and waits here while somebody is at it.
insert into probe as before (id, channel, issued_at, accepted_at, event_id)
values ($1, $2, $3, $4, $5)
on conflict (id) do update set accepted_at = excluded.accepted_at, event_id = excluded.event_id
  where before.event_id is null or before.event_id = excluded.event_id
returning settled_at is not null as settled, wants_answer;

-- name: written
-- What was written for a probe, read back from the tables that everybody reads.
select ticket.number, ticket.subject, ticket.channel, ticket.account, ticket.status, ticket.type, ticket.category,
  ticket.priority, ticket.tier, ticket.team, ticket.policy, ticket.language, ticket.requester_address, ticket.created_at,
  message.body as text, message.accepted_at,
  exists (select from routing where routing.message_id = message.id) as routed,
  exists (select from ticket_search where ticket_search.number = ticket.number and terms <> '') as searchable,
  (select count(*) from history where history.ticket_number = ticket.number) as history,
  (select count(*) from message as other where other.ticket_number = ticket.number and other.notification_id is not null)
    as acknowledgements
from ticket join message on message.ticket_number = ticket.number and message.notification_id is null
where ticket.number = $1
limit 1;

-- name: settle
update probe set settled_at = clock_timestamp(), seen = $2::jsonb where id = $1;

-- name: one
select id, channel, issued_at, accepted_at, event_id, settled_at, seen, cleaned_at, wants_answer, answer,
  answered_at
from probe where id = $1;

-- name: answered
-- What became of answers; the first word counts, but for `sent`, after which another one comes.
update probe set answer = given.answer, answered_at = clock_timestamp()
from unnest($1::text[], $2::text[]) as given (id, answer)
where probe.id = given.id and coalesce(probe.answer, 'sent') = 'sent';

-- name: clean
-- What was seen goes; the name stays as long as somebody could bring it again.
update probe set seen = null, cleaned_at = coalesce(cleaned_at, clock_timestamp()) where id = $1 returning id;

-- name: tidy
-- Probes whose prober has gone away.
update probe set seen = null, cleaned_at = clock_timestamp()
where (cleaned_at is null or seen is not null) and issued_at < clock_timestamp() - make_interval(secs => $1);

-- name: forget
delete from probe where issued_at < clock_timestamp() - make_interval(secs => $1);
