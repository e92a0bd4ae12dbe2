-- Revisions of a message hold in the order in which they were made, however they arrive. Expand only.

alter table message
  -- When the last thing was done to it that was heard of, by the channel's clock; null: nothing was, or only an older
  -- release heard of it (then edited_at says so). Also where that changed no letter: what was done before it comes late.
  add column revised_at timestamptz;
