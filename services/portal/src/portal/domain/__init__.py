"""What a page says, as values: no I/O."""
