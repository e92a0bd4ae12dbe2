"""Every dialog, in both languages, with whatever customers write: Slack takes it, and nothing of it is markup."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.views import View

from intake_chat.domain.slack import blocks
from intake_chat.domain.slack.dialogs import (
    announcing,
    block,
    calling_back,
    clocks,
    copies,
    frames,
    handover,
    history,
    link,
    merge,
    problem,
    quarantine,
    requester,
    split,
    unmerge,
    verify,
    why,
)
from intake_chat.domain.slack.dialogs.leafing import Leaf
from tests.unit.intake_chat.dialogs.builders import (
    HOSTILE,
    Json,
    announced,
    code,
    denied,
    entry,
    held,
    linked,
    message,
    standing,
    sums,
    team,
    ticket,
    update,
    way,
)
from ventanilla_devstack.slack.blocks import VIEW_BYTES, check_view, view_bytes

PAGE = "https://desk.example/desk/4711"
NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
Make = Callable[[str, str, int], Json]
"""(text of somebody, language, how many of everything) → the view."""


def called_back(state: str, count: int, text: str) -> Json:
    """A callback as the API lists it."""
    tries = [{"outcome": text or "talked", "agent": text, "seconds": 200} for _ in range(count)]
    return {
        "id": "0f1c5e7a-52b1-4c7e-9d8e-1b2a3c4d5e6f", "state": state, "team": text, "agent": None, "number": text,
        "next_at": "2026-11-30T08:00:00Z", "attempts": tries,
    }  # fmt: skip


def _ticket(text: str, **more: Any) -> Json:
    person = {"name": text, "identities": [{"kind": "email", "address": f"{text[:60].strip()}@cliente.example"}]}
    return ticket(subject=text, requester=person, resolution=text, cause=text, **more)


def _escalate(name: str, text: str, language: str, count: int) -> Json:
    teams = [team(f"t{each}{text[:40]}", "2" if name == "escalate" else "1", text) for each in range(count)]
    messages = [message(kind, text) for kind in ("customer", "agent", "note")] * count
    now = _ticket(text, tier="1" if name == "escalate" else "2")
    return handover.view(name, handover.Seen(now, teams, messages, text or None, PAGE), language)


def _links(text: str, count: int, kind: str, direction: str) -> list[Json]:
    return [linked(each + 1, kind, direction, subject=text) for each in range(count)]


def _copies(text: str, language: str, count: int) -> Json:
    roles = ("requester", "cc", "aside")
    people = [{"address": f"p{each}@x.example", "name": text, "role": roles[each % 3]} for each in range(count)]
    return copies.view(_ticket(text), {"items": people, "suggested": people}, language, PAGE)


def _messages(text: str, count: int) -> list[Json]:
    return [message(text=text, id=f"{each:08}-0000-8000-8000-000000000000") for each in range(count)]


DIALOGS: dict[str, Make] = {
    "escalate": lambda text, language, count: _escalate("escalate", text, language, count),
    "return": lambda text, language, count: _escalate("return", text, language, count),
    "merge": lambda text, language, _count: merge.view(_ticket(text), language, PAGE),
    "link": lambda text, language, count: link.view(
        _ticket(text), _links(text, count, "duplicate", "in"), language, PAGE
    ),
    "split": lambda text, language, count: split.view(
        _ticket(text), _messages(text, count), [team(f"t{each}", "1", text) for each in range(count)], language, PAGE
    ),
    "problem": lambda text, language, _count: problem.view(_ticket(text), [], language, PAGE),
    "update to all": lambda text, language, count: problem.view(
        _ticket(text, type="problem"), _links(text, count, "caused_by", "in"), language, PAGE
    ),
    "announce": lambda text, language, _count: announcing.view(
        _ticket(text, type="problem"), announced(text), language, PAGE
    ),
    "announce of nothing": lambda _text, language, _count: announcing.view(None, None, language),
    "announce of no problem": lambda text, language, _count: announcing.view(_ticket(text), None, language, PAGE),
    "announcements": lambda text, language, count: announcing.listed(
        [announced(text, key=f"notice-{each}") for each in range(count)], language
    ),
    "told": lambda _text, language, count: problem.told(4711, update(count), language, PAGE),
    "history": lambda text, language, count: history.view(
        Leaf(4711, 1),
        [entry(each, why=text, detail={"field": text, "old": text, "new": [text]}) for each in range(count)],
        language,
        PAGE,
    ),
    "why": lambda text, language, count: why.view(Leaf(4711, 1), "\n".join([text] * count), language, PAGE),
    "clocks": lambda text, language, count: clocks.view(
        Leaf(4711), _ticket(text, service_level={"policy": text}), sums(count), language, PAGE
    ),
    "requester by mail": lambda text, language, _count: requester.view(_ticket(text), language, PAGE),
    "requester in slack": lambda text, language, _count: requester.view(_ticket(text, channel="slack"), language, PAGE),
    "requester in direct messages": lambda text, language, _count: requester.view(
        _ticket(text, channel="slack", account="T1/D1"), language, PAGE
    ),
    "requester elsewhere": lambda text, language, _count: requester.view(_ticket(text, channel="sms"), language, PAGE),
    "copies": _copies,
    "block": lambda text, language, count: block.view(
        _ticket(text), language, PAGE, listed=[denied(each + 1, note=text) for each in range(count)], now=NOW
    ),
    "unmerge": lambda text, language, _count: unmerge.view(_ticket(text, merged_into=9), language, PAGE),
    "verify": lambda text, language, count: verify.view(
        standing(*(way(id=f"w{each}", shown=text, usable=each % 2 == 0, why_not=text) for each in range(count or 1))),
        "t",
        language,
        PAGE,
    ),
    "verify nobody": lambda text, language, _count: verify.view(
        standing(way(usable=False, why_not="new", shown=text)), "t", language, PAGE
    ),
    "verify code": lambda text, language, _count: verify.checking(
        standing(code=code(shown=text, delivery="failed")), "t", language, PAGE
    ),
    "callback": lambda text, language, count: calling_back.view(
        4711, [called_back("failed", count, text) for _ in range(count)], language, PAGE
    ),
    "callback planned": lambda text, language, count: calling_back.view(
        4711, [called_back("scheduled", count, text), called_back("done", count, text)], language, PAGE
    ),
    "verified": lambda text, language, _count: verify.done(standing(verified=code(shown=text)), language, PAGE),
    "quarantine": lambda text, language, count: quarantine.view(
        [
            held(f"{each:08}-0000-8000-8000-000000000000", subject=text, detail=text, reason=text or "spam")
            for each in range(count)
        ],
        "cursor",
        language,
    ),
    "release": lambda text, language, _count: quarantine.deciding(held(subject=text, detail=text), "release", language),
    "reject": lambda text, language, _count: quarantine.deciding(held(subject=text, detail=text), "reject", language),
    "decided": lambda text, language, _count: quarantine.deciding(held(state="released"), "reject", language),
    "trouble": lambda text, language, _count: frames.trouble("merge", "merge", "4711", text, language),
}
CONTENTS = {
    "plain": ("Desde ayer no puedo entrar", 3),
    "empty": ("", 0),
    "blank": ("   \n ", 3),
    "hostile": (HOSTILE, 3),
    "long": (HOSTILE * 400, 150),
    "wide": ("漢字🙂" * 2_000, 150),
}


def texts(part: Any) -> Iterator[Json]:
    """Every text object that Slack reads markup in."""
    if isinstance(part, list):
        for each in part:
            yield from texts(each)
    elif isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part
        for value in part.values():
            yield from texts(value)


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("make", DIALOGS.values(), ids=DIALOGS)
def test_slack_takes_every_dialog_whatever_stands_in_it(make: Make, language: str, content: tuple[str, int]) -> None:
    view = make(content[0], language, content[1])

    assert check_view(view, "modal") == []
    assert view_bytes(view) <= VIEW_BYTES
    View(**view).validate_json()


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("make", DIALOGS.values(), ids=DIALOGS)
def test_nothing_that_somebody_else_wrote_is_markup(make: Make, language: str) -> None:
    view = make(HOSTILE, language, 3)

    assert not [one for one in texts(view["blocks"]) if "channel>" in one["text"] or "bold" in one["text"]]


@given(text=st.text(max_size=400), count=st.integers(0, 5), name=st.sampled_from(sorted(DIALOGS)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_slack_takes_every_dialog_with_any_text(text: str, count: int, name: str) -> None:
    assert check_view(DIALOGS[name](text, "es", count), "modal") == []


OF_NO_TICKET = {"quarantine", "release", "reject", "decided", "trouble", "announce of nothing", "announcements"}


@pytest.mark.parametrize("name", sorted(set(DIALOGS) - OF_NO_TICKET))
def test_every_dialog_about_a_ticket_leads_to_the_whole_of_it(name: str) -> None:
    shown = [str(one) for one in DIALOGS[name]("Desde ayer", "es", 3)["blocks"]]

    assert PAGE in shown[-1]


def test_what_does_not_fit_is_left_out_with_a_link_to_the_page() -> None:
    view = history.view(
        Leaf(1), [entry(each, why="漢" * 600, detail={"a" * 400: "漢" * 160}) for each in range(20)], "en"
    )
    many = frames.sheet("history", 1, view["blocks"] * 6, "en", page=PAGE)

    assert len(view["blocks"]) == 20  # without a page there is no link to it
    assert 50 < len(many["blocks"]) <= 100
    assert PAGE in many["blocks"][-1]["elements"][0]["text"]
    assert view_bytes(many) <= VIEW_BYTES
    assert check_view(many, "modal") == []


def test_a_dialog_that_weighs_too_much_keeps_its_fields() -> None:
    heavy = [blocks.quoted("漢" * 3_000)] * 90
    field, row = blocks.text_field("a", "A"), blocks.buttons("b", [blocks.button("c", "C")])

    view = frames.form("merge", ticket(), [*heavy, field, row], "en", page=PAGE)

    assert view_bytes(view) <= VIEW_BYTES
    assert [one["type"] for one in view["blocks"]][-3:] == ["context", "input", "actions"]
    assert len(view["blocks"]) > 10
