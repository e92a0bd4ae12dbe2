"""Synthetic probes: what a customer sends arrives, and how soon."""
