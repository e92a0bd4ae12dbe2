-- Ways on file to whoever asks in a ticket, and codes that were sent there.

-- name: ticket
select * from ticket where number = $1;

-- name: ways
-- Of somebody by kind and address: that itself, what the desk put on file for them, and for whom else it put that on
-- file. Where several customers share an address nobody can say which of them writes from it.
with called as (
  select $1::text || '/' || $2::text as customer, null::timestamptz as since
  union all
  select min(customer), min(added_at) from customer_way where kind = $1 and address = $2 having count(*) = 1
)
select identity.kind, identity.address, identity.first_seen_at as since, true as own
from identity
where identity.kind = $1 and identity.address = $2 and $1 in ('email', 'phone')
union all
select way.kind, way.address, greatest(way.added_at, called.since), false
from called join customer_way as way using (customer)
where (way.kind, way.address) <> ($1, $2)
union all
select split_part(called.customer, '/', 1), substr(called.customer, strpos(called.customer, '/') + 1), called.since, false
from called
where called.since is not null and split_part(called.customer, '/', 1) in ('email', 'phone')
limit 40;

-- name: began
-- When a ticket's conversation began: with it, with the first of those that were merged into it, or with the one from
-- which its messages were split off.
with recursive line as (
  select number, related_to, 0 as depth from ticket where number = $1
  union all
  select older.number, older.related_to, line.depth + 1
  from line join ticket as older on older.number = line.related_to
  where line.depth < 10 and exists (
    select from history
    where history.ticket_number = line.number and history.action = 'ticket.created' and history.detail ? 'split_from'
  )
)
select min(created_at) from (
  select ticket.created_at from line join ticket using (number)
  union all
  select ticket.created_at from line join ticket on ticket.merged_into = line.number
) as told;

-- name: hold_counts
-- Until the end of the transaction nobody else counts, so that two who send at once do not both send the last one.
select pg_advisory_xact_lock($1);

-- name: counts
select
  count(*) filter (where ticket_number = $1) as ticket,
  count(*) filter (where address = $2) as address,
  count(*) filter (where prefix = $3 and $3 <> '') as prefix,
  count(*) filter (where medium = $4) as day,
  max(sent_at) filter (where ticket_number = $1) as last
from one_time_code
where sent_at > $5::timestamptz - interval '24 hours';

-- name: replace
-- The code that is open is worth nothing any more.
update one_time_code set ended_at = $2, outcome = 'replaced', hash = null
where ticket_number = $1 and ended_at is null;

-- name: insert
insert into one_time_code (id, ticket_number, requester_id, medium, address, prefix, shown, hash, sent_at, expires_at,
  actor, notification_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: forget
-- What no cap counts any more; who was verified by what stays with the ticket.
delete from one_time_code where id in (
  select id from one_time_code
  where sent_at < clock_timestamp() - interval '2 days' and outcome is distinct from 'verified'
  order by sent_at limit 50
);

-- name: latest
select * from one_time_code where ticket_number = $1 order by sent_at desc, id limit 1;

-- name: last_verified
-- Where somebody else has asked since, it proves nothing any more, though the same one may ask again.
select * from one_time_code
where ticket_number = $1 and requester_id = $2 and outcome = 'verified' and not exists (
  select from history
  where history.ticket_number = $1 and history.action = 'requester.changed' and history.at > one_time_code.ended_at
)
order by ended_at desc limit 1;

-- name: tried
-- A wrong try; `ended_at` where it was the last.
update one_time_code set tries = $2, ended_at = $3, outcome = case when $3::timestamptz is not null then 'spent' end,
  hash = case when $3::timestamptz is null then hash end
where id = $1 and ended_at is null;

-- name: proven
update one_time_code set ended_at = $2, outcome = 'verified', hash = null where id = $1 and ended_at is null;

-- name: returned
-- Those of these mail addresses whose mail comes back.
select address from identity
where kind = 'email' and address = any($1::text[]) and undeliverable_since is not null;

-- name: reported
-- What became of the notifications that took codes: that one was sent is never the last word.
update one_time_code set delivery = given.state, delivery_detail = given.detail
from unnest($1::text[], $2::text[], $3::text[]) as given (notification_id, state, detail)
where one_time_code.notification_id = given.notification_id
  and (given.state <> 'sent' or one_time_code.delivery = 'queued');
