"""What teams, assignment and service levels add to the cost of a mail."""
