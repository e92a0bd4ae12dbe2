-- People who are erased, tickets that nobody may erase, and what is left of tickets that were forgotten. Expand only: older
-- releases read and write none of it.

-- A ticket that must be kept as it is, whatever its age and whoever wants to be erased.
create table legal_hold (
  ticket_number bigint primary key references ticket on delete cascade,
  placed_at timestamptz not null default clock_timestamp(),
  placed_by text not null,
  why text not null
);

-- Orders to erase a person, and the list by which they are erased again after a restore. Once it is done no row says who
-- it was: only HMACs are left, which tell that a person is one of those.
create table erasure (
  id uuid primary key,
  ordered_at timestamptz not null default clock_timestamp(),
  ordered_by text not null,
  why text not null default '',
  -- What came later is new, and stays.
  before timestamptz not null,
  state text not null default 'ordered' check (state in ('ordered', 'running', 'waiting', 'done', 'refused')),
  -- In the clear only until it is done: [{"kind": …, "address": …}], and names.
  identities jsonb,
  names jsonb,
  -- Tickets, and how what they sent is called elsewhere: whoever goes on after a kill finds in no ticket any more who asked.
  traces jsonb,
  hashes text[] not null,
  -- How much was erased of what, and what is left for a person to look at, without naming anybody.
  report jsonb not null default '{}',
  finished_at timestamptz
);
create index erasure_open on erasure (ordered_at) where state <> 'done';

-- What is left of a ticket that was deleted because of its age: enough to count by.
create table forgotten_ticket (
  number bigint primary key,
  type text not null,
  category text not null,
  status text not null,
  priority text not null,
  tier text not null,
  team text not null,
  channel text not null,
  language text not null,
  messages integer not null,
  created_at timestamptz not null,
  first_response_at timestamptz,
  solved_at timestamptz,
  closed_at timestamptz,
  forgotten_at timestamptz not null default clock_timestamp()
);
alter table ticket
  -- When the words of a ticket that is kept were taken out of it.
  add column anonymised_at timestamptz,
  -- When its files and originals were deleted, which may be sooner.
  add column files_deleted_at timestamptz;
create index ticket_closed on ticket (closed_at) where status = 'closed' and anonymised_at is null;
create index ticket_anonymised on ticket (closed_at) where anonymised_at is not null;
create index ticket_with_files on ticket (closed_at)
  where status = 'closed' and anonymised_at is null and files_deleted_at is null;

-- Where the copies lie of what was taken out of tickets, until they are deleted: whoever is killed goes on.
create table unwanted_original (
  id bigint generated always as identity primary key,
  -- A reference as messages have it.
  place jsonb not null,
  noted_at timestamptz not null default clock_timestamp()
);

-- A ticket that is forgotten on purpose does not come back as lost: its acceptances stay settled.
create or replace function note_deleted_message() returns trigger language plpgsql as $$
begin
  if current_setting('ventanilla.forgetting', true) = 'on' then
    return null;
  end if;
  with gone as (
    update ledger set vanished = true
    from deleted
    where ledger.message_id = deleted.id and ledger.outcome in ('created', 'appended') and not ledger.vanished
    returning ledger.epoch, ledger.sequence, ledger.channel
  )
  insert into unsettled (epoch, sequence, channel, note)
  select epoch, sequence, channel, 'its message was deleted from the database' from gone
  on conflict do nothing;
  return null;
end $$;

-- Dead letters that somebody has looked at and wants to see no more. The letters themselves age out of their stream.
create table dropped_letter (
  -- When the stream of dead letters was made, as the broker writes it, and the letter's place in it.
  created_at text not null,
  sequence bigint not null,
  dropped_at timestamptz not null default clock_timestamp(),
  dropped_by text not null,
  why text not null,
  primary key (created_at, sequence)
);
