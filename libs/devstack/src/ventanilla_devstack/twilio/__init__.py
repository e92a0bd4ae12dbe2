"""A Twilio account on this machine: signed webhooks, TwiML that is executed, REST, people outside, a page.

For tests, for `make run`, and for people who have no account. What it does not imitate is listed in `docs/fidelity.md`.
"""
