-- Whoever asks in a ticket may be somebody else from a time on. Expand only.
alter table ticket
  -- Since when whoever asks may read what is said; null: since it exists.
  add column requester_since timestamptz,
  -- How often they changed: links to the status page from before lead nowhere.
  add column page_epoch smallint not null default 0;
