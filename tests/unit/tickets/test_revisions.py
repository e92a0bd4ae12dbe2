"""What people make of their chat messages after the desk has them."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.unit.tickets.builders import NOON
from tickets.domain.settling.revisions import (
    RevisedMessage,
    Revision,
    is_called_after,
    is_late,
    subject_after,
    why_ignored,
    without_words,
)

MESSAGE = RevisedMessage(
    UUID(int=1), 7, "customer", "T1/U1", "antes…", "antes", False, "es", *[None] * 2, 0, False, None
)
EDIT = Revision("T1/C1", "T1/C1/1.0", "r1", "edited", "T1/U1", "después", False, NOON)


def test_an_edit_and_a_deletion_by_the_author_are_noted() -> None:
    assert why_ignored(MESSAGE, EDIT) is None
    assert why_ignored(MESSAGE, replace(EDIT, kind="deleted", text="")) is None


@pytest.mark.parametrize(
    ("message", "revision", "reason"),
    [
        (MESSAGE, replace(EDIT, author="T1/U2"), "not_the_author"),
        (replace(MESSAGE, kind="note"), EDIT, "not_the_author"),
        (replace(MESSAGE, kind="automatic"), EDIT, "not_the_author"),
        (replace(MESSAGE, noted=True), EDIT, "known"),
        (replace(MESSAGE, deleted_at=NOON), EDIT, "deleted"),
        (MESSAGE, replace(EDIT, text="antes"), "unchanged"),
        (MESSAGE, replace(EDIT, kind="pinned"), "unknown_kind"),
    ],
)
def test_anything_else_changes_nothing(message: RevisedMessage, revision: Revision, reason: str) -> None:
    assert why_ignored(message, revision) == reason


@pytest.mark.parametrize(
    ("kind", "seconds", "late"), [("edited", 0, True), ("edited", 1, False), ("deleted", -9, False)]
)
def test_an_edit_is_late_where_a_later_text_stands(kind: str, seconds: int, *, late: bool) -> None:
    edited = replace(MESSAGE, revised_at=NOON)

    assert is_late(edited, replace(EDIT, kind=kind, at=NOON + timedelta(seconds=seconds))) is late
    assert not is_late(MESSAGE, EDIT)


@pytest.mark.parametrize(
    ("kind", "agent", "actor"),
    [("customer", None, "customer"), ("agent", "eva", "agent:eva"), ("agent", None, "agent")],
)
def test_the_history_names_the_author(kind: str, agent: str | None, actor: str) -> None:
    assert replace(MESSAGE, kind=kind, agent=agent).actor == actor


def test_a_decision_keeps_why_and_forgets_the_words() -> None:
    decision = {
        "decision": {"team": "a"},
        "facts": {"message.subject": "x", "messages": 1},
        "outcomes": {"g": "m1"},
        "found": {"r/0": ["x"]},
    }

    assert without_words(decision) == {
        "decision": {"team": "a"},
        "facts": {"messages": 1},
        "outcomes": {"g": "m1"},
    }


def test_a_decision_with_its_whole_trace_forgets_the_words_in_it() -> None:
    conditions = [{"condition": "c", "truth": True, "saw": {"message.content": "x", "messages": 1}}]

    assert without_words({"decision": {}, "trace": [{"rule": "r", "conditions": conditions}]}) == {
        "decision": {},
        "facts": {},
        "trace": [{"rule": "r", "conditions": [{"condition": "c", "truth": True, "saw": {"messages": 1}}]}],
    }


def test_a_ticket_is_called_after_its_message_only_while_nobody_has_changed_that() -> None:
    assert is_called_after("antes…", MESSAGE)
    assert not is_called_after("Impresora", MESSAGE)
    assert not is_called_after("", replace(MESSAGE, subject=""))


@pytest.mark.parametrize(
    ("message", "changes", "subject"),
    [
        (MESSAGE, {"kind": "deleted", "text": ""}, ""),
        (MESSAGE, {"subject": "después"}, "después"),
        (MESSAGE, {"text": ""}, ""),
        (MESSAGE, {}, None),  # an older release of the channel's service does not say
        (replace(MESSAGE, subject=""), {"subject": "después"}, ""),
    ],
)
def test_an_edit_says_what_the_message_is_called_now(
    message: RevisedMessage, changes: dict[str, str], subject: str | None
) -> None:
    assert subject_after(message, replace(EDIT, **changes)) == subject
