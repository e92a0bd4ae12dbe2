"""Calling customers back: when, how often, and what became of it."""
