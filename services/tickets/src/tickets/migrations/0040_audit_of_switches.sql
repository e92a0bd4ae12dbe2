-- What is done to the desk without this service (an operator holds what goes out, or drops some of it) stands in the audit
-- log too: read from where it was done, once however many replicas see it. Expand only: older releases write rows without it.

alter table desk_decision
  -- Where the line was read from: a message of the broker's. Null: whoever did it wrote the line.
  add column source text;
create unique index desk_decision_source on desk_decision (source) where source is not null;
