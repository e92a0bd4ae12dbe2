"""Bytes in, bytes out: Postgres, HTTP, the broker."""
