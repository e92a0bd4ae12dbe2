-- Orders to erase people.

-- name: waiting
-- The same people, ordered and not done. An order for some of them is none for the others.
select * from erasure where state in ('ordered', 'running', 'waiting') and hashes @> $1::text[] order by ordered_at limit 1;

-- name: order
insert into erasure (id, ordered_by, why, before, state, identities, hashes)
values ($1, $2, $3, clock_timestamp(), $4, $5::jsonb, $6)
returning *;

-- name: order_again
-- Whoever orders it once more means what was written since as well; the audit log has each order.
update erasure set before = clock_timestamp(), ordered_by = $2, why = coalesce(nullif($3, ''), why)
where id = $1 and state <> 'done'
returning *;

-- name: ordered
select exists (select from erasure where hashes && $1::text[]);

-- name: order_before
insert into erasure (id, ordered_by, why, before, identities, hashes) values ($1, $2, $3, $4, $5::jsonb, $6) returning *;

-- name: open
select * from erasure where state in ('ordered', 'running', 'waiting') order by ordered_at;

-- name: all
select * from erasure order by ordered_at desc limit $1;

-- name: one
select * from erasure where id = $1;

-- name: run
-- What is done stays so, and names nobody again, though somebody else was at the same order.
update erasure set state = 'running', identities = $2::jsonb, names = $3::jsonb, hashes = $4, traces = $5::jsonb
where id = $1 and state <> 'done';

-- name: wait
update erasure set state = $2, report = $3::jsonb where id = $1 and state <> 'done';

-- name: finish
-- Not so where it was ordered again meanwhile: somebody has yet to look for what was written until then.
update erasure set state = 'done', report = $2::jsonb, identities = null, names = null, traces = null, finished_at = clock_timestamp()
where id = $1 and ($3::timestamptz is null or before = $3)
returning id;

-- name: list
-- Who was erased, or is to be, until when: what goes into the list that survives a restore. An order that was given and not
-- carried out is as lost in an older database as one that was.
select distinct unnest(hashes) as hash, before from erasure order by before, hash;

-- name: everybody
-- Every identity that stands anywhere.
select kind, address from identity
union
select kind, address from participant
union
select kind, address from customer_way
union
select case when channel in ('sms', 'whatsapp', 'voice') then 'phone' when channel in ('portal', 'api') then 'email'
  else channel end, requester_address from ticket
union
select case when channel in ('sms', 'whatsapp', 'voice') then 'phone' when channel in ('portal', 'api') then 'email'
  else channel end, author_address from message where kind = 'customer'
union
select case when channel in ('sms', 'whatsapp', 'voice') then 'phone' when channel in ('portal', 'api') then 'email'
  else channel end, sender_address from quarantine;

-- name: originals
select id, place from unwanted_original order by id limit $1;

-- name: needs_original
-- Whether one of these messages, or of those in quarantine, has an original or a file by that name still.
select exists (
  select from message where id = any($1::uuid[])
    and (
      raw ->> 'name' = $2
      or attachments @> jsonb_build_array(jsonb_build_object('blob', jsonb_build_object('name', $2::text)))
    )
) or exists (
  select from quarantine where id = any($1::uuid[]) and raw ->> 'name' = $2
);

-- name: removed
delete from unwanted_original where id = any($1::bigint[]);

-- name: recovered_at
select max(at) as at from recovery where at > clock_timestamp() - interval '35 days';
