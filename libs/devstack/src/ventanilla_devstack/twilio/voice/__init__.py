"""Calls: legs, the verbs that they execute, persons who answer."""
