"""A reply: what a program sends, and what is newly written in it."""

from dataclasses import dataclass

ADDRESS = "marta.gil@desk.example"
SENDER = "nora@client.example"


@dataclass(frozen=True)
class Reply:
    """A mail and what is newly written in it."""

    name: str
    body: str
    expected: str
    is_html: bool = False
