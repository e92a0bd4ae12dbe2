"""The composer, and the line that says what became of a reply."""
