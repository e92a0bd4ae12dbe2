"""What the app may do in a workspace, and what for: the one list that manifest, `doctor` and the set-up page share.

Slack's names and meanings: https://docs.slack.dev/reference/scopes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scope:
    """One right of the app.

    Attributes:
        reason: what it is for.
        without: what does not work without it.
        needed: the desk cannot work at all without it; else only that does not work.
    """

    name: str
    reason: str
    without: str
    needed: bool = False


BOT_SCOPES: Final = (
    Scope("channels:history", "hear customers in public channels, and catch up after an outage",
          "nothing that is written in public channels becomes a ticket"),
    Scope("channels:join", "enter the public channel of a team by itself",
          "somebody must invite the app into each channel"),
    Scope("channels:read", "see whether a public channel is there, archived, and has the app in it",
          "doctor cannot check channels, and an outage cannot be caught up with"),
    Scope("chat:write", "answer customers, post cards and notes", "nobody gets an answer", needed=True),
    Scope("commands", "/desk and /ticket, and \"Create ticket from this\" on messages",
          "the commands and the shortcut are missing"),
    Scope("files:read", "fetch what customers upload, and see whether agents' files have arrived",
          "files of customers are missing in tickets"),
    Scope("files:write", "send agents' files into the customer's thread", "agents cannot answer with files"),
    Scope("groups:history", "hear customers and agents in private channels, and catch up after an outage",
          "nothing that is written in private channels is heard, notes below cards neither"),
    Scope("groups:read", "see whether a private channel is there, archived, and has the app in it",
          "doctor cannot check private channels, and an outage cannot be caught up with"),
    Scope("im:history", "hear direct messages to the app, and catch up after an outage",
          "direct messages become no tickets", needed=True),
    Scope("im:read", "find the direct messages of an outage", "an outage cannot be caught up with"),
    Scope("im:write", "begin a direct conversation with a customer (`/desk new`)",
          "agents cannot write to somebody first"),
    Scope("reactions:read", "make a ticket of a message that gets a 🎫", "🎫 does nothing"),
    Scope("team:read", "name the company of somebody who asks in a channel of Slack Connect",
          "requesters of other companies have no company"),
    Scope("users:read", "know people by name and language, and tell guests from colleagues",
          "requesters have no name, and nobody is recognised as an agent", needed=True),
    Scope("users:read.email", "recognise an agent by the confirmed mail address, and call whoever has a ticket",
          "no agent can be linked to Slack: nobody can press a button", needed=True),
)  # fmt: skip
"""Of the bot token (xoxb-), by name."""

APP_SCOPES: Final = (
    Scope("connections:write", "fetch events over Socket Mode", "no event comes in over Socket Mode", needed=True),
)
"""Of the app token (xapp-)."""

USER_SCOPES: Final = (
    Scope("email", "recognise an agent who signs in to a ticket's page", "nobody can sign in to the page of a ticket"),
    Scope("openid", "sign in to a ticket's page with Slack", "nobody can sign in to the page of a ticket"),
    Scope("profile", "greet them by name", "the page shows no name"),
)
"""Asked of a person who signs in to the portal with Slack; the app gets no lasting token of theirs."""


def missing(scopes: Sequence[Scope], granted: Collection[str]) -> list[Scope]:
    """Those that were not granted, the needed ones first."""
    return sorted((one for one in scopes if one.name not in granted), key=lambda one: not one.needed)


def table(scopes: Sequence[Scope]) -> str:
    """The scopes as a table of Markdown, for the set-up page."""
    rows = [f"| `{one.name}` | {one.reason} | {one.without} |" for one in scopes]
    return "\n".join(["| scope | what for | without it |", "|---|---|---|", *rows])
