-- What people made of their chat messages after they were accepted. Expand only.

alter table message
  -- When whoever wrote it last changed it; null: never.
  add column edited_at timestamptz,
  -- When they deleted it. It has no text any more; for a while message_revision still has it.
  add column deleted_at timestamptz;

-- Texts that no longer stand. Of a deleted message they are kept for a while, else as long as the ticket.
create table message_revision (
  message_id uuid not null references message on delete cascade,
  -- The channel's own id of what they did.
  revision text not null,
  kind text not null check (kind in ('edited', 'deleted')),
  -- What the message said until then.
  body text not null,
  revised_at timestamptz not null,
  noted_at timestamptz not null default clock_timestamp(),
  primary key (message_id, revision)
);
create index message_deleted on message (deleted_at) where deleted_at is not null;
