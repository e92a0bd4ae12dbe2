"""Values in, values out: what a call is, what is said in it, and how it ended. No clock, no I/O."""
