"""What an operator asks of the mail service at a terminal."""
