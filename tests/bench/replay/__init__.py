"""How fast `router replay` is, and how much memory it takes."""
