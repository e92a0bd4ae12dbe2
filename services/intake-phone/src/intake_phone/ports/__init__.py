"""What the handlers need of the world, as protocols."""
