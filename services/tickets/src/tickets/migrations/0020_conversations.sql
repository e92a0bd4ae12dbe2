-- Where a ticket is talked about with its customer in a chat: a thread of Slack, a web session, two phone numbers.
alter table ticket add column conversation text;
