"""One probe: what became of it, at which stage it failed, and what to look at then."""

from typing import Any

import httpx
import pytest

from prober.adapters.desk import Desk as TicketsApi
from prober.domain.advice import look_at
from prober.domain.pacing import LONGEST_SECONDS, next_wait, unsettled_after
from prober.domain.probe import CHANNELS, STAGES, Probe, Result, wrong_in
from prober.errors import Away, Late, Refused
from prober.handlers.probing import Patience, probe_once

PROBE = Probe("0123456789abcdef", "0" * 32, "Ventanilla probe", "words")
TICKET = {"channel": "email", "text": "words\n", "searchable": True}
SEEN = {"outcome": "created", "reason": "", "ticket": TICKET, "events": 2}


class Desk:
    """A desk that does as it is told, and remembers what it was asked."""

    def __init__(self, *, seen: dict[str, Any] | Exception = SEEN, issue: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.clean_error: Exception | None = None
        self.answer_error: Exception | None = None
        self._seen = seen
        self._issue = issue

    async def issue(self, channel: str, *, answer: bool = False) -> Probe:
        self.asked.append(f"issue {channel}{' to be answered' if answer else ''}")
        if self._issue:
            raise self._issue
        return PROBE

    async def seen(self, probe: Probe, within_seconds: float) -> dict[str, Any]:
        self.asked.append("seen")
        if isinstance(self._seen, Exception):
            raise self._seen
        return self._seen

    async def answered(self, probe: Probe, within_seconds: float) -> None:
        self.asked.append("answered")
        if self.answer_error:
            raise self.answer_error

    async def clean(self, probe: Probe) -> None:
        self.asked.append("clean")
        if self.clean_error:
            raise self.clean_error


class Door:
    def __init__(self, error: Exception | None = None) -> None:
        self.probes: list[Probe] = []
        self._error = error

    async def knock(self, probe: Probe) -> None:
        self.probes.append(probe)
        if self._error:
            raise self._error


async def probed(
    desk: Desk, door: Door | None = None, *, answer_seconds: float | None = None, channel: str = "mail"
) -> Result:
    return await probe_once(channel, door or Door(), desk, Patience(1.0, answer_seconds))


async def test_it_is_issued_sent_seen_and_cleaned_up() -> None:
    desk, door = Desk(), Door()
    result = await probed(desk, door)
    assert result.ok
    assert desk.asked == ["issue email", "seen", "clean"]
    assert door.probes == [PROBE]
    assert set(result.seconds) == {"issue", "door", "settle", "total", "clean"}


async def test_without_a_desk_that_knows_of_it_nothing_is_sent() -> None:
    door = Door()
    result = await probed(Desk(issue=Refused("HTTP 404: nothing here")), door)
    assert (result.stage, result.reason, door.probes) == ("issue", "refused", [])


@pytest.mark.parametrize(("error", "reason"), [(Refused("SMTP 550"), "refused"), (Away("no route"), "away")])
async def test_a_door_that_does_not_accept_is_named(error: Exception, reason: str) -> None:
    result = await probed(Desk(), Door(error))
    assert (result.stage, result.reason, result.detail) == ("door", reason, str(error))


async def test_what_was_accepted_and_not_seen_is_named() -> None:
    result = await probed(Desk(seen=Late("not within 1 s")))
    assert (result.stage, result.reason) == ("settle", "late")
    assert "settle" not in result.seconds


async def test_what_a_rule_holds_back_fails_and_is_cleaned_up() -> None:
    desk = Desk(seen={"outcome": "quarantined", "reason": "own_domain", "ticket": None, "events": 0})
    result = await probed(desk)
    assert (result.stage, result.reason) == ("ticket", "quarantined")
    assert "own_domain" in result.detail
    assert desk.asked[-1] == "clean"


async def test_where_answers_are_wanted_the_acknowledgement_is_waited_for() -> None:
    desk = Desk()
    result = await probed(desk, answer_seconds=5)
    assert (result.ok, "answer" in result.seconds) == (True, True)
    assert desk.asked == ["issue email to be answered", "seen", "answered", "clean"]
    desk.answer_error = Refused("failed: no such mailbox")
    result = await probed(desk, answer_seconds=5)
    assert (result.stage, result.reason, "answer" in result.seconds) == ("answer", "refused", False)
    other = Desk(seen={**SEEN, "ticket": {**TICKET, "channel": "sms"}})
    assert (await probed(other, answer_seconds=5, channel="sms")).ok
    assert other.asked == ["issue sms", "seen", "clean"], "texts are not answered: they cost"


async def test_what_cannot_be_cleaned_up_is_told() -> None:
    desk = Desk()
    desk.clean_error = Away("gone")
    result = await probed(desk)
    assert (result.stage, result.reason) == ("clean", "away")


async def test_that_it_was_held_back_is_told_though_it_cannot_be_cleaned_up() -> None:
    desk = Desk(seen={"outcome": "quarantined", "reason": "own_domain", "ticket": None, "events": 0})
    desk.clean_error = Away("gone")
    result = await probed(desk)
    assert (result.stage, result.reason) == ("ticket", "quarantined")


@pytest.mark.parametrize("said", ["<html>Log in", "[]", "{}"])
async def test_what_answers_in_place_of_the_desk_is_told_and_ends_nothing(said: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=said))
    async with httpx.AsyncClient(transport=transport, base_url="http://tickets.example") as client:
        result = await probe_once("mail", Door(), TicketsApi(client), Patience(1.0))
    assert (result.stage, result.reason) == ("issue", "refused")
    assert "no tickets API" in result.detail


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"channel": "slack"}, "wrong_ticket"),
        ({"text": "other words"}, "wrong_ticket"),
        ({"searchable": False}, "wrong_ticket"),
    ],
    ids=str,
)
def test_the_ticket_must_be_the_probes(changes: dict[str, Any], reason: str) -> None:
    found = wrong_in({**SEEN, "ticket": {**TICKET, **changes}}, PROBE, "email")
    assert found is not None
    assert found[0] == reason
    assert wrong_in(SEEN, PROBE, "email") is None
    assert wrong_in({**SEEN, "ticket": {**TICKET, "channel": "voice", "text": "A call"}}, PROBE, "voice") is None


@pytest.mark.parametrize("channel", CHANNELS)
def test_for_every_stage_somebody_is_told_where_to_look(channel: str) -> None:
    for stage in STAGES:
        for reason in ("refused", "away", "late", "quarantined", "broken"):
            words = look_at(channel, stage, reason)
            assert words
            assert "{" not in words


def test_while_probes_come_out_as_ordinary_tickets_fewer_are_sent() -> None:
    assert next_wait(300, 0) == 300
    assert [next_wait(300, count) for count in (1, 2, 3, 10)] == [600, 1200, 2400, LONGEST_SECONDS]
    assert next_wait(7200, 5) == 7200
    late, refused, seen = (Result("mail", stage=stage) for stage in ("settle", "door", ""))
    assert unsettled_after(2, late) == 3
    assert unsettled_after(2, refused) == 2
    assert unsettled_after(2, seen) == 0
