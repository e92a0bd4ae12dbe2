"""Events about telephone calls, version 1. The rules for changing them are those of `events`."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from ventanilla_contracts.event import Event
from ventanilla_contracts.parts import Line, Party
from ventanilla_contracts.ticket_events import TicketEvent


class CallChanged(Event):
    """A call that asked for a team stands otherwise than before: agents see it before there is a ticket.

    One for each state, in this order; a state that is missing was passed over. Of a call with which the desk called
    somebody back it is told that the talk is over, and nothing before: its ticket tells the rest.
    """

    type: ClassVar[str] = "call.changed.v1"

    id: str = Field(description="Of the call and its state: one effect, however often it is published.")
    call: str = Field(description="Id of the call, as the channel names it.")
    state: str = Field(
        examples=["waiting", "answered", "over"],
        description="It waits in the team's queue; an agent talks to the caller; the caller has hung up or gone on.",
    )
    team: str = Field(description="Whose queue it asked for, or whose agents called back.")
    account: Line = Field(description="Number of the desk that was called, or called from.")
    caller: Party = Field(description="Number in E.164, empty: withheld; and the name of whom the desk knows by it.")
    language: str = "en"
    ticket: int | None = Field(
        None, description="Number of the ticket that the caller says it is about; of a callback that which it is about."
    )
    callback: str | None = Field(
        None,
        description="Id of the wish to be called back for which the desk called; `caller` is whom. None: they did.",
    )
    tickets: tuple[int, ...] = Field((), max_length=10, description="Open tickets of that number, newest first.")
    agent: str | None = Field(None, description="Handle of the agent who took the call.", examples=["eva"])
    seconds: int | None = Field(None, ge=0, description="How long the state before it lasted.")
    message_id: str | None = Field(
        None, description="Id of the `message.received.v1` that the call became or becomes; its ticket has it."
    )
    occurred_at: datetime


class TicketCallback(TicketEvent):
    """Somebody is to be called back about a ticket now, or not any more."""

    type: ClassVar[str] = "ticket.callback.v1"

    callback: str = Field(description="Id of the wish to be called back.")
    state: str = Field(examples=["due", "withdrawn"])
    attempt: int = Field(ge=1, description="Which attempt this is.")
    team: str = Field(description="Team whose agents call.")
    agent: str | None = Field(None, description="Handle of the one agent who wants to call. None: whoever is there.")
    number: Line = Field(description="Whom to call, in E.164.")
    account: Line = Field("", description="Number of the desk to call from; empty: any.")
    answer_by: datetime | None = Field(None, description="When the desk takes the attempt for failed.")
