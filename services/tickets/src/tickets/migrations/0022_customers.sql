-- What the desk knows of single customers, whether or not they have written yet. Expand only: older releases read none of
-- it, and what they tell the router of a customer leaves it out.

create table customer_mark (
  -- Kind of identity and address, with a slash between: email/ana@acme.example.
  name text primary key,
  version integer not null default 1,
  vip boolean,
  tags text[] not null default '{}'
);

-- The router is told of customers too, by that name.
alter table facts_outbox drop constraint facts_outbox_kind_check;
alter table facts_outbox add constraint facts_outbox_kind_check check (kind in ('desk', 'domain', 'customer'));
