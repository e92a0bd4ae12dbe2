"""The replies of `tests/data/email/replies`: what programs send in each language, and what is newly written in it."""

from email import message_from_bytes
from pathlib import Path

import pytest

from intake_email.domain.html_text import html_to_text
from intake_email.domain.quoting import written_text
from intake_email.domain.words import clean_text
from tests.data.email import build_replies

FOLDER = build_replies.FOLDER
REPLIES = sorted(FOLDER.glob("*.eml"))


def test_the_replies_are_there() -> None:
    assert len(REPLIES) > 250


def test_the_replies_are_those_that_the_builder_writes() -> None:
    for reply in build_replies.replies():
        assert (FOLDER / f"{reply.name}.eml").read_bytes() == build_replies.message_of(reply), reply.name


@pytest.mark.parametrize("path", REPLIES, ids=lambda path: path.stem)
def test_only_what_is_newly_written_is_left_of_a_reply(path: Path) -> None:
    message = message_from_bytes(path.read_bytes())
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    body = payload.decode()
    expected = path.with_name(f"{path.stem}.reply.txt").read_text(encoding="utf-8")

    if message.get_content_type() == "text/html":
        written = written_text(clean_text(html_to_text(body)), body)
    else:
        written = written_text(clean_text(body))

    assert written.split() == expected.split()
