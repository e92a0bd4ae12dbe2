"""What dialogs show of tickets, asked of the ticket service: bounded, however much there is."""

from typing import Any, Final

from intake_chat.handlers.dialogs.room import Desk

Json = dict[str, Any]
_PAGE: Final = "200"
_MOST_PAGES: Final = 10


async def messages_of(number: int, api: Desk) -> list[Json]:
    """The messages of a ticket, oldest first; of very many the first two thousand.

    Raises:
        DeskRefused, DeskAway: as `Desk.get`.
    """
    return await _all(f"/tickets/{number}/messages", api)


async def history_of(number: int, api: Desk) -> list[Json]:
    """What happened to a ticket, oldest first; of very much the first two thousand entries.

    Raises:
        DeskRefused, DeskAway: as `Desk.get`.
    """
    return await _all(f"/tickets/{number}/history", api)


async def teams_of(api: Desk) -> list[Json]:
    """The desk's teams.

    Raises:
        DeskRefused, DeskAway: as `Desk.get`.
    """
    return await _all("/teams", api)


async def _all(path: str, api: Desk) -> list[Json]:
    found: list[Json] = []
    parameters = {"limit": _PAGE}
    for _ in range(_MOST_PAGES):
        answer = await api.get(path, **parameters)
        found += answer["items"]
        if not answer.get("next"):
            break
        parameters["cursor"] = str(answer["next"])
    return found
