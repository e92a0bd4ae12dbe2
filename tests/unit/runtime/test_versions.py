"""Which events wait for a newer replica, and how long."""

import pytest

from ventanilla_runtime.versions import is_of_another_version, wait_seconds


@pytest.mark.parametrize(
    ("written", "waits"),
    [
        ("message.received.v1", False),
        ("message.received.v2", True),
        ("message.received.v10", True),
        ("mail.accepted.v2", True),
        ("notification.delivered.v3", True),
        ("message.received.vX", False),
        ("something.else.v2", False),
        ("", False),
    ],
)
def test_a_known_event_in_an_unknown_version_waits(written: str, waits: bool) -> None:
    assert is_of_another_version({"ce-type": written}) is waits


def test_a_message_that_says_nothing_is_of_this_version() -> None:
    assert not is_of_another_version({})


def test_it_waits_a_second_at_first_and_minutes_in_the_end() -> None:
    assert [wait_seconds(deliveries) for deliveries in (1, 2, 3, 50)] == [1.0, 2.0, 4.0, 300.0]
