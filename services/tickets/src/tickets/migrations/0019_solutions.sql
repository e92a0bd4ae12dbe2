-- Tickets that were solved, with the words in which their customers asked: what an agent is shown of a new one that is like
-- them. Expand only: releases before read none of it, and what they solve is noted all the same.

create table solution (
  ticket_number bigint primary key references ticket on delete cascade,
  -- Lexemes of the subject (A), of the customer's first words (B), of resolution and cause (C).
  terms tsvector not null,
  -- How many lexemes the customer's words have.
  words smallint not null
) with (toast_tuple_target = 8160);
create index solution_terms on solution using gin (terms);

-- In how many of them each lexeme stands: the rarer, the more it says. Kept by one worker at a time, like all of this.
create table solution_word (
  lexeme text primary key,
  tickets integer not null
);
create table solution_total (
  single boolean primary key default true check (single),
  tickets bigint not null default 0,
  words bigint not null default 0
);
insert into solution_total default values;

-- Solved tickets whose words are to be read, or read again.
create table solution_pending (
  ticket_number bigint primary key references ticket on delete cascade,
  times integer not null default 1
);
insert into solution_pending (ticket_number)
select number from ticket where resolution is not null and status in ('solved', 'closed') and merged_into is null;

create function note_solution() returns trigger language plpgsql as $$
begin
  -- Counting holds a row that is there already: whoever is about to take it waits, and then reads what is written now.
  insert into solution_pending as known (ticket_number) values (new.number)
  on conflict (ticket_number) do update set times = known.times + 1;
  return null;
end $$;
-- Whoever solves a ticket, on whatever way. Of mails and of timers that only close what is solved the condition is false.
create trigger ticket_explained after update of status, resolution, cause on ticket
  for each row when (
    new.resolution is not null and new.status in ('solved', 'closed') and (
      old.status not in ('solved', 'closed')
      or old.resolution is distinct from new.resolution or old.cause is distinct from new.cause
    )
  ) execute function note_solution();
