"""Queues, counts and similar tickets of a desk with a million tickets: a loader, and a command that measures them."""
