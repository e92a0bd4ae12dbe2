-- Tokens of programs that write by themselves, and the language in which a ticket was asked. Expand only: older releases
-- write and read neither.

-- What is written with it comes from no person: it answers nobody.
alter table api_token add column bot boolean not null default false;

-- In which language its customer wrote, where that is known: hand-out goes by it. `language` is that of the answers.
alter table ticket add column written_in text;
