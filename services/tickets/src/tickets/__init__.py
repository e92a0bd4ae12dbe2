"""Keeps the tickets: settles every accepted message in the ledger, runs the conversation, answers the customer."""
