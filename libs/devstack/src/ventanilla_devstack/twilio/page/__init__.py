"""A page on which one calls and texts the desk."""
