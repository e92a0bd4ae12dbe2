"""Giving out and taking away what the desk keeps of a person, and of tickets that are over."""
