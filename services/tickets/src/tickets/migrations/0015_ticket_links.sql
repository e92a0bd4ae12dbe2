-- Tickets that have to do with each other. Expand only.
create table ticket_link (
  -- What the kind says of the two reads from here: this one is caused by the other, follows it up, is its duplicate.
  ticket_number bigint not null references ticket on delete cascade,
  to_number bigint not null references ticket on delete cascade,
  kind text not null check (kind in ('related', 'duplicate', 'caused_by', 'follow_up')),
  linked_at timestamptz not null,
  linked_by text not null,
  primary key (ticket_number, to_number),
  check (ticket_number <> to_number)
);
-- One link between two tickets, from whichever end.
create unique index ticket_link_pair on ticket_link (least(ticket_number, to_number), greatest(ticket_number, to_number));
create index ticket_link_to on ticket_link (to_number, kind);
