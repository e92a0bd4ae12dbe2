"""Calling customers back: an agent first, then the customer."""
