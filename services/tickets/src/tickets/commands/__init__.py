"""What operators say to the `tickets` command, one module a command."""
