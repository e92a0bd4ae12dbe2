"""Synthetic probes: issued, settled without a trace, forgotten."""
