-- Pages: who was called about a ticket, and who has said that they have it.

-- name: insert
insert into page (id, ticket_number, agent, ladder, ladder_version, run, step, round, attempt, paged_at, answer_by)
select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::uuid[], $7::smallint[],
  $8::smallint[], $9::smallint[], $10::timestamptz[], $11::timestamptz[]);

-- name: withdraw
-- Take back what still waits for somebody, and let a worker tell so.
with withdrawn as (
  update page set withdrawn_at = $2, withdrawn_why = $3
  where ticket_number = $1 and acknowledged_at is null and withdrawn_at is null
  returning *
)
insert into due (ticket_number, kind, key, due_at, detail)
select ticket_number, 'page_settled', id::text, $2,
  jsonb_build_object('agent', agent, 'ladder', ladder, 'run', run, 'state', 'withdrawn', 'by', null, 'why', withdrawn_why)
from withdrawn;

-- name: acknowledge
with acknowledged as (
  update page set acknowledged_at = $2, acknowledged_by = $3
  where id = $1 and acknowledged_at is null and withdrawn_at is null
  returning *
)
insert into due (ticket_number, kind, key, due_at, detail)
select ticket_number, 'page_settled', id::text, $2,
  jsonb_build_object('agent', agent, 'ladder', ladder, 'run', run, 'state', 'acknowledged', 'by', $3::text, 'why', $4::text)
from acknowledged
returning key;

-- name: one
select page.*, ticket.subject, ticket.priority, ticket.team, coalesce(agent.name, page.agent) as agent_name
from page join ticket on ticket.number = page.ticket_number left join agent on agent.handle = page.agent
where page.id = $1;

-- name: newest
-- Pages, newest first: of an agent, in a state (null: any), beyond a place.
select page.*, ticket.subject, ticket.priority, ticket.team, coalesce(agent.name, page.agent) as agent_name
from page join ticket on ticket.number = page.ticket_number left join agent on agent.handle = page.agent
where ($1::text is null or page.agent = $1)
  and ($2::text is null or $2 = case
    when acknowledged_at is not null then 'acknowledged' when withdrawn_at is not null then 'withdrawn' else 'open' end)
  and ($3::timestamptz is null or (paged_at, page.id) < ($3, $4::uuid))
order by paged_at desc, page.id desc limit $5;
