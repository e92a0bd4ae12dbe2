"""Cursors are ours or refused; names of files are safe in a header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.adapters.http.cursors import Cursors
from tickets.adapters.http.message_routes import disposition
from tickets.adapters.http.problems import Problem

CURSORS = Cursors([b"new key", b"old key"])


@given(st.lists(st.one_of(st.integers(-(2**60), 2**60), st.text(max_size=20)), min_size=1, max_size=4))
def test_a_cursor_comes_back_as_the_place_it_stands_for(place: list[object]) -> None:
    assert CURSORS.read("list", CURSORS.make("list", place), len(place)) == place


def test_a_cursor_of_the_key_before_still_counts() -> None:
    assert CURSORS.read("list", Cursors([b"old key"]).make("list", [5]), 1) == [5]


@pytest.mark.parametrize("change", ["list2", "other key", "length"])
def test_a_cursor_of_another_list_key_or_form_is_refused(change: str) -> None:
    maker = Cursors([b"other"]) if change == "other key" else CURSORS
    cursor = maker.make("list2" if change == "list2" else "list", [1, 2] if change == "length" else [1])

    with pytest.raises(Problem) as refused:
        CURSORS.read("list", cursor, 1)
    assert refused.value.status == 422


@given(st.text(max_size=80))
def test_a_made_up_cursor_is_refused_and_never_a_bug(text: str) -> None:
    with pytest.raises(Problem):
        CURSORS.read("list", text, 1)


@given(st.text(max_size=300))
def test_any_filename_makes_a_header_of_one_line_in_ascii(name: str) -> None:
    header = disposition(name)

    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')
    assert header.count('"') == 2
