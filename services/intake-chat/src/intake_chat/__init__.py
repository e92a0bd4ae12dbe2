"""Slack in and out of Ventanilla: customers who chat, agents who never need to leave."""
