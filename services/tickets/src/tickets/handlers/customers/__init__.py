"""What customers see of their ticket."""
