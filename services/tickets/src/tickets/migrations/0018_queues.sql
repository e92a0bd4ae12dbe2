-- Queues of agents: what falls due first, who was named in a note, who did what today. Expand only: releases before read
-- none of it.

-- When the next of a ticket's running clocks falls due; null: none runs. Written with the state, which says it too.
alter table service_level add column next_due_at timestamptz;

-- Of tickets that are open now; a release before this one leaves it as it is: `tickets recompute --all --write`.
update service_level set next_due_at = due.at
from (
  select level.ticket_number, min(clock.due_at::timestamptz) as at
  from service_level as level
  join ticket on ticket.number = level.ticket_number and ticket.status not in ('solved', 'closed')
  cross join lateral (select level.state::jsonb as state) as read
  cross join lateral jsonb_each(
    case jsonb_typeof(read.state) when 'array' then read.state -> 11 else read.state -> 'clocks' end
  ) as one (name, fields)
  cross join lateral (
    -- As lists, or with names as releases before wrote them.
    select case jsonb_typeof(fields) when 'array' then fields ->> 2 else fields ->> 'stands' end as stands,
      case jsonb_typeof(fields) when 'array' then fields ->> 7 else fields ->> 'due_at' end as due_at,
      case jsonb_typeof(fields) when 'array' then fields ->> 8 else fields ->> 'met_at' end as met_at
  ) as clock
  where clock.stands = '' and clock.met_at is null and clock.due_at is not null
  group by level.ticket_number
) as due
where due.ticket_number = service_level.ticket_number;

-- With the number, so that a walk along it reads nothing else of the table.
create index service_level_due on service_level (next_due_at, ticket_number) where next_due_at is not null;

-- What waits for somebody of a team, by urgency, then by age. Whatever used `ticket_waiting` uses this one: it holds the
-- same tickets, so that an older release runs with it too.
create index ticket_queue on ticket (
  team, (case priority when 'urgent' then 0 when 'high' then 1 when 'normal' then 2 else 3 end), number
) where assignee is null and status in ('new', 'open');
drop index ticket_waiting;
-- What a team has that is not done is counted out of this one alone.
create index ticket_of_team on ticket (team, number) where status <> 'closed' and status <> 'solved';

-- Notes that name an agent. Read when the agent says so, or writes in the ticket.
create table mention (
  id bigint generated always as identity primary key,
  agent text not null references agent on delete cascade,
  ticket_number bigint not null references ticket on delete cascade,
  message_id uuid not null,
  -- Who wrote the note, as the history names them.
  actor text not null,
  at timestamptz not null,
  read_at timestamptz,
  unique (message_id, agent)
);
create index mention_unread on mention (agent, id) where read_at is null;
create index mention_ticket on mention (ticket_number);

create index page_waiting on page (agent, answer_by, id) where acknowledged_at is null and withdrawn_at is null;

-- What agents did, for their day. What customers and the desk itself do is not in it, so mail costs nothing.
create index history_of_agent on history (actor, at) where actor like 'agent:%';
