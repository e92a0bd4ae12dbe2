"""A page by telephone: what is texted and said, and when whoever is on call is tried again.

A text goes out at once; who has not acknowledged it after a while is called, and called again. Neither says what the
ticket is about: a text is read on a locked screen, and a telephone may be answered by anybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.twiml import VOICES, Gather, Hangup, Link, Say, Verb

PAGE, AGENT, TICKET, LANGUAGE, ASKED = "p", "h", "t", "l", "a"
"""In a query: the id of a page, whose it is, the ticket's number, what is spoken, and that the question was put."""
ACCEPT_KEY: Final = "1"
KEY_SECONDS: Final = 10
RING_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """When a page is tried again.

    Attributes:
        call_after: without an acknowledgement the telephone rings. again_after: and again.
        calls: so often at most. each_hour: so many texts and calls one person gets in any hour at most.
    """

    call_after: timedelta = timedelta(seconds=60)
    again_after: timedelta = timedelta(seconds=120)
    calls: int = 3
    each_hour: int = 12


@dataclass(frozen=True, slots=True)
class Page:
    """Somebody who is on call is wanted.

    Attributes:
        agent: their handle. answer_by: then the ladder goes on; None: it waits.
    """

    id: str
    agent: str
    ticket: int
    priority: str
    team: str
    at: datetime
    answer_by: datetime | None


def next_call(page: Page, called: int, now: datetime, policy: Policy) -> datetime | None:
    """When whoever it is is called next; None: not any more.

    Args:
        called: how often they were called for this page.
    """
    if called >= policy.calls:
        return None
    at = page.at + policy.call_after + called * policy.again_after
    if page.answer_by is not None and max(at, now) >= page.answer_by:
        return None
    return at


def text_of(page: Page, team: str, words: Mapping[str, str], *, called: bool) -> str:
    """The text of a page.

    Args:
        team: its title. called: a call follows, unless somebody has the page before.
    """
    text = words["page.text" if called else "page.text_only"]
    return text.format(ticket=page.ticket, team=team, priority=words[f"priority.{page.priority}"])


def is_text_of(page: Page, text: str) -> bool:
    """Whether a text to whoever is on call is about this page's ticket."""
    return re.search(rf"#{page.ticket}\b", text) is not None


def query_of(page: Page, language: str) -> dict[str, str]:
    """What the address of a page's document says."""
    return {PAGE: page.id, AGENT: page.agent, TICKET: str(page.ticket), LANGUAGE: language}


def said(
    query: Mapping[str, str], language: str, heard: Heard, state: str, words: Mapping[str, str]
) -> tuple[Verb, ...]:
    """What whoever answers hears.

    Args:
        query: as `query_of` wrote it.
        state: empty before a key; `done`, `taken`, `later`, `unsure` or `open` once it was clear what it came to.
    """
    voice = VOICES[language]
    if heard.hung_up:
        return (Hangup(),)
    if state:
        return (Say(words[f"page.{state}"], voice), Hangup())
    spelt = ", ".join(words[f"digit.{digit}"] for digit in query.get(TICKET, "") if f"digit.{digit}" in words)
    asked = Link(
        "page", urlencode({**{name: query.get(name, "") for name in (PAGE, AGENT, TICKET, LANGUAGE)}, ASKED: 1})
    )
    question = Say(words["page.said"].format(ticket=spelt), voice)
    # Whoever says hello to a machine hears it a second time.
    return (Gather(asked, (question, question), voice, KEY_SECONDS, 1, ""),)


@dataclass(frozen=True, slots=True)
class Paged:
    """What was done for a page so far.

    Attributes:
        text: SID of the text, or why there is none; empty: it was not sent yet.
    """

    text: str = ""
    called: int = 0


def write_paged(paged: Paged) -> bytes:
    """The form that `read_paged` reads."""
    return orjson.dumps([paged.text, paged.called])


def read_paged(value: bytes | None) -> Paged:
    """What was kept; nothing of what cannot be read."""
    try:
        found: list[Any] = orjson.loads(value or b"")
        return Paged(str(found[0]), int(found[1]))
    except (orjson.JSONDecodeError, TypeError, ValueError, LookupError):
        return Paged()
