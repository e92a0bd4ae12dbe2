"""How a desk answers many calls at once."""
