-- Replies that wait a little before they go, so that whoever wrote them can call them back. Expand only.

create table held_reply (
  id uuid primary key,
  ticket_number bigint not null references ticket on delete cascade,
  made_at timestamptz not null,
  send_at timestamptz not null,
  state text not null default 'held' check (state in ('held', 'sent', 'recalled', 'failed')),
  -- Why it failed.
  why text not null default '',
  -- The message that it became.
  message_id uuid,
  ended_at timestamptz,
  -- What is said, and what else the reply does; nothing once it has ended, for then the message says it.
  reply jsonb not null,
  -- Whose words they are.
  token_id bigint not null,
  name text not null,
  actor text not null,
  agent text,
  bot boolean not null,
  admin boolean not null,
  via text
);
create index held_reply_ticket on held_reply (ticket_number);
create index held_reply_ended on held_reply (ended_at) where ended_at is not null;
