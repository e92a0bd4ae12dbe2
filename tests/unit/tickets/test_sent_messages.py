"""Answers that stand in a chat: who may change which, until when, and what its channel is asked for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tickets.builders import DESK, NOON, ticket
from tickets.domain.correspondence.sent_messages import (
    MOST_EDITS,
    Asking,
    Place,
    SentMessage,
    changeable_until,
    is_news,
    is_revision,
    must_be_changeable,
    must_be_theirs,
    revised_event,
    where_said,
)
from tickets.errors import NotYours, Refused
from ventanilla_contracts.events import NotificationRevised

ACCOUNT = "T1/C1"
PLACE = Place(7, "slack", ACCOUNT, "T1/C1/10.000001", 2)
MESSAGE = SentMessage(
    id=UUID(int=5),
    ticket_number=7,
    kind="agent",
    body="A las 12",
    edited_at=None,
    deleted_at=None,
    accepted_at=NOON,
    account=ACCOUNT,
    author_name="Eva Ruiz",
    notification_id="notification.requested.v1:reply/5",
    rfc_message_id=None,
    delivery_state="delivered",
    delivery_detail="1795780000.000100",
    attachments=(),
    actor="agent:eva",
    place=PLACE,
    asking=Asking(),
)
FAILED_EDIT, FAILED_DELETION = Asking(3, "edited", "failed"), Asking(3, "deleted", "failed")
SOON = NOON + timedelta(hours=1)


def test_its_author_and_admins_may_change_it_and_nobody_else() -> None:
    must_be_theirs(MESSAGE, "agent:eva", admin=False)
    must_be_theirs(MESSAGE, "token:root", admin=True)
    for actor in ("agent:tom", "token:program", ""):
        with pytest.raises(NotYours):
            must_be_theirs(MESSAGE, actor, admin=False)
    with pytest.raises(NotYours):
        must_be_theirs(replace(MESSAGE, actor=None), "agent:eva", admin=False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "note"}, "only what an agent answered"),
        ({"kind": "automatic"}, "only what an agent answered"),
        ({"notification_id": None}, "in the chat itself"),
        ({"rfc_message_id": "a@desk.example"}, "mailed"),
        ({"account": "T1/C2"}, "mailed"),
        ({"place": replace(PLACE, conversation=None)}, "mailed"),
        ({"place": replace(PLACE, channel="email", account=ACCOUNT)}, "mailed"),
        ({"delivery_state": "failed"}, "send it again"),
        ({"delivery_state": "queued"}, "wait until"),
        ({"delivery_state": None}, "wait until"),
        ({"accepted_at": SOON - timedelta(days=30, seconds=1)}, "30 days"),
    ],
)
def test_what_cannot_be_changed_is_refused_with_what_to_do(changes: dict[str, Any], words: str) -> None:
    must_be_changeable(MESSAGE, where_said(MESSAGE, ticket()), SOON)

    message = replace(MESSAGE, **changes)
    with pytest.raises(Refused, match=words):
        must_be_changeable(message, where_said(message, ticket()), SOON)


@pytest.mark.parametrize(
    ("changes", "kind", "text", "news"),
    [
        ({}, "edited", "A las 13", True),
        ({}, "edited", "A las 12", False),
        ({"asking": FAILED_EDIT}, "edited", "A las 12", True),
        ({"asking": Asking(3, "edited", "queued")}, "edited", "A las 12", False),
        ({}, "deleted", "", True),
        ({"asking": FAILED_EDIT}, "deleted", "", True),
        ({"asking": Asking(MOST_EDITS, "edited", "delivered")}, "deleted", "", True),
        ({"deleted_at": NOON}, "deleted", "", False),
        ({"deleted_at": NOON, "asking": Asking(3, "deleted", "queued")}, "deleted", "", False),
        ({"deleted_at": NOON, "asking": FAILED_DELETION}, "deleted", "", True),
    ],
)
def test_only_what_changes_something_is_news(changes: dict[str, Any], kind: str, text: str, *, news: bool) -> None:
    assert is_news(replace(MESSAGE, **changes), kind, text) is news


def test_what_was_taken_back_or_edited_too_often_is_not_edited() -> None:
    with pytest.raises(Refused, match="taken back"):
        is_news(replace(MESSAGE, deleted_at=NOON, asking=FAILED_DELETION), "edited", "A las 13")
    with pytest.raises(Refused, match="100 times"):
        is_news(replace(MESSAGE, asking=Asking(MOST_EDITS, "edited", "delivered")), "edited", "A las 13")


@pytest.mark.parametrize(
    ("changes", "asking", "can"),
    [
        ({}, Asking(), True),
        ({"delivery_state": "queued"}, Asking(), False),
        ({"rfc_message_id": "a@b"}, Asking(), False),
        ({"notification_id": None}, Asking(), False),
        ({"kind": "automatic"}, Asking(), False),
        ({"deleted_at": NOON}, Asking(1, "deleted", "delivered"), False),
        ({"deleted_at": NOON}, Asking(1, "deleted", "queued"), False),
        ({"deleted_at": NOON}, FAILED_DELETION, True),
        ({"channel": "sms"}, Asking(), False),
        ({"channel": "voice"}, Asking(), False),
    ],
)
def test_until_when_it_can_be_changed_is_shown_with_it(changes: dict[str, Any], asking: Asking, *, can: bool) -> None:
    names = ("kind", "notification_id", "rfc_message_id", "delivery_state", "deleted_at", "accepted_at")
    row = {name: getattr(MESSAGE, name) for name in names} | {"channel": "slack"} | changes

    assert changeable_until(row, asking) == (NOON + timedelta(days=30) if can else None)


@given(number=st.integers(0, 10**6), text=st.text(max_size=500), kind=st.sampled_from(["edited", "deleted"]))
def test_what_the_channel_is_asked_for_is_the_event_of_the_contract(number: int, text: str, kind: str) -> None:
    message = replace(MESSAGE, asking=Asking(number, "edited", "delivered"))

    made = revised_event(message, where_said(message, ticket()), kind, text, SOON, DESK)

    event = NotificationRevised.model_validate(made)
    assert (event.revision, event.text, event.kind) == (number + 1, text, kind)
    assert event.id.endswith(f"/{number + 1}")
    assert is_revision(event.id)
    assert not is_revision(str(event.notification_id))
    assert (event.chat.author, event.chat.conversation) == ("Eva Ruiz", PLACE.conversation)
    assert (event.delivered_after, event.delivered_as) == (NOON, "1795780000.000100")
    assert event.requested_at == SOON


def test_what_a_program_said_names_nobody_and_files_bring_the_page_along_where_nobody_else_reads_it() -> None:
    for account, page in ((ACCOUNT, None), ("T1/D1", DESK.status_link(7, 2))):
        place = replace(PLACE, account=account)
        message = replace(MESSAGE, actor="token:program", attachments=[{"filename": "a.pdf"}], place=place)

        made = revised_event(message, where_said(message, ticket(9)), "edited", "A las 13", SOON, DESK)

        assert "author" not in made["chat"]
        assert made["chat"].get("page") == page, "of the ticket in whose conversation it was said"
    assert made["ticket_number"] == 7


@pytest.mark.parametrize(("account", "shown"), [(ACCOUNT, False), ("T1/D1", True)])
def test_words_that_may_be_too_many_for_a_message_bring_the_page_along_where_nobody_else_reads_it(
    account: str, shown: bool
) -> None:
    message = replace(MESSAGE, place=replace(PLACE, account=account))
    made = {
        text: revised_event(message, where_said(message, ticket(9)), "edited", text, SOON, DESK)["chat"].get("page")
        for text in ("&" * 8_000, "corto")
    }

    assert made == {"&" * 8_000: DESK.status_link(7, 2) if shown else None, "corto": None}
