-- Where a ticket in a channel was merged into one of direct messages, earlier releases said the link of that one's page in
-- the channel. Every link of ours that stands in a channel and still leads somewhere leads nowhere from now on.
update ticket set page_epoch = page_epoch + 1
from (
  select distinct (link)[1]::bigint as number, coalesce((link)[2]::integer, 0) as epoch
  from ticket as told
  join message on message.ticket_number = told.number or message.came_by = told.number
  cross join lateral regexp_matches(body, '/([0-9]{1,12})(?:\.([1-9][0-9]{0,4}))?-[a-z2-7]{26}(?![a-z0-9])', 'g') as link
  where told.channel = 'slack' and told.account not like '%/D%' and message.kind in ('agent', 'automatic')
) as said
where ticket.number = said.number and ticket.page_epoch = said.epoch;
