"""Announcements: making and ending them, and telling those who asked for it."""
