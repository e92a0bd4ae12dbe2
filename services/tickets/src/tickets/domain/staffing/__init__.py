"""The desk's people: who they are, who gets a ticket, and how it goes from one to another."""
