"""What agents do with a ticket."""
