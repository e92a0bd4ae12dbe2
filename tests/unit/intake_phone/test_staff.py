"""Who can be rung and what teams are called, as the desk said it last: nobody waits long to hear it."""

import asyncio

from structlog.testing import capture_logs

from intake_phone.adapters.staff import Rung, Staff
from intake_phone.domain.telephones import Agent
from intake_phone.errors import DeskAway

TITLES = {"security": {"es": "Seguridad", "en": "Security"}}


class Desk:
    """The ticket service: it answers, is away, or hangs."""

    def __init__(self) -> None:
        self.away = False
        self.hangs = False
        self.agents: tuple[Agent, ...] = ()

    async def ringing(self) -> Rung:
        if self.away:
            raise DeskAway("down")
        if self.hangs:
            await asyncio.Event().wait()
        return Rung({"security": self.agents}, TITLES)

    async def caller(self, number: str) -> tuple[str, tuple[int, ...]]:
        raise NotImplementedError


async def test_the_titles_of_a_team_are_those_that_the_desk_said_last() -> None:
    desk, at = Desk(), 1_000.0
    staff = Staff(desk, 0.2, lambda: at)
    assert await staff.titles("security") == TITLES["security"]
    assert await staff.titles("nobody") == {}
    desk.away, at = True, at + 60
    assert await staff.titles("security") == TITLES["security"]


async def test_nobody_waits_for_titles_that_the_desk_does_not_tell() -> None:
    away, hangs = Desk(), Desk()
    away.away, hangs.hangs = True, True
    for desk in (away, hangs, None):
        assert await Staff(desk, 0.02).titles("security") == {}


async def test_a_team_that_a_flow_names_and_the_desk_has_not_is_warned_of_once() -> None:
    desk, at = Desk(), 1_000.0
    staff = Staff(desk, 0.2, lambda: at)
    staff.expect({"security", "billing"})
    desk.away = True
    await staff.look()
    desk.away = False
    with capture_logs() as logs:
        await staff.look()
        await staff.available()
        at += 10
        await staff.available()

    missing = [(line["log_level"], line["team"]) for line in logs if line["event"] == "staff.team_missing"]
    assert missing == [("warning", "billing")]


async def test_what_is_looked_at_when_the_service_starts_does_not_hold_for_the_first_caller() -> None:
    desk = Desk()
    staff = Staff(desk, 0.2, lambda: 1_000.0)
    await staff.look()
    desk.agents = (Agent("ana", "Ana", "+34600000011"),)

    assert await staff.available() == {"security"}


async def test_a_telephone_with_a_number_of_the_desk_itself_is_never_rung() -> None:
    """A flow would answer it: the call would be a new one of the desk, which rings the same telephone again."""
    desk = Desk()
    ana, eva = Agent("ana", "Ana", "+34600000011"), Agent("eva", "Eva", "+34910000100")
    desk.agents = (eva, ana)
    staff = Staff(desk, 0.2, lambda: 1_000.0)
    staff.never_ring({"+34910000100"})

    assert await staff.team("security") == (ana,)
    assert await staff.reachable("eva") == ()
    desk.agents = (eva,)
    alone = Staff(desk, 0.2, lambda: 1_000.0)
    alone.never_ring({"+34910000100"})
    assert await alone.available() == frozenset()
