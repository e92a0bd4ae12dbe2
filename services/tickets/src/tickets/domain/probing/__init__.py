"""Synthetic probes: messages that the desk asks for itself, to see that what customers send arrives."""
