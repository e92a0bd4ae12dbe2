-- Ways on file to single customers, and codes that are sent to them to prove that somebody is who they say. Expand only.

-- What the desk keeps of a customer beside where they write from: only people of the desk put it there.
create table customer_way (
  customer text not null references customer_mark on delete cascade,
  kind text not null check (kind in ('email', 'phone')),
  address text not null,
  -- Since when it is on file: who is to be verified cannot have put it there in the same conversation.
  added_at timestamptz not null default clock_timestamp(),
  primary key (customer, kind, address)
);
create index customer_way_address on customer_way (kind, address);

create table one_time_code (
  id uuid primary key,
  ticket_number bigint not null references ticket on delete cascade,
  -- Who asked in the ticket when it was sent: it proves nothing about anybody else.
  requester_id bigint not null,
  medium text not null check (medium in ('sms', 'email')),
  address text not null,
  -- The range of numbers that the number is in; empty of mail.
  prefix text not null,
  -- Who may see the ticket may see this of the address.
  shown text not null,
  -- HMAC of id and code under a key of the service; nothing once it has ended.
  hash bytea,
  tries smallint not null default 0,
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  outcome text check (outcome in ('verified', 'spent', 'replaced')),
  actor text not null,
  notification_id text not null unique,
  -- What its channel said became of it.
  delivery text not null default 'queued',
  delivery_detail text not null default ''
);
-- One open code a ticket.
create unique index one_time_code_open on one_time_code (ticket_number) where ended_at is null;
create index one_time_code_ticket on one_time_code (ticket_number, sent_at);
create index one_time_code_sent on one_time_code (sent_at);
