"""What the desk consists of, as documents and as one file."""
