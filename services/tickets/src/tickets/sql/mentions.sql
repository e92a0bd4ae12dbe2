-- Notes that name agents.

-- name: note
-- Whom notes name, and what their writers have read by writing there.
with read as (
  update mention set read_at = clock_timestamp()
  from unnest($1::text[], $2::bigint[]) as wrote (agent, ticket_number)
  where mention.agent = wrote.agent and mention.ticket_number = wrote.ticket_number and read_at is null
)
insert into mention (agent, ticket_number, message_id, actor, at)
select distinct on (message_id, agent.handle) agent.handle, ticket_number, message_id, actor, at
from unnest($3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::timestamptz[])
  as named (handle, ticket_number, message_id, actor, at)
join agent on lower(agent.handle) = named.handle and agent.active and 'agent:' || agent.handle <> actor
on conflict (message_id, agent) do nothing;

-- name: read
-- Whose it is and whether it was unread until now; no row: there is none.
with found as (
  select id, read_at is null as unread from mention where id = $1 and agent = $2
), marked as (
  update mention set read_at = clock_timestamp() from found where mention.id = found.id and found.unread
)
select unread from found;
