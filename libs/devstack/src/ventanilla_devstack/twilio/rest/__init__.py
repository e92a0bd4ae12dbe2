"""The REST API of the account."""
