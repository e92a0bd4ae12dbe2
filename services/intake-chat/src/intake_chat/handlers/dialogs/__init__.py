"""Dialogs for what agents do with a ticket besides answering: pressed, loaded, submitted, done."""

from collections.abc import Callable

from intake_chat.handlers.agents.background import Background
from intake_chat.handlers.agents.registry import Registry, Views
from intake_chat.handlers.dialogs import (
    announcing,
    calling_back,
    finding,
    joining,
    moving,
    people,
    problems,
    reading,
    senders,
    undoing,
    verifying,
)
from intake_chat.handlers.dialogs.room import Desk, LookAt, Room


def register(
    registry: Registry,
    api: Desk,
    views: Views,
    background: Background,
    look_at: LookAt,
    page: Callable[[int], str | None] = lambda _number: None,
) -> None:
    """Let the registry know these dialogs.

    Args:
        background: where work goes on that nobody waits for.
        look_at: who somebody is who is to ask in a ticket of Slack.
        page: a ticket's page in the portal; None: there is none.
    """
    room = Room(api, views, page, background, look_at)
    for part in (
        moving,
        joining,
        problems,
        announcing,
        reading,
        people,
        senders,
        finding,
        undoing,
        verifying,
        calling_back,
    ):
        part.register(registry, room)
