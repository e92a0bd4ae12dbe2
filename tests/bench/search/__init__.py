"""Lists and searches over many tickets: a loader, and a command that measures them over HTTP."""
