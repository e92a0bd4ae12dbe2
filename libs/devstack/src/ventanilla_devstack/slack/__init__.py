"""A Slack workspace on this machine: Web API, Socket Mode, signed HTTP events, interactivity, a page to try it by hand.

For tests, for `make run`, and for people who have no account. What it does not imitate is listed in `docs/fidelity.md`.
"""
