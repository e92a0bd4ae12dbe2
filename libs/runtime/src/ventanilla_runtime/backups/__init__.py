"""Backup and restore of what the broker keeps: streams, buckets, and how far their consumers have come."""
