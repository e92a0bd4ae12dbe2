"""The desk itself is changed."""
