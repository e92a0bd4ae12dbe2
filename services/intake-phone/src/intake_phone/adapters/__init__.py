"""What reads and writes the world outside."""
