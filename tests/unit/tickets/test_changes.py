"""What becomes of a ticket that a person changes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tickets.domain.changes import change, changed_event, search_row
from tickets.domain.correspondence.public_view import holder, masked
from tickets.domain.correspondence.replies import answer_subject, paragraphs, thread_of
from tickets.domain.settling.incoming import TicketRow
from tickets.errors import Refused

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
BEFORE = datetime(2026, 11, 1, 9, tzinfo=UTC)


def ticket(**fields: Any) -> TicketRow:
    values: dict[str, Any] = {
        "number": 7, "version": 3, "subject": "Impresora", "type": "incident", "category": "other", "status": "open",
        "impact": "low", "urgency": "low", "priority": "normal", "tier": "1", "team": "first-line", "assignee": None,
        "channel": "email", "account": "soporte@desk.example", "requester_id": 1,
        "requester_address": "ana@cliente.example", "requester_name": "Ana", "requester_grade": "claimed",
        "language": "es", "tags": ("a",), "policy": "standard", "cause": None, "resolution": None, "related_to": None,
        "created_at": BEFORE, "updated_at": BEFORE,
    }  # fmt: skip
    return TicketRow(**{**values, **fields})


def test_a_change_counts_the_version_and_names_old_and_new() -> None:
    after, changes = change(ticket(), {"priority": "high", "team": "first-line", "tags": ["a", "b"]}, NOW)

    assert (after.version, after.updated_at, after.priority, after.tags) == (4, NOW, "high", ("a", "b"))
    assert [item.as_data() for item in changes] == [
        {"field": "priority", "old": "normal", "new": "high"},
        {"field": "tags", "old": ["a"], "new": ["a", "b"]},
    ]
    event = changed_event(after, changes, "agent:ana", NOW)
    assert event["id"] == "ticket.changed.v1:7/4"


def test_what_was_closed_as_spam_opens_again_when_it_loses_the_tag() -> None:
    spam = ticket(status="closed", solved_at=BEFORE, closed_at=BEFORE, tags=("a", "spam"))

    after, changes = change(spam, {"status": "open", "tags": ["a"]}, NOW)

    assert (after.status, after.tags, after.solved_at, after.closed_at) == ("open", ("a",), None, None)
    assert [item.field for item in changes] == ["status", "tags"]


@pytest.mark.parametrize(
    ("tags", "wanted"),
    [
        (("spam",), {"status": "open"}),
        (("spam",), {"status": "pending", "tags": []}),
        (("a",), {"status": "open", "tags": []}),
    ],
)
def test_any_other_closed_ticket_stays_closed(tags: tuple[str, ...], wanted: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="closed"):
        change(ticket(status="closed", closed_at=BEFORE, tags=tags), wanted, NOW)


def test_what_is_so_already_is_no_change() -> None:
    before = ticket()

    assert change(before, {"priority": "normal", "tags": ["a"]}, NOW) == (before, [])


@pytest.mark.parametrize(
    ("status", "wanted", "solved_at", "closed_at"),
    [("open", "solved", NOW, None), ("open", "closed", NOW, NOW), ("solved", "open", None, None)],
)
def test_the_status_sets_its_times(
    status: str, wanted: str, solved_at: datetime | None, closed_at: datetime | None
) -> None:
    before = ticket(status=status, solved_at=BEFORE if status == "solved" else None)

    after, _ = change(before, {"status": wanted}, NOW)

    assert (after.solved_at, after.closed_at) == (solved_at, closed_at)


def test_closing_a_solved_ticket_keeps_when_it_was_solved() -> None:
    after, _ = change(ticket(status="solved", solved_at=BEFORE), {"status": "closed"}, NOW)

    assert (after.solved_at, after.closed_at) == (BEFORE, NOW)


def test_a_closed_ticket_stays_closed() -> None:
    with pytest.raises(Refused, match="closed"):
        change(ticket(status="closed"), {"status": "open"}, NOW)


def test_the_search_entry_has_words_facets_place_and_number() -> None:
    number, lexemes = search_row(ticket(assignee="Eva"), ["toner"])

    assert number == 7
    assert {"toner", "7", "status=open", "assignee=eva", "requester=ana@cliente.example", "slice=0", "block=0"} <= set(
        lexemes.split()
    )


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Printer", "Printer"),
        ("Re: RE: Printer [#7]", "Printer"),
        ("Printer [#8]", "Printer [#8]"),
        ("Reason\r\nBcc: x", "Reason Bcc: x"),
        ("re:", ""),
    ],
)
def test_the_subject_of_an_answer_is_the_subject_without_what_answers_add(subject: str, answer: str) -> None:
    assert answer_subject(subject, 7) == answer


def test_an_answer_replies_to_the_customers_latest_mail_and_knows_the_thread() -> None:
    newest_first = [("agent", "d"), ("customer", "c"), ("automatic", "b"), ("customer", "a")]

    assert thread_of(newest_first) == ("c", ["a", "b", "d"])
    assert thread_of([]) == (None, [])


def test_paragraphs_keep_their_lines() -> None:
    assert paragraphs("a\nb\n\n \nc\n") == [["a", "b"], ["c"]]
    assert paragraphs("") == []


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"status": "new"}, "team"),
        ({"status": "open", "assignee": "eva"}, "person"),
        ({"status": "pending", "assignee": "eva"}, "customer"),
        ({"status": "solved"}, "nobody"),
        ({"status": "closed"}, "nobody"),
    ],
)
def test_somebody_always_holds_a_ticket(fields: dict[str, Any], who: str) -> None:
    assert holder(ticket(**fields)) == who


def test_an_address_is_masked() -> None:
    assert masked("ana@cliente.example") == "a…@cliente.example"
    assert masked("+34600111222") == "…22"
    assert masked("") == masked("withheld/CA25bed0bc") == ""
