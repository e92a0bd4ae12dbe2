-- What is promised goes by the documents in force, whichever replica promises it. Expand only.

-- Changes whenever a document that tickets go by does.
create function documents_mark() returns text language sql stable as $$
  select count(*) || ' ' || count(*) filter (where retired) || ' ' || coalesce(max(created_at)::text, '')
  from desk_document where kind in ('calendar', 'ladder', 'policy', 'rota')
$$;

-- The same, and until the transaction ends no document is put or retired. Two statements, each with a look of its own at
-- the data: the second one sees what was committed while the first one waited.
create function documents_held(lock bigint) returns text language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(lock);
  return documents_mark();
end $$;
