-- Who wants no texts from a number of the desk's, or wants them again. Expand only: older releases read none of it.

create table text_wish (
  medium text not null,
  -- The desk's number, and the customer's, in E.164.
  account text not null,
  address text not null,
  wants_none boolean not null,
  -- When it was said: an older wish that comes late, or again, changes nothing.
  said_at timestamptz not null,
  primary key (medium, account, address)
);
