"""Cards of tickets in channels of teams, and what is said below them."""
