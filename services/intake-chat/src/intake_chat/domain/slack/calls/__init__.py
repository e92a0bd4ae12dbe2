"""Telephone calls as agents see them: who calls while it rings, and the note that is asked for afterwards."""
