"""Events for operators, and what one service asks of others while it is operated. The rules are those of `events`."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from ventanilla_contracts.event import Event
from ventanilla_contracts.parts import Line, Part


class ChannelEndangered(Event):
    """A way to the desk has stopped working, or will, unless somebody does something. At most one a day for each."""

    type: ClassVar[str] = "channel.endangered.v1"

    id: str
    channel: str = Field(examples=["email"])
    account: Line = Field(description="The desk's own address whose messages are in danger.")
    connection: Line = Field("", description="Which of its connections, as the settings name it.")
    problem: Line = Field(examples=["the credential ends in 6.5 days"])
    ends_at: datetime | None = Field(None, description="When that will be, where it is known.")
    noticed_at: datetime


class TimerLate(Event):
    """Something should have happened to a ticket by itself and did not. At most one an hour for each timer.

    Where many are late, a hundred an hour are named; then one event of problem `more` says how many are not.
    """

    type: ClassVar[str] = "timer.late.v1"

    id: str
    problem: str = Field(
        examples=["late", "missing", "failing", "more"],
        description="Due and not fired; asked for by a clock and not there; tried in vain; more than are named.",
    )
    ticket_number: int | None = None
    kind: str = Field("", examples=["clock", "ladder", "lifecycle", "snooze"], description="Who fires it.")
    key: Line = Field("", description="Which of the kind.")
    due_at: datetime | None = Field(None, description="When it should have happened; of a failing one the next try.")
    late_seconds: float | None = Field(None, description="How late it was when that was noticed.")
    failures: int = Field(0, description="How often firing it has failed.")
    count: int = Field(1, description="Of `more`: how many are not named.")
    noticed_at: datetime


class ForgottenIdentity(Part):
    """On which way somebody had an address, and which."""

    kind: str = Field(examples=["phone"])
    address: Line


class PersonForgotten(Event):
    """Somebody is erased: a service deletes what its provider keeps of them, up to a time.

    The event names them, so it is deleted itself as soon as it was read.
    """

    type: ClassVar[str] = "person.forgotten.v1"

    id: str
    identities: tuple[ForgottenIdentity, ...] = Field(max_length=100)
    before: datetime = Field(description="What came later is new, and stays.")
    requested_at: datetime
