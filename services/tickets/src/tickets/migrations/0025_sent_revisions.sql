-- What became of sent messages that were edited or taken back where their customers read them. Expand only.

create table sent_revision (
  -- Of the event that asks the channel for it; its report names it.
  id text primary key,
  message_id uuid not null references message on delete cascade,
  -- Counts the revisions of the message.
  number int not null check (number > 0),
  kind text not null check (kind in ('edited', 'deleted')),
  state text not null default 'queued' check (state in ('queued', 'delivered', 'failed')),
  detail text not null default '',
  requested_at timestamptz not null,
  unique (message_id, number)
);
