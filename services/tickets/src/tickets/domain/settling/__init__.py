"""From a routed message to the rows that settle it: which ticket it belongs to, and what becomes of both."""
