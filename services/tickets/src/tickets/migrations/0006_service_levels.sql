-- The clocks of tickets: what their histories amount to, so that one more event is one more step. Expand only.
create table service_level (
  ticket_number bigint primary key references ticket on delete cascade,
  state text not null
) with (toast_tuple_target = 8160);
