-- In which conversation customers of chats talk with the desk.

-- name: talked_in
-- Of tickets of a chat into which others were merged, whose customer last wrote in the conversation of one of those: that
-- one. Tickets with another requester do not count: what is said there, that person reads.
select into_.number as ticket_number, last.number, last.account, last.conversation
from ticket as into_
cross join lateral (
  select place.number, place.account, place.conversation
  from (
    select into_.number, into_.account, into_.conversation
    union all
    select number, account, conversation from ticket
    where merged_into = into_.number and channel = into_.channel and requester_id = into_.requester_id
      and conversation is not null
  ) as place
  cross join lateral (
    select accepted_at, coalesce(intake_sequence, 9223372036854775807) as place_in_order, id from message
    where ticket_number in (place.number, into_.number) and coalesce(came_by, ticket_number) = place.number
      and kind = 'customer' and author_address = into_.requester_address
    order by accepted_at desc, place_in_order desc, id desc
    limit 1
  ) as word
  order by word.accepted_at desc, word.place_in_order desc, word.id desc
  limit 1
) as last
where into_.number = any($1::bigint[]) and last.number <> into_.number
  and exists (select from ticket where merged_into = into_.number);
