"""Cards of tickets, and the notes below them."""
