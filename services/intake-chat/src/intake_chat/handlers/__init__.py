"""What the service does: accept an event, read it, say something."""
