-- Who asks in a ticket. The ticket is locked.

-- name: standing
-- How many people are in copy, in which part somebody takes part, and as whom they have proven to be there.
select
  (select count(*) from participant where ticket_number = $1 and role = 'cc' and left_at is null) as copied,
  (select role from participant where ticket_number = $1 and kind = $2 and address = $3) as role,
  (select contact.name from identity join contact on contact.id = identity.contact_id
   where identity.kind = $2 and identity.address = $3 and identity.grade = 'verified') as known_as;

-- name: step_back
-- Whoever asked is in copy from now on, or leaves.
update participant set role = 'cc', left_at = case when $2 then $3::timestamptz end
where ticket_number = $1 and role = 'requester';

-- name: ask
-- Somebody who took part already may read on from where they could; anybody else from now on.
insert into participant (ticket_number, kind, address, role, added_at, name, added_by)
values ($1, $2, $3, 'requester', $4, $5, $6)
on conflict (ticket_number, kind, address) do update
  set role = 'requester', left_at = null,
    added_at = case when participant.left_at is null then participant.added_at else excluded.added_at end,
    name = case when excluded.name = '' then participant.name else excluded.name end
returning added_at, name;

-- name: set
update ticket set requester_id = $2, requester_address = $3, requester_name = $4, requester_grade = $5,
  requester_since = $6, page_epoch = $7
where number = $1;
