"""What agents write: replies, replies that wait, notes."""
