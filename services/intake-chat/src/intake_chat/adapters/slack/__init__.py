"""Slack: its doors (Socket Mode, signed HTTP), its Web API, who its people are."""
