-- What is known of a mail beyond its text. Expand only: 0.1.0 writes none of it and reads none of it.

alter table message
  -- What of the body is newly written; null: all of it.
  add column reply_text text,
  -- Verdicts and reports: authentication, protection, filtered, undelivered. Null: there is nothing to say.
  add column findings jsonb;

alter table message
  -- Recipient of a mail of ours → what reports said of it. Null: nothing came back.
  add column delivery_recipients jsonb;

-- Whether mail gets to an address. Only proven bounces of mails that went there stop it; a mail from there, or an agent,
-- lifts it.
alter table identity
  add column undeliverable_since timestamptz,
  add column undeliverable_reason text,
  add column undeliverable_message uuid,
  add column soft_bounces smallint not null default 0,
  add column soft_bounces_since timestamptz,
  -- Bounces of mails from before then say nothing any more.
  add column reach_lifted_at timestamptz;
create index identity_undeliverable on identity (undeliverable_since, address) where undeliverable_since is not null;

-- Tickets that senders and domains near their limit opened in an hour of acceptance, over all replicas.
create table sender_rate (
  sender text not null,
  hour timestamptz not null,
  used integer not null,
  primary key (sender, hour)
);
create index sender_rate_age on sender_rate (hour);

-- Whom the desk wants to hear, or not without having looked: an address, or a domain with its subdomains.
create table sender_list (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('allow', 'deny')),
  sender text not null unique,
  note text not null default '',
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  expires_at timestamptz
);

alter table quarantine
  -- What was found, in the words of those who looked.
  add column detail text not null default '';
create index quarantine_sender on quarantine (sender_address, created_at) where state = 'waiting';
create index quarantine_decided on quarantine (created_at, id) where state <> 'waiting';

-- What the desk's people decided outside of tickets: quarantine, sender list, addresses. Never changed, never deleted.
create table desk_decision (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  action text not null,
  detail jsonb not null default '{}',
  why text not null default ''
);
