"""What keeps reading within bounds, where a stranger's bytes were once read as fewer than they are."""

import time

from intake_email.domain.html_clean import clean_html
from intake_email.domain.html_text import DEPTH_LIMIT, PREFIXED_LIMIT, nesting_of
from intake_email.domain.mime.mailboxes import read_mailboxes


def test_closing_tags_of_what_is_not_open_do_not_hide_how_deep_elements_are() -> None:
    html = "<div></span>" * (DEPTH_LIMIT + 1)

    assert nesting_of(html) == DEPTH_LIMIT + 1
    assert clean_html(html) is None


def test_elements_of_word_count_only_when_they_are_too_many() -> None:
    some, many = "<w:x/>" * PREFIXED_LIMIT, "<w:x/>" * (PREFIXED_LIMIT + 1)

    assert nesting_of(f"<p>{some}</p>") == 1
    assert nesting_of(f"<p>{many}</p>") > DEPTH_LIMIT


def test_control_characters_that_are_white_space_do_not_make_addresses_slow() -> None:
    started = time.process_time()

    found = read_mailboxes([b"\x1c" * 100_000 + b"a b"])

    assert [one.name for one in found] == ["a b"]
    assert time.process_time() - started < 1
