"""What is known of one person: found, given out, taken away."""
