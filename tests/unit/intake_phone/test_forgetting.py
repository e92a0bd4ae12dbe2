"""Deleting at the telephone provider what it keeps of somebody who is erased."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from intake_phone.errors import TwilioAway, TwilioRefused
from intake_phone.handlers.forgetting import Forgetter
from ventanilla_contracts.operations_events import ForgottenIdentity, PersonForgotten
from ventanilla_runtime.delivery import Batch, Delivery

ANA = "+34600111222"
BEFORE = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Provider:
    """Keeps things by number, and refuses what it is told to."""

    def __init__(self, *kept: tuple[str, str], refuses: dict[str, Exception] | None = None) -> None:
        self.kept = list(kept)
        self.refuses = refuses or {}
        self.asked: list[tuple[str, datetime]] = []
        self.deleted: list[str] = []

    async def kept_of(self, number: str, before: datetime) -> Sequence[tuple[str, str]]:
        self.asked.append((number, before))
        return self.kept

    async def delete(self, kind: str, sid: str) -> None:
        if sid in self.refuses:
            raise self.refuses[sid]
        self.deleted.append(f"{kind} {sid}")


def wish(body: bytes = b"", deliveries: int = 1) -> Batch:
    event = PersonForgotten(
        id="person.forgotten.v1:1",
        identities=(
            ForgottenIdentity(kind="email", address="ana@cliente.example"),
            ForgottenIdentity(kind="phone", address=ANA),
        ),
        before=BEFORE,
        requested_at=BEFORE,
    )
    data = body or event.model_dump_json().encode()
    return Batch([Delivery("desk.person.forgotten.v1", data, {}, "OPERATIONS", "2026", 1, deliveries, 0, "")])


async def test_everything_of_their_number_is_deleted_recordings_before_their_calls() -> None:
    provider, batch = Provider(("call", "CA1"), ("text", "SM1"), ("recording", "RE1")), wish()

    await Forgetter(provider).handle(batch)

    assert provider.asked == [(ANA, BEFORE)]
    assert provider.deleted == ["recording RE1", "text SM1", "call CA1"]
    assert (batch.rejected, batch.postponed) == ({}, {})


async def test_what_is_gone_is_deleted_already() -> None:
    gone = TwilioRefused(20404, "not found", 404)
    provider, batch = Provider(("text", "SM1"), ("text", "SM2"), refuses={"SM1": gone}), wish()

    await Forgetter(provider).handle(batch)

    assert (provider.deleted, batch.postponed) == (["text SM2"], {})


@pytest.mark.parametrize(
    "trouble",
    [TwilioRefused(20009, "before it is complete", 409), TwilioAway("no answer"), TwilioRefused(20003, "no", 403)],
)
async def test_what_cannot_be_deleted_yet_is_tried_again_and_never_given_up_unseen(trouble: Exception) -> None:
    provider, batch = Provider(("call", "CA1"), refuses={"CA1": trouble}), wish()

    await Forgetter(provider).handle(batch)

    assert list(batch.postponed.values()) == [5.0]
    assert batch.rejected == {}


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        (TwilioRefused(20003, "authenticate", 401), [5.0, 40.0, 900.0, 900.0]),
        (TwilioRefused(20009, "before it is complete", 409), [5.0, 40.0, 60.0, 60.0]),
        (TwilioAway("no answer"), [5.0, 40.0, 60.0, 60.0]),
    ],
)
async def test_the_longer_it_cannot_be_the_rarer_it_is_tried(trouble: Exception, seconds: list[float]) -> None:
    forgetter = Forgetter(Provider(("call", "CA1"), refuses={"CA1": trouble}))
    found: list[float] = []

    for deliveries in (1, 4, 9, 10_000):
        batch = wish(deliveries=deliveries)
        await forgetter.handle(batch)
        found += batch.postponed.values()

    assert found == seconds


async def test_a_refusal_is_told_of_loudly_once_until_it_is_over() -> None:
    provider = Provider(("text", "SM1"), refuses={"SM1": TwilioRefused(20003, "authenticate", 401)})
    forgetter, refuses = Forgetter(provider), provider.refuses
    with capture_logs() as told:
        for refused in (refuses, refuses, {}, refuses):
            provider.refuses = refused
            await forgetter.handle(wish())

    assert [one["log_level"] for one in told] == ["error", "info", "error"]


async def test_what_is_no_wish_is_put_aside() -> None:
    batch = wish(b"{}")
    await Forgetter(Provider()).handle(batch)
    assert len(batch.rejected) == 1
