"""Twilio: its webhooks, its REST API, its recordings."""
