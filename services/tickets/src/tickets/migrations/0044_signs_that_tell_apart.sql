-- Names of fields that were blackened and became the same are told apart by a longer sign, so a sign is five blocks or more.
-- All that could be written before still can. Expand only: older releases write signs of five.

create or replace function only_blackened(before text, after text) returns boolean immutable language sql as $$
  select after = before or (
    strpos(after, '█████') > 0
    and before like regexp_replace(
      replace(replace(replace(after, '\', '\\'), '%', '\%'), '_', '\_'), '█{5,}', '_%', 'g'
    ) escape '\'
  )
$$;
