"""Routed messages come to their end in a ticket, or are held back."""
