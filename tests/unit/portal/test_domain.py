"""Languages, forms and limits of the portal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.form import LONGEST_TEXT, may_send, read_form
from portal.domain.languages import page_language
from portal.domain.rate_limit import RateLimit


@pytest.mark.parametrize(
    ("chosen", "own", "accepted", "wanted"),
    [
        ("en", "es", "es", "en"),
        (None, "en", "es", "en"),
        ("fr", "es", "en", "es"),
        (None, None, "fr, en;q=0.5, es;q=0.9", "es"),
        (None, None, "en-GB,en;q=0.9", "en"),
        (None, None, "es;q=0, en;q=0.1", "en"),
        (None, None, "", "es"),
        (None, None, "*;q=x,,;;", "es"),
    ],
)
def test_the_reader_chooses_then_the_ticket_then_the_browser(
    chosen: str | None, own: str | None, accepted: str, wanted: str
) -> None:
    assert page_language(chosen, own, accepted, "es") == wanted


@given(st.text(max_size=200))
def test_any_header_gives_a_language(accepted: str) -> None:
    assert page_language(None, None, accepted, "es") in ("es", "en")


def test_a_limit_lets_so_many_through_a_minute_and_recovers() -> None:
    limit = RateLimit(6)

    assert [limit.allows("a", 0.0) for _ in range(8)] == [True] * 6 + [False] * 2
    assert limit.allows("b", 0.0)
    assert not limit.allows("a", 5.0)
    assert limit.allows("a", 16.0)
    assert [limit.allows("a", 1000.0) for _ in range(7)] == [True] * 6 + [False]


def test_a_limit_remembers_a_bounded_number_of_keys() -> None:
    limit = RateLimit(1, most_keys=10)

    for index in range(100):
        limit.allows(str(index), 0.0)

    assert len(limit) == 10


def test_a_form_keeps_its_text_and_its_key() -> None:
    form = read_form({"text": ["a\r\nb\x00"], "key": ["k" * 20]}, "new")

    assert (form.text, form.key, form.problem) == ("a\nb", "k" * 20, None)


@pytest.mark.parametrize("key", [[], [""], ["short"], ["x" * 65], ["a b" * 8], ["ñ" * 20]])
def test_a_form_without_a_good_key_gets_a_new_one(key: list[str]) -> None:
    assert read_form({"text": ["a"], "key": key}, "new").key == "new"


def test_a_form_says_what_is_wrong_with_it() -> None:
    assert read_form({}, "new").problem == "form.empty"
    assert read_form({"text": ["x" * (LONGEST_TEXT + 1)]}, "new").problem == "form.too_long"


@pytest.mark.parametrize(
    ("origin", "fetch_site", "allowed"),
    [
        (None, None, True),
        ("null", None, True),
        ("null", "same-origin", True),
        ("null", "cross-site", False),
        ("https://pages.example", None, True),
        ("https://evil.example", None, False),
        ("https://evil.example", "same-site", False),
        ("https://pages.example", "none", True),
    ],
)
def test_only_our_own_page_may_send_the_form(origin: str | None, fetch_site: str | None, allowed: bool) -> None:
    assert may_send("pages.example", origin, fetch_site) is allowed
