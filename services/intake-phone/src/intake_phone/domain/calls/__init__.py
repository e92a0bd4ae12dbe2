"""One call: what the caller did, what is known, and what is said next."""
