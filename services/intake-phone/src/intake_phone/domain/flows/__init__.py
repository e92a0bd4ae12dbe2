"""Call flows as values: read from plain content, checked whole, walked by `domain.calls`."""
