-- Queries of the archiver and of the collector of blobs.

-- name: ends
-- How acceptances ended, and whether anything that their originals belong to is still there.
select ledger.sequence, ledger.outcome, ledger.event_id,
  exists (select from message where message.id = ledger.message_id)
    or exists (select from quarantine where quarantine.id = ledger.message_id) as needed
from ledger
where ledger.epoch = $1 and ledger.sequence = any($2::bigint[]) and not ledger.vanished;

-- name: settled_until
-- The last mail up to which all have come to an end; none as long as something named may come home.
select ledger.accepted_at
from stream_epoch
join audit on audit.epoch = stream_epoch.id
join ledger on ledger.epoch = audit.epoch and ledger.sequence <= audit.verified_through
where stream_epoch.stream = 'ACCEPTED' and stream_epoch.created_at = $1
  and not exists (select from unsettled where not lost)
order by ledger.sequence desc
limit 1;

-- name: owners_there
-- Which of these messages exist, as a message or in quarantine.
select id from message where id = any($1::uuid[])
union all
select id from quarantine where id = any($1::uuid[]);

-- name: owners_dead
-- Which of these events ended as dead letters, which may be replayed.
select event_id from ledger where outcome = 'dead_lettered' and event_id = any($1::text[]);

-- name: uploads_there
-- Which of these uploads wait for their reply, or went out with one that exists.
select id from upload
where id = any($1::uuid[])
  and case when message_id is null then created_at > clock_timestamp() - make_interval(secs => $2)
    else exists (select from message where message.id = upload.message_id) end;

-- name: forget_uploads
delete from upload where id = any($1::uuid[]);
