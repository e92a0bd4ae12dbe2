"""Calling customers back: whose telephone rings, what is heard there, what the desk is told."""
