-- A text that failed goes out again by another way of the same contact, once. Expand only: older releases read none of it.
alter table message
  -- The notification that failed, of a message that went out again by another way; null: it had one way only.
  add column fallback_of text,
  -- Where it went then. Not among whom it was addressed to: a way on file is not everybody's to read.
  add column fallback_to text;
