"""Backup and restore, tried out: a desk is destroyed under traffic and comes back out of its backups."""
