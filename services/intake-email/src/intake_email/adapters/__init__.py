"""Sockets, files and queues of the mail service."""
