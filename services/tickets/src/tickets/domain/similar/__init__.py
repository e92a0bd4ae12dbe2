"""Solved tickets that are like a new one.

`words` takes texts apart, `near` finds what a mistyped word may have meant, `choosing` says which solved tickets are
worth looking at, and `ranking` puts these in order.
"""
