"""Pages for people: the status page of a ticket. Talks to the ticket service by its API only."""
