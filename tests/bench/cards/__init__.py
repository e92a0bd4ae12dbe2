"""Cards in a storm: how soon all show the last state, and what that costs customers."""
