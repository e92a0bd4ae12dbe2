"""What a caller hears when what they want cannot be kept: never a promise that nobody knows of."""

from collections.abc import Mapping
from typing import Any

import pytest

from intake_phone.domain.calls.effects import TextLink
from intake_phone.domain.calls.facts import Facts
from intake_phone.domain.calls.record import Noted
from intake_phone.domain.calls.ringing import Ring, Waits
from intake_phone.domain.calls.turn import Step
from intake_phone.domain.calls.waiting import Name
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.numbers import Caller, read_caller
from intake_phone.handlers.calls.answer import Answerer
from tests.unit.intake_phone.samples import DOORS, OUTAGE, flow_of
from ventanilla_runtime.errors import BrokerAway

NODES = """\
  menu:
    do: menu
    say: question
    choices:
      - {key: "1", then: back}
      - {key: "2", then: team}
      - {key: "3", then: news}
      - {key: "4", then: link}
  back: {do: callback, team: first-line}
  team: {do: team, team: first-line, offered: back, unavailable: message, unanswered: message}
  news: {do: announcements, then: message}
  link: {do: text_link, text: question, url: "https://desk.example/s", then: bye, otherwise: message}
  bye: {do: hang_up}
  message: {do: voicemail}
"""
FORM = {"CallSid": "CA1", "From": "+34600111222", "To": "+34910000000", "Direction": "inbound"}


class Around:
    """Everything around the answers; the broker may be away."""

    def __init__(self, *, away: bool) -> None:
        self.away = away
        self.flow = flow_of(NODES)
        self.keys: list[str] = []

    async def note(self, call: str, document: Noted) -> None:
        self._ask()

    async def waits(self, call: str) -> Waits:
        self._ask()
        return Waits({2: Ring(by_key="ring.CA1.2.key" in self.keys)})

    async def facts(self, caller: Caller, call: str, number: str = "") -> Facts:
        return Facts(read_caller("+34600111222"), language="es", announcements=(OUTAGE,))

    async def remember_language(self, caller: Caller, language: str) -> None:
        self._ask()

    async def before(self, call: str, effects: Any) -> None: ...

    async def links_kept(self, call: str, number: str, made: Step) -> bool:
        return not (self.away and any(isinstance(one, TextLink) for one in made.effects))

    def beside(self, *arguments: Any, **named: Any) -> None: ...

    async def noted_miss(self, name: Name, leg: str) -> bool:
        self.keys.append(f"{name.prefix}miss.{leg}")
        return True

    async def noted_key(self, name: Name) -> bool:
        if not self.away:
            self.keys.append(f"{name.prefix}key")
        return not self.away

    def _ask(self) -> None:
        if self.away:
            raise BrokerAway("no broker")

    async def answer(self, door: Any, query: Mapping[str, str], **form: str) -> str:
        around: Any = self  # of all that an answer may ask, what is asked here
        book = FlowBook({}, self.flow)
        answerer = Answerer(
            book=book, calls=around, facts=around, rings=around, teams=around, doer=around, codes=around, doors=DOORS,
            region="ES", seconds=0.5,
        )  # fmt: skip
        return await answerer.answer(door, query, FORM | form)

    def at(self, node: str, **more: str) -> dict[str, str]:
        """The query of an address at which a node is heard."""
        return {"v": "1", "f": self.flow.digest, "n": node, "l": "es", "s": "2", **more}


@pytest.mark.parametrize("away", [False, True])
async def test_a_callback_is_promised_only_where_the_wish_is_kept(away: bool) -> None:
    heard = await Around(away=away).answer("step", Around(away=away).at("menu"), Digits="1")
    assert ("Le llamaremos" in heard) is not away
    assert ("<Record" in heard) is away


@pytest.mark.parametrize("away", [False, True])
async def test_nobody_is_promised_the_end_of_an_outage_that_is_kept_nowhere(away: bool) -> None:
    around = Around(away=away)
    heard = await around.answer("step", around.at("news", a="out-1"), Digits="1")
    assert ("Le avisaremos" in heard) is not away
    assert "<Record" in heard


@pytest.mark.parametrize("away", [False, True])
async def test_a_link_is_promised_only_where_it_is_kept_until_it_is_texted(away: bool) -> None:
    around = Around(away=away)
    heard = await around.answer("step", around.at("menu"), Digits="4")
    assert ("Le estamos enviando" in heard) is not away
    assert ("<Record" in heard) is away


async def test_the_key_in_the_queue_leaves_it_only_where_the_key_is_kept() -> None:
    around = Around(away=False)
    assert "<Leave/>" in await around.answer("wait", around.at("team", c="queued"), Digits="1")
    assert "Le llamaremos" in await around.answer("step", around.at("team", c="queued"), QueueResult="leave")

    broken = Around(away=True)
    assert "<Leave/>" not in await broken.answer("wait", broken.at("team", c="queued"), Digits="1")
    assert "<Record" in await broken.answer("step", broken.at("team", c="queued"), QueueResult="leave")


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ({"DialCallStatus": "no-answer"}, ["ring.CA1.2.miss.eva.1"]),
        ({"DialCallStatus": "no-answer", "CallStatus": "completed"}, []),
    ],
)
async def test_an_agent_whose_key_finds_nobody_has_declined_nobody(form: dict[str, str], kept: list[str]) -> None:
    around = Around(away=False)
    heard = await around.answer("leg", around.at("team", c="queued", k="CA1.2/eva.1"), **form)
    assert ("Ya no hace falta" in heard, around.keys) == (bool(kept), kept)
