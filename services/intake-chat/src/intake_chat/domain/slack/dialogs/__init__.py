"""Dialogs for what agents do with a ticket besides answering: values in, views out; what was submitted, as values."""
