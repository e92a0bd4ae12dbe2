"""What chat messages mean, as values. Pure: nothing here knows the network, the clock or the environment."""
