"""What happens by itself, and whether it did."""
