-- Links to status pages that earlier releases said in channels of a chat, where everybody reads them, lead nowhere from
-- now on: whoever has one reads the whole ticket and answers as its customer. Direct messages (D…) are one person's own.
update ticket set page_epoch = page_epoch + 1 where channel = 'slack' and account not like '%/D%';
