"""Tickets that have to do with each other: merged, linked, split, of one problem."""
