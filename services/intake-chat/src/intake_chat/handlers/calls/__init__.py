"""Calls in the teams' channels, and the wrap-up notes of whoever took them."""
