-- Who wants no texts from a number of the desk's.

-- name: said
-- What customers said themselves.
insert into text_wish as known (medium, account, address, wants_none, said_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[]) as given
order by 1, 2, 3
on conflict (medium, account, address) do update set wants_none = excluded.wants_none, said_at = excluded.said_at
where known.said_at < excluded.said_at;

-- name: refused
-- Between whom texts were refused because of such a wish: as the notifications stand that have not been reported yet,
-- or the codes, whose refusal may be told later.
insert into text_wish as known (medium, account, address, wants_none, said_at)
select distinct medium, account, address, true, clock_timestamp()
from (
  select told ->> 'medium' as medium, told -> 'chat' ->> 'account' as account, told -> 'to' ->> 'address' as address
  from (
    select convert_from(body, 'UTF8')::jsonb as told from outbox where notification_id = any($1::text[])
  ) as waiting
  union
  select code.medium, ticket.account, code.address
  from one_time_code as code join ticket on ticket.number = code.ticket_number
  where code.notification_id = any($1::text[]) and code.medium = 'sms' and ticket.channel in ('sms', 'voice')
) as between_whom
where medium in ('sms', 'whatsapp') and starts_with(account, '+') and starts_with(address, '+')
order by 1, 2, 3
on conflict (medium, account, address) do update set wants_none = true, said_at = excluded.said_at;

-- name: none_wanted
-- Those of these numbers whose people want no texts from one of the desk's.
select address from text_wish
where medium = 'sms' and account = $1 and address = any($2::text[]) and wants_none;

-- name: none_wanted_among
-- Those of these pairs of numbers between which no texts are wanted.
select medium, account, address from text_wish
join unnest($1::text[], $2::text[], $3::text[]) as asked (medium, account, address) using (medium, account, address)
where wants_none;
