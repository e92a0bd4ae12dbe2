-- The log of what people did to the desk, and not in a ticket: `desk_decision` is that log. From here on it also says with
-- which token and from where, and cannot be rewritten. Expand only: older releases write rows without the two.

alter table desk_decision
  -- Name of the API token, or of the command; empty: an older release wrote it, or the desk itself did it.
  add column token text not null default '',
  -- Where from: an address, a way such as slack:T…/U…, or the machine of a command.
  add column origin text not null default '';
create index desk_decision_at on desk_decision (at);
create index desk_decision_action on desk_decision (action, id);

-- Whoever has got hold of the service must not be able to take back what they did. Two things may be done to old lines,
-- each for the length of a transaction that says so: whoever erases a person takes them out of what was noted, and whoever
-- keeps house removes what is older than the desk keeps, which is never less than thirty days.
create function keep_desk_decision() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    raise exception 'the audit log is append-only';
  end if;
  if current_setting('ventanilla.forgetting', true) is distinct from 'on' then
    raise exception 'the audit log is append-only';
  end if;
  if tg_op = 'DELETE' then
    if old.at > clock_timestamp() - interval '30 days' then
      raise exception 'the audit log keeps its lines for thirty days at least';
    end if;
    return old;
  end if;
  if (new.id, new.at, new.actor, new.action, new.token, new.origin)
    is distinct from (old.id, old.at, old.actor, old.action, old.token, old.origin) then
    raise exception 'of a line of the audit log, who did what, when and from where never changes';
  end if;
  return new;
end $$;
create trigger desk_decision_kept before update or delete on desk_decision
  for each row execute function keep_desk_decision();
create trigger desk_decision_whole before truncate on desk_decision execute function keep_desk_decision();
