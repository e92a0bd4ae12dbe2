-- Queries that make good what a restored database and restored streams do not know of each other.

-- name: newest
-- When this database was last written by the desk, as far as it shows.
select greatest(
  -- What this recovery reserved is no news of the desk.
  (select max(settled_at) from ledger where not vanished), (select max(at) from history),
  (select max(updated_at) from ticket),
  (select max(made_at) from held_reply), (select max(created_at) from outbox)
) as at;

-- name: audited
-- How far each stream is known: up to where all is settled or named, and the last sequence that anything here names.
select stream_epoch.stream, stream_epoch.created_at, coalesce(audit.verified_through, 0) as verified_through,
  greatest(
    coalesce(upper(audit.seen) - 1, 0),
    coalesce(audit.verified_through, 0),
    (select max(sequence) from ledger where ledger.epoch = stream_epoch.id),
    (select max(intake_sequence) from ledger where ledger.intake_epoch = stream_epoch.id)
  ) as known_through
from stream_epoch left join audit on audit.epoch = stream_epoch.id
where (stream_epoch.stream, stream_epoch.created_at) in (select * from unnest($1::text[], $2::text[]));

-- name: move_numbers
-- No number that was told to anybody is given out again: neither one that is known, nor one of the time after the last
-- backup, of which nothing is left. Links and reply addresses of such a ticket would open another one. A recovery that
-- is done again has left the gap already.
select setval('ticket_number', greatest($1 + $2, known.last + known.gap)) as last
from (
  select last_value as last,
    case when exists (select from recovery where known_until = $3) then 0 else $2::bigint end as gap
  from ticket_number
) as known;

-- name: busiest_day
-- The most tickets that this desk opened on one day of the last quarter.
select coalesce(max(count), 0) as tickets
from (
  select count(*) as count from ticket where created_at > $1::timestamptz - interval '92 days'
  group by date_trunc('day', created_at)
) as days;

-- name: numbered
-- Columns that a sequence gives values to, as they are written in a statement, and the last that each gave.
select quote_ident(relation.relname) as table_name, quote_ident(attribute.attname) as column_name,
  coalesce(pg_sequence_last_value(sequence.oid::regclass), 0) as last
from pg_class as sequence
join pg_depend on pg_depend.objid = sequence.oid and pg_depend.classid = 'pg_class'::regclass
  and pg_depend.refclassid = 'pg_class'::regclass and pg_depend.deptype in ('a', 'i')
join pg_class as relation on relation.oid = pg_depend.refobjid
join pg_namespace on pg_namespace.oid = relation.relnamespace and pg_namespace.nspname = current_schema()
join pg_attribute as attribute on attribute.attrelid = relation.oid and attribute.attnum = pg_depend.refobjsubid
where sequence.relkind = 'S'
union all
select 'ticket', 'number', last_value from ticket_number
order by 1;

-- name: known_messages
select id from message where id = any($1::uuid[]);

-- name: known_tickets
select number from ticket where number = any($1::bigint[]);

-- name: reserve
-- The message will open its ticket under the number that its customer was told: to the ledger it is one that vanished.
insert into ledger (epoch, sequence, channel, event_id, outcome, reason, ticket_number, message_id, intake_epoch,
  intake_sequence, accepted_at, vanished)
select epoch, sequence, channel, event_id, 'created', 'restored', ticket_number, message_id, intake_epoch,
  intake_sequence, accepted_at, true
from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::uuid[], $7::smallint[],
  $8::bigint[], $9::timestamptz[])
  as given (epoch, sequence, channel, event_id, ticket_number, message_id, intake_epoch, intake_sequence, accepted_at)
where not exists (select from message where message.id = given.message_id)
on conflict do nothing
returning ticket_number;

-- name: held_sent
-- Replies that waited when the database was backed up, and that the streams know as sent: not once more.
update held_reply set state = 'sent', message_id = given.message_id, ended_at = clock_timestamp(),
  reply = jsonb_build_object('status', reply->'status', 'fields', reply->'fields')
from unnest($1::uuid[], $2::uuid[]) as given (id, message_id)
where held_reply.id = given.id and state = 'held'
returning held_reply.id;

-- name: held_in_doubt
-- Replies that waited when the database was backed up, for a minute at most, and of which no stream says that they were
-- sent: called back, or not sent in time.
update held_reply set state = 'failed', ended_at = clock_timestamp(),
  why = 'the desk was restored from a backup: see whether it is still to be sent'
where state = 'held'
returning ticket_number;

-- name: note_recovery
insert into recovery (since, known_until, report) values ($1, $2, $3::jsonb);

-- name: open_recovery
-- Since when the database may be ignorant, and until when nothing is: of all recoveries that are not finished.
select min(since) as since, min(known_until) as known_until from recovery where replies_at is null;

-- name: finish_recovery
update recovery set replies_at = clock_timestamp() where replies_at is null;

-- name: outbox_waiting
-- Notifications that are published and not reported: which of them are still open.
select notification_id from outbox where notification_id = any($1::text[]);

-- name: unseen_events
-- Which of these events were not read back yet.
insert into recovered_event (event_id) select unnest($1::text[]) on conflict do nothing returning event_id;

-- name: lock_ticket
select number, account, channel, language, requester_address, requester_name from ticket where number = $1 for update;

-- name: insert_reply
insert into message (id, ticket_number, kind, event_id, channel, account, author_address, author_name, subject, body,
  body_html, language, automation, rfc_message_id, addressed, attachments, accepted_at, notification_id,
  delivery_state)
values ($1, $2, 'agent', $3, $4, $5, '', $6, $7, $8, $9, $10, 'no', $11, $12::jsonb, $13::jsonb, $14, $15, 'queued')
on conflict (id) do nothing
returning id;

-- name: insert_line
insert into history (ticket_number, at, actor, action, detail, why) values ($1, $2, $3, $4, $5::jsonb, $6);

-- name: insert_change
-- A change that the history does not have: its own line has the time of the event.
insert into history (ticket_number, at, actor, action, detail, why)
select $1::bigint, $2::timestamptz, $3, 'ticket.changed', $4::jsonb, ''
where not exists (
  select from history
  where ticket_number = $1 and action = 'ticket.changed' and detail ->> 'field' = $5
    and at between $2::timestamptz - interval '5 ms' and $2::timestamptz + interval '5 ms'
)
returning 1;

-- name: last_customer_word
select max(accepted_at) from message where ticket_number = $1 and kind = 'customer';

-- name: apply_snapshot
-- The ticket as it stood at its last event; one that its customer has written to since is not solved by that.
update ticket set type = $2, category = $3, status = $4, priority = $5, tier = $6, team = $7, assignee = $8,
  tags = $9::text[], subject = $10, version = greatest(version, $11) + 1, updated_at = greatest(updated_at, $12),
  solved_at = case when $4 in ('solved', 'closed') then coalesce(solved_at, $12) end,
  closed_at = case when $4 = 'closed' then coalesce(closed_at, $12) end,
  status_since = case when status <> $4 then $12 else status_since end,
  first_response_at = coalesce(first_response_at, $13)
where number = $1;

-- name: replace_facets
update ticket_search set terms = coalesce((
    select array_to_tsvector(array_agg(lexeme))
    from unnest(tsvector_to_array(ticket_search.terms)) as lexeme
    where split_part(lexeme, '=', 1) <> all($3::text[])
  ), ''::tsvector) || array_to_tsvector($2::text[])
where number = $1;
