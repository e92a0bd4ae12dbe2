"""Proving who asks in a ticket: a code goes to a way that was on file before, and they say it. Pure."""
