"""What became of what was sent, and what the desk sends by itself."""
