"""What others have written in a ticket since an agent opened the composer: also what a colleague has on its way."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

import structlog

from intake_chat.domain.slack.interactions import Json
from intake_chat.domain.slack.people import Presser
from intake_chat.domain.slack.replies.composer import WAITING, Composer
from intake_chat.errors import DeskRefused
from intake_chat.ports.desk import Desk

log = structlog.get_logger()

_LOOKED_AT: Final = 10
"""So many of the newest messages are looked at for what came since."""
_HELD: Final = "held"


async def news_since(seen: Composer, presser: Presser, desk: Desk) -> list[Json]:
    """What others have written since the agent looked, oldest first; last what waits for its time to be sent.

    Nothing is said twice: a reply that was shown while it waited is no news once it has become a message.

    Raises:
        DeskAway, DeskRefused: it could not be asked.
    """
    path = f"/tickets/{seen.ticket}/messages"
    page, on_their_way = await asyncio.gather(
        desk.get(path, newest_first="true", limit=str(_LOOKED_AT)), _on_their_way(seen.ticket, desk)
    )
    shown = {str(one.get("message_id")) for one in on_their_way if str(one["id"]) in seen.waiting}
    news = [one for one in _newer(page["items"], seen.last) if str(one["id"]) not in shown]
    waits = [
        {**one, "kind": WAITING}
        for one in on_their_way
        if one.get("state") == _HELD and str(one["id"]) not in seen.waiting
    ]
    return [one for one in [*news[::-1], *waits] if not _is_own(one, presser)]


def _newer(messages: Sequence[Json], last: str) -> Iterator[Json]:
    for message in messages:
        if str(message["id"]) == last:
            return
        if message["kind"] in ("customer", "agent", "note"):
            yield message


async def _on_their_way(number: int, desk: Desk) -> list[Json]:
    try:
        found: list[Json] = (await desk.get(f"/tickets/{number}/replies/waiting"))["items"]
    except DeskRefused as error:  # a ticket service of an earlier release does not say
        log.info("replies.unknown", ticket=number, reason=error.code)
        return []
    return found


def _is_own(message: Json, presser: Presser) -> bool:
    """Whether it was the agent who wrote it: names of two may be the same, so a name counts only without a handle."""
    author = message.get("author") or {}
    if message["kind"] == "customer":
        return False
    if author.get("handle"):
        return bool(author["handle"] == presser.actor.handle)
    return bool(author.get("name") == presser.actor.name)
