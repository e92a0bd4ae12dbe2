"""What operators say to the `portal` command, one module a command."""
