"""What people type: `router check`, `router publish`, `router replay` and the others."""
