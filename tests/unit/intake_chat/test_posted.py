"""What is remembered of what was said, and of what was changed since."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_chat.domain.slack.posted import Change, is_sent, place_of, sent


@pytest.mark.parametrize(
    ("ts", "value", "place"),
    [
        ("1795780000.000100", b"sent 1795780000.000100", "1795780000.000100"),
        ("F0ABC", b"sent", ""),
        ("posted before", b"sent", ""),
        (None, b"sent", ""),
    ],
)
def test_where_something_stands_is_remembered_where_it_is_known(ts: str | None, value: bytes, place: str) -> None:
    assert (sent(ts), place_of(sent(ts))) == (value, place)
    assert is_sent(sent(ts))


@pytest.mark.parametrize("value", [None, b"", b"attempting abc 1795780000", b"changed 1 a 2 3"])
def test_what_was_only_begun_does_not_stand(value: bytes | None) -> None:
    assert (is_sent(value), place_of(value)) == (False, "")


@given(
    number=st.integers(1, 10**6),
    done=st.booleans(),
    at=st.integers(0, 2 * 10**9),
    ts=st.sampled_from(["", "1.000001", "1795780000.000100"]),
)
def test_a_change_is_read_as_it_was_written(number: int, done: bool, at: int, ts: str) -> None:
    change = Change(number, done=done, owner="0a1b", at=at, ts=ts)

    assert Change.parse(change.written()) == change


@pytest.mark.parametrize(
    "value", [None, b"", b"sent", b"changed x a 1 -", b"changing 1 a -2 -", b"\xff\xfe", b"a b c d e"]
)
def test_what_this_release_cannot_read_is_no_change(value: bytes | None) -> None:
    assert Change.parse(value) == Change()
