"""Callbacks: asked for, due, told of, withdrawn."""
