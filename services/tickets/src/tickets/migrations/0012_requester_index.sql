-- What a customer has open is found by customer and status. An index of nothing but open tickets looks, to a planner that
-- last saw the desk when all was solved, like the cheapest way to any few of them: it was read whole for each agent.
create index ticket_of_requester on ticket (requester_id, status);
drop index ticket_requester;
drop index ticket_requester_open;
