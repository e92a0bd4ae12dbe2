"""The commands of `intake-phone` beside `serve`."""
