"""Errors of the portal.

Permanent
├── UnknownLink       no ticket belongs to this link
├── FileGone          the file was there, and its bytes are not kept any more
├── LineRefused       the ticket service does not take this text
└── AgentGone         whoever is signed in is no agent of the desk any more
Temporary
├── SlackAway         Slack cannot be reached, or refuses our credentials
└── TicketsAway       the ticket service cannot be reached, or says "try again"
    └── TokenRefused  it refuses our token: an operator must act
"""

from ventanilla_contracts.errors import Permanent, Temporary


class UnknownLink(Permanent):
    """No ticket belongs to this link."""

    slug = "unknown_link"


class FileGone(Permanent):
    """The file was there, and its bytes are not kept any more."""

    slug = "file_gone"


class LineRefused(Permanent):
    """The ticket service does not take this text."""

    slug = "line_refused"


class AgentGone(Permanent):
    """Whoever is signed in is no agent of the desk any more, or somebody else in Slack."""

    slug = "agent_gone"


class SlackAway(Temporary):
    """Slack cannot be reached, or refuses our credentials: nobody can sign in."""

    slug = "slack_away"


class TicketsAway(Temporary):
    """The ticket service cannot be reached, or says "try again"."""

    slug = "tickets_away"


class TokenRefused(TicketsAway):
    """The ticket service refuses a token of the portal: make a new one with the scopes that the text names."""

    slug = "token_refused"
