-- Queries of the auditor, the sweeper and the ledger's readers.

-- name: lock_audit
insert into audit (epoch) values ($1) on conflict do nothing;

-- name: begin
insert into audit (epoch) select unnest($1::smallint[]) on conflict do nothing;

-- name: seen
select seen from audit where epoch = $1 for update;

-- name: note_seen
-- Adds what was read; a sequence counts once, however often it comes.
update audit set seen = seen + $2::int8multirange where epoch = $1;

-- name: count_accepted
insert into audit_accepted as before (epoch, channel, messages)
select $1, channel, messages from unnest($2::text[], $3::bigint[]) as given (channel, messages)
on conflict (epoch, channel) do update set messages = before.messages + excluded.messages;

-- name: verified
select epoch, verified_through from audit;

-- name: lock_totals
select pg_advisory_xact_lock($1);

-- name: name_removed
-- Sequences below the auditor's floor that it never got: removed from the stream before anybody read them.
with floor as (
  select epoch, verified_through from audit where epoch = $1
), removed as (
  select given.sequence
  from floor, audit, generate_series(floor.verified_through + 1, $2::bigint) as given (sequence)
  where audit.epoch = $1 and not audit.seen @> given.sequence
), named as (
  insert into unsettled (epoch, sequence, channel, note)
  select $1, sequence, $3, 'it was removed from the stream before it was read' from removed
  on conflict do nothing
)
select sequence from removed;

-- name: name_unsettled
-- Acceptances that must have come to an end by now and did not.
insert into unsettled (epoch, sequence, channel, note)
select $1, given.sequence, $3, 'it never reached the ledger'
from audit, generate_series(audit.verified_through + 1, $2::bigint) as given (sequence)
where audit.epoch = $1
  and not exists (
    select from ledger where ledger.epoch = $1 and ledger.sequence = given.sequence and not vanished
  )
on conflict do nothing
returning sequence;

-- name: name_unsettled_intake
-- Places in INTAKE that must have led to a row of the ledger by now and did not.
insert into unsettled (epoch, sequence, channel, note)
select $1, given.sequence, $3, 'it was lost after intake'
from audit, generate_series(audit.verified_through + 1, $2::bigint) as given (sequence)
where audit.epoch = $1
  and not exists (
    select from ledger where ledger.intake_epoch = $1 and ledger.intake_sequence = given.sequence
  )
  and not exists (select from ledger where ledger.epoch = $1 and ledger.sequence = given.sequence)
on conflict do nothing
returning sequence;

-- name: count_verified
insert into ledger_total as total (epoch, channel, outcome, messages)
select ledger.epoch, channel, outcome, count(*)
from ledger join audit on audit.epoch = ledger.epoch
where ledger.epoch = $1 and sequence > audit.verified_through and sequence <= $2 and not vanished
group by 1, 2, 3
on conflict (epoch, channel, outcome) do update set messages = total.messages + excluded.messages;

-- name: move_verified
update audit set verified_through = $2 where epoch = $1 and verified_through < $2;

-- name: recovered
-- Named messages that have come to an end after all.
delete from unsettled
where exists (
    select from ledger
    where ledger.epoch = unsettled.epoch and ledger.sequence = unsettled.sequence and not vanished
  )
  or exists (
    select from ledger
    where ledger.intake_epoch = unsettled.epoch and ledger.intake_sequence = unsettled.sequence and not vanished
  )
  or exists (
    select from ledger
    where ledger.epoch = unsettled.accepted_epoch and ledger.sequence = unsettled.accepted_sequence and not vanished
  )
returning epoch, sequence;

-- name: due
-- Named messages whose next re-drive is due, with where they went on to, if that is known.
select unsettled.epoch, unsettled.sequence, unsettled.redrives, unsettled.accepted_epoch, unsettled.accepted_sequence,
  ledger.intake_epoch, ledger.intake_sequence
from unsettled
left join ledger on ledger.epoch = unsettled.epoch and ledger.sequence = unsettled.sequence
where not lost and next_redrive_at < clock_timestamp()
order by next_redrive_at
limit $1;

