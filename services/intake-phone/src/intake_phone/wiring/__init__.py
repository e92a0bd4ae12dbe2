"""Wiring, in parts: each puts together what belongs together. `app.py` calls them."""
