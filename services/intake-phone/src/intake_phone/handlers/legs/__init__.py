"""Calls that we make: each once, whatever dies meanwhile."""
