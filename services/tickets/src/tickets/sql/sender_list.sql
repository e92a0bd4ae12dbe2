-- Whom the desk allows and denies.

-- name: in_force
-- All that counts now; beyond the limit the oldest do not.
select sender, kind from sender_list
where expires_at is null or expires_at > clock_timestamp()
order by id desc limit $1;

-- name: page
select *, expires_at is not null and expires_at <= clock_timestamp() as expired
from sender_list
where ($1::text is null or kind = $1) and id > $2 and ($4::text[] is null or sender = any($4))
order by id limit $3;

-- name: put
-- One entry for each sender: the last word counts.
insert into sender_list (kind, sender, note, created_by, expires_at) values ($1, $2, $3, $4, $5)
on conflict (sender) do update set kind = excluded.kind, note = excluded.note, created_by = excluded.created_by,
  created_at = clock_timestamp(), expires_at = excluded.expires_at
returning *, expires_at is not null and expires_at <= clock_timestamp() as expired;

-- name: remove
delete from sender_list where id = $1 returning kind, sender, expires_at;
