"""What agents do in Slack, and who they are."""
