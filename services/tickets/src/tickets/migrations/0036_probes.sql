-- Synthetic probes. Their tickets are written and taken back in one transaction, so all that is kept of one is here: its
-- name, so that it counts once, and for as long as its prober wants it, what was read of the ticket.
create table probe (
  id text primary key,
  channel text not null,
  issued_at timestamptz not null,
  -- Its acknowledgement is to leave; what became of that, `failed: …` if it did not.
  wants_answer boolean not null default false,
  answer text,
  answered_at timestamptz,
  accepted_at timestamptz,
  event_id text,
  settled_at timestamptz,
  seen jsonb,
  cleaned_at timestamptz
);
create index probe_issued on probe (issued_at);
