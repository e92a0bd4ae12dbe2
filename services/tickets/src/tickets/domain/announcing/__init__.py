"""What the desk announces to everybody, and who wants to be told of its end."""