-- name: redriven
update unsettled set redrives = redrives + 1,
  next_redrive_at = clock_timestamp() + make_interval(secs => $3), channel = coalesce($6, channel),
  accepted_epoch = coalesce($4, accepted_epoch), accepted_sequence = coalesce($5, accepted_sequence)
where epoch = $1 and sequence = $2;

-- name: lost
update unsettled set lost = true, note = note || '; ' || $3 where epoch = $1 and sequence = $2;

-- name: dead_lettered
-- One whose place in INTAKE another message has is noted without it.
insert into ledger as before (epoch, sequence, channel, event_id, outcome, reason, intake_epoch, intake_sequence,
  accepted_at)
select epoch, sequence, channel, event_id, 'dead_lettered', reason, case when free then intake_epoch end,
  case when free then intake_sequence end, failed_at
from (
  select given.*, not exists (
    select from ledger
    where (ledger.intake_epoch, ledger.intake_sequence) = (given.intake_epoch, given.intake_sequence)
      and (ledger.epoch, ledger.sequence) <> (given.epoch, given.sequence)
  ) as free
  from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::bigint[],
    $8::timestamptz[])
    as given (epoch, sequence, channel, event_id, reason, intake_epoch, intake_sequence, failed_at)
) as letter
order by 1, 2
on conflict (epoch, sequence) do update set outcome = excluded.outcome, reason = excluded.reason, vanished = false
  where before.vanished;

-- name: accepted_counts
select channel, sum(messages)::bigint as messages from audit_accepted group by 1;

-- name: settled_counts
-- Verified totals, and the few rows beyond them that the auditor has seen.
select channel, outcome, sum(messages)::bigint as messages
from (
  select channel, outcome, messages from ledger_total
  union all
  select ledger.channel, ledger.outcome, count(*)
  from audit join ledger on ledger.epoch = audit.epoch and ledger.sequence > audit.verified_through
  where audit.seen @> ledger.sequence and not ledger.vanished
  group by 1, 2
) as counted
group by 1, 2;

-- name: unsettled_named
-- What has not come to an end: first what is lost, then what is being re-driven, then what is on its way.
(
  select stream_epoch.stream, stream_epoch.created_at, unsettled.sequence, unsettled.channel, unsettled.note,
    unsettled.lost, unsettled.redrives
  from unsettled join stream_epoch on stream_epoch.id = unsettled.epoch
  where not exists (
    select from ledger where ledger.epoch = unsettled.epoch and ledger.sequence = unsettled.sequence and not vanished
  )
  order by unsettled.lost desc, unsettled.missed_at
  limit $1
)
union all
(
  select stream_epoch.stream, stream_epoch.created_at, given.sequence, $2, 'on its way', false, 0
  from audit
  join stream_epoch on stream_epoch.id = audit.epoch and stream_epoch.stream = 'ACCEPTED'
  cross join lateral generate_series(audit.verified_through + 1, upper(audit.seen) - 1) as given (sequence)
  where audit.seen @> given.sequence
    and not exists (select from ledger where ledger.epoch = audit.epoch and ledger.sequence = given.sequence)
    and not exists (select from unsettled where unsettled.epoch = audit.epoch and unsettled.sequence = given.sequence)
  limit $1
);

-- name: lost_counts
-- Proven lost, by channel; places in INTAKE whose acceptance is named too count once.
select channel, count(*) as messages from unsettled
where lost
  and not exists (
    select from unsettled as accepted
    where accepted.epoch = unsettled.accepted_epoch and accepted.sequence = unsettled.accepted_sequence
  )
  and not exists (
    select from ledger where ledger.epoch = unsettled.epoch and ledger.sequence = unsettled.sequence and not vanished
  )
group by 1;

-- name: outbound_pending
select count(*) from outbox where notification_id is not null;

-- name: being_redriven
-- How many named places of a stream are not given up yet.
select count(*) from unsettled join stream_epoch on stream_epoch.id = unsettled.epoch
where stream_epoch.stream = $1 and not lost;

-- name: audits
-- Where the audit of each stream stands.
select stream_epoch.id, stream_epoch.stream, stream_epoch.created_at, audit.verified_through,
  coalesce(upper(audit.seen) - 1, 0) as seen_through
from audit join stream_epoch on stream_epoch.id = audit.epoch;
