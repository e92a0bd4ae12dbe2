"""How late warnings and breaches are when many fall due at once."""
