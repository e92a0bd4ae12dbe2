"""Events about tickets, version 1. The rules for changing them are those of `events`."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from ventanilla_contracts.decisions import Priority
from ventanilla_contracts.event import Event
from ventanilla_contracts.parts import Line, Part, Party


class TicketSnapshot(Part):
    """A ticket as it stands after the event. Consumers drop events with an older `version`."""

    number: int
    version: int
    subject: Line
    type: str
    category: str
    status: str
    priority: Priority
    tier: str
    team: str
    assignee: str | None = None
    channel: str
    requester: Party
    language: str
    tags: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime


class TicketEvent(Event):
    """Something happened to a ticket."""

    id: str
    ticket: TicketSnapshot
    occurred_at: datetime


class TicketCreated(TicketEvent):
    """A message opened a ticket."""

    type: ClassVar[str] = "ticket.created.v1"

    message_id: str


class WaitedReply(Part):
    """A reply that waited a little before it went, so that whoever wrote it could call it back.

    Attributes:
        id: of the reply while it waited.
        name: whose words they are.
        via: by which way they came, with ids of that way: `slack:<workspace>/<user>`; "" for none.
    """

    id: str
    name: Line = ""
    via: str = ""


class TicketMessageAdded(TicketEvent):
    """A message was added to a ticket; it may have changed the status too."""

    type: ClassVar[str] = "ticket.message_added.v1"

    message_id: str
    kind: str = Field(examples=["customer", "agent", "note", "automatic"])
    held: WaitedReply | None = Field(None, description="The reply that it was while it waited; null: it did not.")


class TicketMessageChanged(TicketEvent):
    """A message was edited or deleted by whoever wrote it, or never arrived; what it says now the ticket has.

    With the kind `unsent` it is a reply that waited and could not be sent: `message_id` is then its id as a reply.
    """

    type: ClassVar[str] = "ticket.message_changed.v1"

    message_id: str
    kind: str = Field(examples=["edited", "deleted", "undelivered", "unsent"])
    held: WaitedReply | None = Field(None, description="With the kind `unsent`: whose words could not be sent.")


class FieldChange(Part):
    """One field of a ticket before and after."""

    field: str
    old: Any = None
    new: Any = None


class TicketChanged(TicketEvent):
    """Fields of a ticket were changed by somebody or something."""

    type: ClassVar[str] = "ticket.changed.v1"

    actor: str = Field(examples=["agent:ana", "rule:vip", "customer"])
    changes: tuple[FieldChange, ...]


class TicketServiceLevel(Event):
    """A clock of a ticket warned, or ran out. Exactly one for each clock, cycle and kind."""

    type: ClassVar[str] = "ticket.service_level.v1"

    id: str
    ticket: TicketSnapshot
    occurred_at: datetime
    clock: str = Field(examples=["first_response", "next_response", "resolution", "update", "tier:1"])
    cycle: int = Field(description="How often this clock has been started: the third answer is owed, and so on.")
    kind: str = Field(examples=["warning:0.8", "breach", "update_due"])
    due_at: datetime = Field(description="When it was due; `occurred_at` is when it was noted.")


class TicketPaged(TicketEvent):
    """A ladder called whoever is on call, and waits for an acknowledgement. Nobody on call: no `page`, no `agent`."""

    type: ClassVar[str] = "ticket.paged.v1"

    page: str | None = Field(description="Id of the page, with which it is acknowledged.")
    agent: str | None = Field(description="Handle of whoever was called.", examples=["eva"])
    rota: Line = Field(description="By which they are on call.")
    ladder: Line
    version: int = Field(description="Of the ladder.")
    run: str = Field(description="Of the ladder on this ticket.")
    step: int = Field(description="Counted from 1.")
    round: int = Field(description="Which time the ladder goes through this step.")
    attempt: int = Field(description="Which page of this step it is.")
    answer_by: datetime | None = Field(description="When the ladder goes on unless somebody has acknowledged.")


class TicketPageSettled(TicketEvent):
    """A page waits for nobody any more. Exactly one for each page that had an agent, unless it waits for ever."""

    type: ClassVar[str] = "ticket.page_settled.v1"

    page: str
    agent: str
    ladder: Line
    run: str
    state: str = Field(examples=["acknowledged", "withdrawn"])
    by: str | None = Field(description="Who acknowledged it.")
    why: str = Field(
        description="Why it was withdrawn, or how it was acknowledged.", examples=["taken", "solved", "link"]
    )
