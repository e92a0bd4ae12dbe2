"""A text that is told once more, or late, undoes nothing that the customer said since, and is answered once."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intake_phone.domain.numbers import Caller
from intake_phone.domain.texts.kept import MOST_SIDS
from intake_phone.domain.texts.opt_out import Wish
from intake_phone.errors import NotAccepted
from intake_phone.handlers.accept import accepted_id
from intake_phone.handlers.reconciling.reconcile import Reconciler
from intake_phone.handlers.texts.subscriptions import WINDOW_SECONDS, Subscriptions
from intake_phone.handlers.texts.take import TextTaker
from intake_phone.ports.lists import Listed
from tests.unit.intake_phone.around_calls import Bucket
from tests.unit.intake_phone.samples import WORDS
from ventanilla_runtime.errors import BrokerAway, WrongSequence

DESK, CARMEN = "+34910000100", "+34600000001"
NOON = 1_795_867_200.0


class Racing(Bucket):
    """Another replica writes in between, so often; or the broker is away, until it is there again.

    Attributes:
        lost: so many writes are kept without an answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[Exception] = []
        self.away = False
        self.lost = 0

    async def replace(self, key: str, value: bytes, revision: int) -> int:
        if self.away:
            raise BrokerAway("gone")
        if self.errors:
            raise self.errors.pop()
        kept = await super().replace(key, value, revision)
        if self.lost:
            self.lost -= 1
            raise BrokerAway("no answer in time")
        return kept


class Around:
    """The desk's door for texts, and Carmen."""

    def __init__(self, seconds: float = 0.02) -> None:
        self.bucket = Racing()
        self.now = NOON
        self.wishes = Subscriptions(self.bucket, clock=lambda: self.now)
        acceptor: Any = self
        self.chosen = ""
        self.taker = TextTaker(acceptor, self.wishes, WORDS, seconds, self.remembered)
        self.listed: list[Listed] = []
        self.known: set[str] = set()
        self.refuses = False

    async def accept(self, _kind: str, sid: str, *_: object) -> None:
        if self.refuses:
            raise NotAccepted("gone")
        self.known.add(accepted_id("text", sid))

    async def remembered(self, _: Caller) -> str:
        return self.chosen

    async def reconcile(self) -> None:
        """Twilio's lists are read, as they are when the broker is there again."""

        async def accept(listed: Listed) -> None:
            await self.taker.take(listed.told, "reconciler", listed.at.timestamp())

        async def accepted(_: datetime) -> set[str]:
            return self.known

        await Reconciler(
            lists=self,
            accepted=accepted,
            accept=accept,
            state=self.bucket,
            every_seconds=300,
            horizon=timedelta(days=3),
            broken=lambda: 0,
            now=lambda: datetime.fromtimestamp(self.now, UTC),
        ).look()

    async def since(self, _: datetime) -> Sequence[Listed]:
        return self.listed[::-1]  # the newest first

    async def text(self, number: int, body: str, *, channel: str = "", at: float | None = None) -> str:
        self.now += 1
        form: Mapping[str, str] = {
            "AccountSid": "AC" + "a" * 32,
            "MessageSid": f"SM{number:032x}",
            "From": f"{channel}{CARMEN}",
            "To": f"{channel}{DESK}",
            "Body": body,
        }
        if at is None:
            self.listed.append(Listed("text", form["MessageSid"], form, datetime.fromtimestamp(int(self.now), UTC)))
            return await self.taker.take(form)
        return await self.taker.take(form, "reconciler", at)

    async def stopped(self) -> bool:
        return await self.wishes.wants_none("sms", DESK, CARMEN)

    async def open(self) -> bool:
        return await self.wishes.is_open(DESK, CARMEN)


@pytest.mark.parametrize(("old", "new"), [("ALTA", "BAJA"), ("BAJA", "ALTA")])
async def test_an_old_wish_that_is_told_again_does_not_undo_the_newer_one(old: str, new: str) -> None:
    around = Around()
    assert await around.text(1, old)
    assert await around.text(2, new)
    for again in (1, 2, 1):
        assert await around.text(again, {1: old, 2: new}[again]) == "", "it was answered before"

    assert await around.stopped() is (new == "BAJA")


@pytest.mark.parametrize(
    ("chosen", "body", "language"),
    [("en", "Help!", "en"), ("", "Help!", "es"), ("fr", "Help!", "es"), ("en", "AYUDA", "es")],
)
async def test_a_wish_is_answered_in_the_language_of_its_words_or_else_in_the_one_that_was_chosen(
    chosen: str, body: str, language: str
) -> None:
    around = Around()
    around.chosen = chosen

    assert await around.text(1, body) == WORDS[language]["opt_out.help"]


async def test_help_is_answered_once_and_changes_no_wish() -> None:
    around = Around()
    await around.text(1, "BAJA")
    assert await around.text(2, "AYUDA")
    assert await around.text(2, "AYUDA") == ""
    assert await around.text(3, "AYUDA"), "asked anew, answered anew"
    assert await around.stopped()


async def test_of_what_twilios_list_tells_later_only_a_newer_wish_counts() -> None:
    around = Around()
    await around.text(1, "ALTA")
    await around.text(2, "BAJA", at=NOON - 3600)
    assert not await around.stopped(), "they came back since"

    await around.text(3, "BAJA", at=NOON + 3600)
    assert await around.stopped()
    assert await around.text(3, "BAJA") == "", "its webhook comes after all"


async def test_of_two_wishes_of_one_second_in_twilios_list_the_first_one_told_counts_as_it_lists_newest_first() -> None:
    around = Around()
    await around.text(2, "ALTA", at=NOON)
    await around.text(1, "BAJA", at=NOON)
    assert not await around.stopped()


