"""The commands of `intake-chat` beside `serve`."""
