"""Dialogs for what agents do with a ticket besides answering: pressed, loaded, submitted, done."""

from collections.abc import Callable

from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.interactions import Registry, Views
from intake_chat.handlers.dialogs import finding, joining, moving, people, problems, reading, senders
from intake_chat.handlers.dialogs.room import Desk, Room, TeamOf


def register(
    registry: Registry,
    api: Desk,
    views: Views,
    background: Background,
    team_of: TeamOf,
    page: Callable[[int], str | None] = lambda _number: None,
) -> None:
    """Let the registry know these dialogs.

    Args:
        background: where work goes on that nobody waits for.
        team_of: of which workspace somebody in Slack is; "" where nobody knows.
        page: a ticket's page in the portal; None: there is none.
    """
    room = Room(api, views, page, background, team_of)
    for part in (moving, joining, problems, reading, people, senders, finding):
        part.register(registry, room)
