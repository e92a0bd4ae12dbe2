"""What the app is allowed in Slack and why."""