async def test_a_wish_that_could_not_be_kept_is_kept_and_answered_when_it_comes_again() -> None:
    around = Around()
    around.bucket.away = True
    with pytest.raises(NotAccepted):
        await around.text(1, "BAJA")
    around.bucket.away = False
    assert await around.text(1, "BAJA")
    assert await around.stopped()


@pytest.mark.parametrize("lost", ["the wish", "the text"])
@pytest.mark.parametrize("wishes", [("BAJA",), ("BAJA", "ALTA"), ("ALTA", "BAJA"), ("BAJA", "ALTA", "BAJA")])
@pytest.mark.parametrize("kept_since", [False, True])
async def test_a_wish_that_could_not_be_kept_is_brought_by_twilios_list_and_undoes_no_newer_one(
    lost: str, wishes: Sequence[str], kept_since: bool
) -> None:
    around = Around()
    await around.text(90, "ALTA" if wishes[0] == "BAJA" else "BAJA")
    for number, wish in enumerate(wishes):
        away = not (kept_since and number == len(wishes) - 1)
        around.refuses = away and lost == "the text"
        around.bucket.away = away and lost == "the wish"
        with pytest.raises(NotAccepted) if away else nullcontext():
            await around.text(number, wish)
    around.refuses = around.bucket.away = False
    await around.reconcile()

    assert await around.stopped() is (wishes[-1] == "BAJA")
    assert len(around.known) == len(wishes) + 1, "every text is read too"


async def test_a_wish_that_was_not_kept_calls_for_a_look_at_twilios_list_soon() -> None:
    around = Around()
    around.bucket.away = True
    with pytest.raises(NotAccepted):
        await around.text(1, "BAJA")
    assert around.taker.refused == 1


async def test_a_broker_that_hangs_for_a_moment_costs_no_text_and_no_answer() -> None:
    around = Around(seconds=2.0)
    around.bucket.errors = [BrokerAway("gone"), BrokerAway("gone")]

    assert await around.text(1, "BAJA")

    assert await around.stopped()
    assert around.known == {accepted_id("text", f"SM{1:032x}")}
    assert around.taker.refused == 0


async def test_a_wish_that_was_kept_without_an_answer_is_new_to_whoever_tries_again() -> None:
    around = Around(seconds=2.0)
    around.bucket.lost = 1

    assert await around.text(1, "BAJA"), "nobody has answered it yet"

    assert await around.text(1, "BAJA") == ""
    assert await around.stopped()


async def test_a_wish_that_was_told_before_is_not_answered_again_after_a_hang() -> None:
    around = Around(seconds=2.0)
    await around.text(1, "BAJA")
    await around.wishes.none_arrives(CARMEN, sid="SM9")
    around.bucket.errors = [BrokerAway("gone")]  # of what is noted beside the wish

    assert await around.text(1, "BAJA") == ""


async def test_replicas_that_write_at_once_lose_nothing() -> None:
    around = Around()
    around.bucket.errors = [WrongSequence("first"), WrongSequence("second")]
    assert await around.text(1, "BAJA")
    assert await around.stopped()


async def test_what_is_remembered_of_a_customer_has_a_bound() -> None:
    around = Around()
    for number in range(MOST_SIDS * 3):
        await around.text(number, "BAJA" if number % 2 else "ALTA")
    [value] = around.bucket.values.values()
    assert len(value) < MOST_SIDS * 50
    assert await around.text(MOST_SIDS * 3 - 2, "ALTA") == ""
    assert await around.stopped()


@pytest.mark.parametrize(("value", "stopped"), [(b"stop", True), (b"start", False), (b"\xff", False), (b"[1]", False)])
async def test_a_wish_that_an_older_release_kept_is_read(value: bytes, stopped: bool) -> None:
    around = Around()
    await around.text(1, "ALTA")
    [key] = around.bucket.values
    await around.bucket.put_all([key], value)
    assert await around.stopped() is stopped
    assert await around.text(2, "ALTA" if stopped else "BAJA")
    assert await around.stopped() is not stopped


async def test_an_old_text_on_whatsapp_that_is_told_again_opens_no_window() -> None:
    around = Around()
    await around.text(1, "Hola", channel="whatsapp:")
    assert await around.open()
    around.now += WINDOW_SECONDS
    assert not await around.open()
    await around.text(1, "Hola", channel="whatsapp:")
    assert not await around.open()
    await around.text(2, "¿Hay alguien?", channel="whatsapp:")
    assert await around.open()


async def test_a_text_of_twilios_list_opens_the_window_from_when_it_was_sent() -> None:
    around = Around()
    await around.text(1, "Hola", channel="whatsapp:", at=NOON - WINDOW_SECONDS + 60)
    assert await around.open()
    around.now += 120
    assert not await around.open()


async def test_a_refusal_that_is_told_again_shuts_no_window_that_opened_since_and_undoes_no_wish() -> None:
    around = Around()
    await around.wishes.shut(DESK, CARMEN, sid="SM1")
    await around.wishes.note("sms", DESK, CARMEN, Wish.STOP, sid="SM2")
    await around.text(1, "Hola", channel="whatsapp:")
    await around.text(2, "ALTA")
    await around.wishes.shut(DESK, CARMEN, sid="SM1")
    await around.wishes.note("sms", DESK, CARMEN, Wish.STOP, sid="SM2")

    assert await around.open()
    assert not await around.stopped()


@pytest.mark.parametrize("value", [b"0", b"%d" % int(NOON)])
async def test_a_window_that_an_older_release_kept_is_read(value: bytes) -> None:
    around = Around()
    await around.text(1, "Hola", channel="whatsapp:")
    [key] = around.bucket.values
    await around.bucket.put_all([key], value)
    assert await around.open() is (value != b"0")
