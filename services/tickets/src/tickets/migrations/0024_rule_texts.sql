-- What the rules of the router ask, told by it now and then: a stored decision names the texts that make its trace whole.
-- Few rows: one for each set of rules that ever decided here. They are kept as long as decisions may name them.
create table rule_texts (
  id text primary key,
  texts text not null,
  told_at timestamptz not null default now()
);
