"""Everything that speaks SQL. The statements lie in `tickets/sql`, named, to be read without Python."""
