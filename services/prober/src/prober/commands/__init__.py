"""Subcommands of `prober`."""
