import pytest

from ventanilla_contracts.errors import Permanent, Temporary
from ventanilla_runtime.delivery import nanoseconds
from ventanilla_runtime.errors import essence
from ventanilla_runtime.pull import read_delivery
from ventanilla_runtime.wire import Arrived

STORED = 1795422664218000321


@pytest.mark.parametrize(
    "reply",
    [
        f"$JS.ACK.INTAKE.router.3.4711.12.{STORED}.7",
        f"$JS.ACK.hub.ACCOUNTHASH.INTAKE.router.3.4711.12.{STORED}.7",
        f"$JS.ACK._.ACCOUNTHASH.INTAKE.router.3.4711.12.{STORED}.7.randomtoken",
    ],
    ids=["old form", "with a domain", "with a token"],
)
def test_the_place_of_a_message_is_read_from_its_reply_subject(reply: str) -> None:
    delivery = read_delivery(Arrived("desk.x", reply, b"body", {}), "2026-11-02T06:00:00Z")
    assert (delivery.stream, delivery.sequence, delivery.deliveries, delivery.stored_at_ns) == (
        "INTAKE",
        4711,
        3,
        STORED,
    )
    assert delivery.headers == {}
    assert delivery.stored_at.isoformat().startswith("2026-11-23T08:31:04.218")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2026-11-23T08:31:04.218000321Z", STORED),
        ("2026-11-23T08:31:04.1Z", 1795422664100000000),
    ],
)
def test_a_time_of_the_broker_keeps_its_nanoseconds(text: str, value: int) -> None:
    assert nanoseconds(text) == value


def test_a_group_of_errors_is_temporary_if_one_is_and_permanent_only_if_all_are() -> None:
    away, broken, bug = Temporary("away"), Permanent("broken"), KeyError("bug")
    assert essence(bug) is bug
    assert essence(ExceptionGroup("g", [bug, ExceptionGroup("h", [away, broken])])) is away
    assert essence(ExceptionGroup("g", [broken, ExceptionGroup("h", [broken])])) is broken
    group = ExceptionGroup("g", [broken, bug])
    assert essence(group) is group
