"""Calls: answered, kept, and made into messages."""
