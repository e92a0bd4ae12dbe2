"""Tickets merged, parted, linked, split; problems and what is like them."""
