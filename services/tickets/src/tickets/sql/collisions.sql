-- Sequences that a stream has given out twice: it was restored from a backup that was older than the ledger, and
-- something was stored in it before `tickets recover positions`.

-- name: collided
-- Which of these messages another one keeps from being settled for ever, by their position among those that are given:
-- sequences that a stream has given out twice.
select (given.nth - 1)::int as position
from unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::text[])
  with ordinality as given (epoch, sequence, intake_epoch, intake_sequence, event_id, nth)
where exists (
  select from ledger
  where (ledger.epoch, ledger.sequence) = (given.epoch, given.sequence) and ledger.event_id <> given.event_id
    and not ledger.vanished and ledger.outcome <> 'dead_lettered'
) or exists (
  select from ledger
  where (ledger.intake_epoch, ledger.intake_sequence) = (given.intake_epoch, given.intake_sequence)
    and (ledger.epoch, ledger.sequence) <> (given.epoch, given.sequence)
);

-- name: given_before
-- What the ledger had as settled before the stream was restored, from the first sequence on that it gave out since.
select ledger.sequence
from stream_epoch join ledger on ledger.epoch = stream_epoch.id
where (stream_epoch.stream, stream_epoch.created_at) = ($1, $2) and ledger.sequence >= $3 and ledger.settled_at < $4
union
select ledger.intake_sequence
from stream_epoch join ledger on ledger.intake_epoch = stream_epoch.id
where (stream_epoch.stream, stream_epoch.created_at) = ($1, $2) and ledger.intake_sequence >= $3
  and ledger.settled_at < $4
order by 1;
