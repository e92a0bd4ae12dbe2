"""Answers that were sent into a chat and can still be changed there: which, by whom, for how long, and how it is asked.

What was mailed stays as it was mailed. In a chat the desk's own messages can be edited and deleted by the desk alone,
so an agent who wants that asks for it here, and the channel's service is asked to do it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tickets.domain.correspondence.notices import Desk, Notice, Words
from tickets.domain.correspondence.ways import CHATS, TEXTS, VOICE, way_to
from tickets.domain.settling.incoming import TicketRow
from tickets.domain.settling.revisions import DELETED, EDITED
from tickets.errors import NotYours, Refused
from ventanilla_contracts.ids import event_id

TYPE: Final = "notification.revised.v1"
CHANGEABLE: Final = timedelta(days=30)
"""So long an answer can be edited and taken back."""
MOST_EDITS: Final = 100
NOT_CHANGEABLE: Final = TEXTS | {VOICE}
"""Channels in which what was said stays as it is."""
DELIVERED, FAILED, QUEUED = "delivered", "failed", "queued"
FAILED_LINE: Final = "revision.failed"
"""What the history says where the customer still reads what stood there before."""
_AGENTS: Final = "agent:"
_LONGEST_DETAIL: Final = 900


@dataclass(frozen=True, slots=True)
class Asking:
    """The last thing that the channel was asked to make of a message; `number` 0: nothing was asked."""

    number: int = 0
    kind: str = ""
    state: str = ""

    def failed_to(self, kind: str) -> bool:
        """Whether this was the last thing, and the customer does not see it."""
        return self.kind == kind and self.state == FAILED


@dataclass(frozen=True, slots=True)
class Place:
    """The ticket in whose conversation a message was said, as far as that matters."""

    number: int
    channel: str
    account: str
    conversation: str | None
    page_epoch: int


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as it stands.

    Attributes:
        actor: who wrote it, as the history names them; None: nobody asked for it through the desk.
        rfc_message_id: it was mailed under this id.
    """

    id: UUID
    ticket_number: int
    kind: str
    body: str
    edited_at: datetime | None
    deleted_at: datetime | None
    accepted_at: datetime
    account: str
    author_name: str
    notification_id: str | None
    rfc_message_id: str | None
    delivery_state: str | None
    delivery_detail: str | None
    attachments: Sequence[Mapping[str, Any]]
    actor: str | None
    place: Place
    asking: Asking


def changeable_until(message: Mapping[str, Any], asking: Asking) -> datetime | None:
    """Until when whoever wrote a message can change what its customer reads; None: they cannot.

    Args:
        message: its row.
    """
    chat = message["kind"] == "agent" and message["notification_id"] is not None and message["rfc_message_id"] is None
    if not chat or message["delivery_state"] != DELIVERED or message["channel"] in NOT_CHANGEABLE:
        return None
    if message["deleted_at"] is not None and not asking.failed_to(DELETED):
        return None
    until: datetime = message["accepted_at"] + CHANGEABLE
    return until


def must_be_theirs(message: SentMessage, actor: str, *, admin: bool) -> None:
    """Let nobody change what somebody else wrote.

    Raises:
        NotYours: somebody else wrote it.
    """
    if message.kind == "agent" and message.actor != actor and not admin:
        raise NotYours("only whoever wrote an answer edits it or takes it back")


def must_be_changeable(message: SentMessage, ticket: TicketRow, now: datetime) -> None:
    """Let through only what stands where its customer reads it, and can be changed there.

    Args:
        ticket: the one in whose conversation it was said (`where_said`).

    Raises:
        Refused: says why not, and what can be done.
    """
    if message.kind != "agent":
        raise Refused("only what an agent answered can be edited or taken back")
    if message.notification_id is None:
        raise Refused("it was written in the chat itself: whoever wrote it edits or deletes it there")
    if way_to(ticket) in TEXTS:
        raise Refused("what was texted cannot be changed; send a second answer")
    if message.rfc_message_id is not None or way_to(ticket) not in CHATS or ticket.account != message.account:
        raise Refused("what was mailed cannot be changed; send a second answer")
    if message.delivery_state == FAILED:
        raise Refused("it did not arrive, so nobody reads it; send it again")
    if message.delivery_state != DELIVERED:
        raise Refused("it is still on its way to the customer; wait until it is delivered")
    if now - message.accepted_at > CHANGEABLE:
        raise Refused(f"it was sent more than {CHANGEABLE.days} days ago; send a second answer")


def is_news(message: SentMessage, kind: str, text: str) -> bool:
    """Whether an edit or a deletion changes anything; what the channel failed to do is asked of it again.

    Raises:
        Refused: there is nothing to edit any more, or it was edited too often.
    """
    if kind == DELETED:
        return message.deleted_at is None or message.asking.failed_to(DELETED)
    if message.deleted_at is not None:
        raise Refused("it was taken back; send another answer")
    if message.asking.number >= MOST_EDITS:
        raise Refused(f"it was edited {MOST_EDITS} times; send a second answer, or take it back")
    return message.body != text or message.asking.failed_to(EDITED)


def where_said(message: SentMessage, ticket: TicketRow) -> TicketRow:
    """The ticket in whose conversation a message was said, which may have been merged into another one since."""
    place = message.place
    return replace(
        ticket,
        number=place.number,
        channel=place.channel,
        account=place.account,
        conversation=place.conversation,
        page_epoch=place.page_epoch,
    )


def revision_source(message: SentMessage, number: int) -> str:
    """What makes the event of a revision unique."""
    return f"reply/{message.id}/{number}"


def revision_id(message: SentMessage, number: int) -> str:
    """Id of the event that asks the channel for a revision; its report names it."""
    return event_id(TYPE, revision_source(message, number))


def is_revision(id_: str) -> bool:
    """Whether a report is about a revision, by the id that it names."""
    return id_.startswith(f"{TYPE}:")


def revised_event(
    message: SentMessage, ticket: TicketRow, kind: str, text: str, at: datetime, desk: Desk
) -> dict[str, Any]:
    """The event `NotificationRevised`, as plain data: what is said reads as the answer itself would.

    Args:
        ticket: the one in whose conversation it was said.
    """
    number = message.asking.number + 1
    notice = Notice(
        source=f"reply/{message.id}",
        ticket=ticket,
        words=Words("", text, None),
        automatic=False,
        requested_at=at,
        attachments=message.attachments,
        author=message.author_name if (message.actor or "").startswith(_AGENTS) else "",
    )
    said = notice.as_event(desk, message.id.hex[:16])
    taken = ("medium", "ticket_number", "text", "html", "language", "chat", "requested_at", "expires_at")
    return {
        **{name: said[name] for name in taken},
        "id": revision_id(message, number),
        "notification_id": message.notification_id,
        "kind": kind,
        "revision": number,
        "delivered_after": message.accepted_at,
        "delivered_as": (message.delivery_detail or "")[:_LONGEST_DETAIL],
    }
