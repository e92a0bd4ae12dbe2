"""What the service does: load, decide, save, publish. One function for each kind of thing that comes in."""
