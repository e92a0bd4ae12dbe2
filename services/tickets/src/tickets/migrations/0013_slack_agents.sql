-- Who of the desk is who in Slack. Expand only. Who linked and unlinked whom, and when, is in desk_decision.
create table slack_user (
  team_id text not null,
  user_id text not null,
  agent text not null references agent on delete cascade,
  linked_at timestamptz not null default clock_timestamp(),
  primary key (team_id, user_id),
  unique (agent, team_id)
);
