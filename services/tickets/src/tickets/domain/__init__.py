"""Values in, values out: what a ticket is and what happens to it. No clock, no database, no logging."""
