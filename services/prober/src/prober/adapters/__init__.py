"""The doors of a desk, knocked at over their own protocols, and the tickets API."""
