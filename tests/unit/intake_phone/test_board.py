"""What the desk announces: known without asking while somebody waits, and kept for a while when nobody can tell."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from intake_phone.adapters.announcements import KEPT_SECONDS, AnnouncementsApi, Board, Tagged, WithAnnouncements
from intake_phone.domain.calls.facts import Announcement, Facts
from intake_phone.domain.numbers import WITHHELD, Caller
from intake_phone.errors import DeskAway, DeskRefused

OUTAGE = Announcement("outage", {"es": "No hay internet.", "en": "There is no internet."})


class Desk:
    """The ticket service."""

    def __init__(self) -> None:
        self.told: Tagged | None = ("a", (OUTAGE,))
        self.error: Exception | None = None
        self.tags: list[str] = []
        self.now = 0.0

    async def announcements(self, tag: str) -> Tagged | None:
        self.tags.append(tag)
        if self.error:
            raise self.error
        return self.told

    def board(self) -> Board:
        return Board(self, lambda: self.now)


async def test_what_has_not_changed_stays_and_what_ended_goes() -> None:
    desk = Desk()
    board = desk.board()
    assert board.current() == ()
    await board.ask_once()
    desk.told = None
    await board.ask_once()
    assert board.current() == (OUTAGE,)
    desk.told = ("b", ())
    await board.ask_once()
    assert (board.current(), desk.tags) == ((), ["", "a", "a"])


@pytest.mark.parametrize("error", [DeskAway("away"), DeskRefused("no")])
async def test_the_last_word_holds_for_ten_minutes_while_the_desk_is_away(error: Exception) -> None:
    desk = Desk()
    board = desk.board()
    await board.ask_once()
    desk.error, desk.now = error, KEPT_SECONDS
    await board.ask_once()
    assert board.current() == (OUTAGE,)
    desk.now += 1
    assert board.current() == ()
    desk.error, desk.told = None, None
    await board.ask_once()
    assert board.current() == (OUTAGE,), "nothing has changed since"


async def test_callers_hear_it_whoever_they_are() -> None:
    class Callers:
        async def facts(self, caller: Caller, call: str, number: str) -> Facts:
            return Facts(caller=caller, language="en")

        async def remember_language(self, caller: Caller, language: str) -> None:
            raise NotImplementedError

    desk = Desk()
    board = desk.board()
    await board.ask_once()
    known = await WithAnnouncements(Callers(), board).facts(WITHHELD, "CA1", "+34910000100")
    assert (known.announcements, known.language) == ((OUTAGE,), "en")


async def test_where_nobody_can_be_asked_nothing_is_announced() -> None:
    board = Board(None)
    await board.run()
    assert board.current() == ()


@pytest.fixture
async def served() -> AsyncIterator[tuple[list[Any], AnnouncementsApi]]:
    """What the ticket service answers, in turn, and who asks it."""
    answers: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        status, body = answers.pop(0)
        if status == 200 and request.headers.get("if-none-match") == '"1"':
            status = 304
        return web.json_response(body, status=status, headers={"etag": '"1"'})

    application = web.Application()
    application.router.add_get("/api/v1/announcements", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:
        yield answers, AnnouncementsApi(session, f"http://127.0.0.1:{port}", "t", 1.0)
    await runner.cleanup()


async def test_the_desk_is_asked_with_the_tag_of_its_last_answer(
    served: tuple[list[Any], AnnouncementsApi],
) -> None:
    answers, api = served
    good: dict[str, Sequence[Any]] = {"items": [{"key": "outage", "texts": dict(OUTAGE.texts), "importance": 3}]}
    answers += [(200, good), (200, good), (503, {}), (403, {}), (200, {"items": [{"key": "a b", "texts": {}}]})]

    assert await api.announcements("") == ('"1"', (OUTAGE,))
    assert await api.announcements('"1"') is None
    with pytest.raises(DeskAway):
        await api.announcements("")
    for _ in range(2):
        with pytest.raises(DeskRefused):
            await api.announcements("")
