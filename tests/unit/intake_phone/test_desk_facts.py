"""What is known of a caller while they wait: asked once a call, and left out where nobody answers in time."""

import asyncio
from collections.abc import Sequence

from intake_phone.adapters.facts import KEPT_SECONDS, DeskFacts
from intake_phone.domain.numbers import WITHHELD, read_caller
from intake_phone.errors import DeskAway
from ventanilla_contracts.errors import Temporary

CARMEN, DESK = read_caller("+34600000001"), "+34910000100"


class Around:
    """The bucket and the ticket service."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.asked = 0
        self.tickets: tuple[int, ...] = (4711, 12)
        self.error: Exception | None = None
        self.hangs = False
        self.now = 0.0
        self.teams: frozenset[str] | None = frozenset({"first-line"})
        self.stopped: set[tuple[str, str, str]] = set()
        self.wish_error: Exception | None = None
        self.textless: set[str] = set()

    async def get(self, key: str) -> bytes | None:
        if isinstance(self.error, Temporary):
            raise self.error
        return self.values.get(key)

    async def put_all(self, keys: Sequence[str], value: bytes) -> None:
        self.values |= dict.fromkeys(keys, value)

    async def create_all(self, keys: Sequence[str], value: bytes) -> list[bool]:
        raise NotImplementedError

    async def open_tickets(self, number: str) -> tuple[int, ...]:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return self.tickets

    async def wants_none(self, channel: str, number: str, customer: str) -> bool:
        if self.wish_error:
            raise self.wish_error
        return (channel, number, customer) in self.stopped

    async def is_textless(self, customer: str) -> bool:
        return customer in self.textless

    async def available(self) -> frozenset[str] | None:
        return self.teams

    @property
    def ours(self) -> frozenset[str]:
        return frozenset({"+34910000999"})

    def can_text(self, number: str) -> bool:
        return number not in self.textless

    def facts(self) -> DeskFacts:
        return DeskFacts(self, self, self, self, self, "ES", 0.01, lambda: self.now)


async def test_tickets_and_language_are_known_and_asked_for_once_in_a_call() -> None:
    around = Around()
    facts = around.facts()
    await facts.remember_language(CARMEN, "en")

    for _ in range(3):
        known = await facts.facts(CARMEN, "CA1", DESK)
    assert (known.language, known.tickets, known.region, around.asked) == ("en", (4711, 12), "ES", 1)
    assert known.ours == (await facts.facts(WITHHELD, "CA2", DESK)).ours == {DESK, "+34910000999"}
    assert not any("600000001" in key for key in around.values)

    await facts.facts(CARMEN, "CA2", DESK)
    assert around.asked == 2, "they may have a ticket more by the next call"
    around.now += KEPT_SECONDS
    await facts.facts(CARMEN, "CA2", DESK)
    assert around.asked == 3


async def test_a_language_that_was_just_chosen_counts_at_once() -> None:
    around = Around()
    facts = around.facts()
    assert (await facts.facts(CARMEN, "CA1", DESK)).language == ""
    await facts.remember_language(CARMEN, "es")
    assert (await facts.facts(CARMEN, "CA1", DESK)).language == "es"


async def test_a_caller_is_served_while_nobody_can_be_asked() -> None:
    around = Around()
    around.error = DeskAway("down")
    known = await around.facts().facts(CARMEN, "CA1", DESK)
    assert (known.caller, known.language, known.tickets) == (CARMEN, "", ())

    around.error, around.hangs = None, True
    assert (await around.facts().facts(CARMEN, "CA1", DESK)).tickets == ()


async def test_of_an_anonymous_caller_nothing_is_asked_or_kept() -> None:
    around = Around()
    assert (await around.facts().facts(WITHHELD, "CA1", DESK)).tickets == ()
    await around.facts().remember_language(WITHHELD, "en")
    assert (around.asked, around.values) == (0, {})


async def test_who_can_be_rung_is_asked_anew_for_each_document() -> None:
    around = Around()
    facts = around.facts()
    assert (await facts.facts(CARMEN, "CA1", DESK)).available == {"first-line"}
    around.teams = frozenset()
    assert (await facts.facts(CARMEN, "CA1", DESK)).available == frozenset()
    assert (await facts.facts(WITHHELD, "CA2", DESK)).available == frozenset()
    around.teams = None
    assert (await facts.facts(CARMEN, "CA1", DESK)).available is None


async def test_who_wants_no_texts_from_the_number_that_was_called_is_not_texted() -> None:
    around = Around()
    around.stopped.add(("sms", DESK, CARMEN.number))
    facts = around.facts()
    assert not (await facts.facts(CARMEN, "CA1", DESK)).textable
    assert (await facts.facts(CARMEN, "CA2", "+34910000200")).textable


async def test_whoever_calls_a_number_that_cannot_text_is_not_texted_from_there_but_takes_texts() -> None:
    around = Around()
    around.textless.add(DESK)
    facts = around.facts()
    known = await facts.facts(CARMEN, "CA1", DESK)
    assert (known.textable, known.takes_texts) == (False, True)
    assert (await facts.facts(CARMEN, "CA2", "+34910000200")).textable


async def test_a_caller_at_whose_number_no_text_arrives_as_was_learnt_is_texted_from_nowhere() -> None:
    around = Around()
    around.textless.add(CARMEN.number)
    facts = around.facts()
    known = await facts.facts(CARMEN, "CA1", DESK)
    assert (known.textable, known.takes_texts) == (False, False)
    await facts.remember_language(CARMEN, "en")
    assert (await facts.facts(CARMEN, "CA1", DESK)).language == "en"


async def test_where_nobody_can_tell_who_wants_texts_they_may_be_tried() -> None:
    around = Around()
    around.stopped.add(("sms", DESK, CARMEN.number))
    around.wish_error = Temporary("the broker is away")
    known = await around.facts().facts(CARMEN, "CA1", DESK)
    assert (known.textable, known.tickets) == (True, (4711, 12))
