"""Nothing is lost: the count of what was accepted, the search for what did not end, and where originals stay."""
