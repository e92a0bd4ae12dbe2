-- When a token was last used, to the minute: replicas gather it and write it apart from any request. Expand only: older
-- releases neither write nor read it.

alter table api_token
  -- Null: not since this was kept.
  add column last_used_at timestamptz;
