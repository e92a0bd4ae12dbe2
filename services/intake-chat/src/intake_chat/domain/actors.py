"""Who does something at the desk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """An agent who does something in Slack.

    Attributes:
        user: who they are there, `T…/U…`.
    """

    handle: str
    name: str
    user: str
