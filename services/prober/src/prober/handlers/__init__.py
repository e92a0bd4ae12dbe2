"""One probe, and probes at intervals."""
