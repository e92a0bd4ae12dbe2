-- What an erasure may do to a line of the audit log is to blacken, and nothing else; when a line was written the database
-- says. Expand only: older releases write lines as before.

-- Whether a text is another one in which parts were blackened. The sign is that of `domain/privacy/person.py`.
create function only_blackened(before text, after text) returns boolean immutable language sql as $$
  select after = before or (
    strpos(after, '█████') > 0
    and before like replace(replace(replace(replace(after, '\', '\\'), '%', '\%'), '_', '\_'), '█████', '_%') escape '\'
  )
$$;

-- The same of JSON: as many things in the same places, and numbers, truths and nothings as they were. Names of fields may be
-- blackened like any text.
create function only_blackened(before jsonb, after jsonb) returns boolean immutable language plpgsql as $$
begin
  if jsonb_typeof(before) <> jsonb_typeof(after) then
    return false;
  end if;
  case jsonb_typeof(before)
    when 'string' then
      return only_blackened(before #>> '{}', after #>> '{}');
    when 'array' then
      return jsonb_array_length(before) = jsonb_array_length(after) and not exists (
        select from rows from (jsonb_array_elements(before), jsonb_array_elements(after)) as one (old, new)
        where not only_blackened(old, new)
      );
    when 'object' then
      return not exists (
        select from jsonb_each(after) as new where not exists (
          select from jsonb_each(before) as old
          where only_blackened(old.key, new.key) and only_blackened(old.value, new.value)
        )
      ) and not exists (
        select from jsonb_each(before) as old where not exists (
          select from jsonb_each(after) as new
          where only_blackened(old.key, new.key) and only_blackened(old.value, new.value)
        )
      );
    else
      return before = after;
  end case;
end $$;

create or replace function keep_desk_decision() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    -- What was done elsewhere has the time at which the broker took it: no time to come, and not so long ago that the line
    -- could be deleted at once.
    if new.source is null or new.at not between clock_timestamp() - interval '30 days' and clock_timestamp() then
      new.at := clock_timestamp();
    end if;
    return new;
  end if;
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
  if (new.id, new.at, new.actor, new.action, new.token, new.origin, new.source)
    is distinct from (old.id, old.at, old.actor, old.action, old.token, old.origin, old.source) then
    raise exception 'of a line of the audit log, who did what, when and from where never changes';
  end if;
  if not (only_blackened(old.detail, new.detail) and only_blackened(old.why, new.why)) then
    raise exception 'of a line of the audit log, what was done and why is blackened and never changed otherwise';
  end if;
  return new;
end $$;
create trigger desk_decision_dated before insert on desk_decision
  for each row execute function keep_desk_decision();
