"""App Home: the agent's queue."""
