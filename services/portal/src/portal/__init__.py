"""Pages for people: the status page of a ticket, and tickets whole for agents. Knows the ticket service by its API."""
