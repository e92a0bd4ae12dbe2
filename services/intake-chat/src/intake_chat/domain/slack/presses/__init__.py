"""What buttons of a card ask before they do something."""
