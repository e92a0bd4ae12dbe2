"""What the API says of queues, days and teams at a glance, as models: they make the OpenAPI document."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from tickets.adapters.http.answer_model import Answer
from tickets.adapters.http.bodies import PageParameters, Parameters, must_be_known, values_of
from tickets.adapters.http.models import Page, Ticket
from tickets.adapters.http.texts import Zone
from ventanilla_contracts.words import CHANNELS, PRIORITIES

ViewWord = Literal["mine", "unassigned", "waiting", "mentions", "paged"]


class QueueParameters(PageParameters):
    """Which part of what waits for an agent. Several values separated by commas: any of them."""

    view: ViewWord = Field(
        "mine",
        description="mine: theirs and not done; unassigned: of their teams, waiting for somebody, and "
        "of retired teams of their tiers (where nobody works in one, leads see them); waiting: of theirs, "
        "those whose customers spoke last; mentions: notes that name them; paged: calls that wait for them.",
    )
    team: str | None = Field(
        None, max_length=500, description="For `unassigned`: only teams of theirs, and retired ones that they see."
    )
    channel: str | None = Field(None, description=f"Any of: {', '.join(CHANNELS)}.")
    priority: str | None = Field(None, description=f"Any of: {', '.join(PRIORITIES)}.")
    q: str | None = Field(
        None, max_length=200, description="Words, as in the list of tickets; the newest 200 matches of a long queue."
    )

    _words: ClassVar[dict[str, tuple[str, ...]]] = {"channel": CHANNELS, "priority": PRIORITIES}

    @field_validator("team", "channel", "priority")
    @classmethod
    def _known(cls, value: str | None, info: object) -> str | None:
        if value is None:
            return None
        must_be_known(value, cls._words.get(getattr(info, "field_name", ""), ()))
        return value

    @field_validator("q")
    @classmethod
    def _clean(cls, value: str | None) -> str | None:
        if value is not None and "\x00" in value:
            raise ValueError("holds the character U+0000")
        return value if value and value.strip() else None

    def values(self, name: str) -> list[str] | None:
        """The values of a filter; None: it is not asked for."""
        given = getattr(self, name)
        return None if given is None else values_of(given)

    def listing(self, handle: str) -> str:
        """What a cursor of this list belongs to."""
        filters = [self.values(name) for name in ("team", "channel", "priority")]
        return f"queue/{handle}/{self.view}?{filters!r}{self.q!r}"


class DueNext(Answer):
    """The running clock that falls due first."""

    clock: str = Field(examples=["first_response", "next_response", "resolution", "update", "tier:1"])
    at: datetime
    state: str = Field(examples=["running", "breached_open"])


class LastMessage(Answer):
    """What was said last, where the customer could hear it."""

    kind: str = Field(examples=["customer", "agent"])
    author: str
    at: datetime
    text: str = Field(description="Its first 160 characters, on one line.")


class MentionOf(Answer):
    """A note that names the agent."""

    id: int
    message: str = Field(description="Id of the note.")
    by: str = Field(description="Who wrote it, as the history names them.", examples=["agent:eva"])
    at: datetime
    text: str = Field(description="Its first 160 characters, on one line.")


class PageOf(Answer):
    """A call that waits for the agent."""

    id: str
    ladder: str
    attempt: int
    paged_at: datetime
    answer_by: datetime


class QueuedTicket(Ticket):
    """A ticket with what decides when to work on it."""

    next_due: DueNext | None = Field(description="None: no clock runs.")
    waiting_since: datetime | None = Field(description="First word of the customer that nobody has answered yet.")
    last_message: LastMessage | None
    mention: MentionOf | None = Field(None, description="In the view `mentions`, one item for each.")
    page: PageOf | None = Field(None, description="In the view `paged`, one item for each.")


class Duty(Answer):
    """What somebody is on call for at this moment."""

    rota: str
    until: datetime | None = Field(description="None: for more than a week.")


class Queue(Page[QueuedTicket]):
    """A page of what waits for an agent."""

    view: str
    on_call: list[Duty] = Field(description="In the view `paged`; else empty.")


class QueueCounts(Answer):
    """How much each view holds."""

    mine: int
    unassigned: int
    waiting: int
    mentions: int
    paged: int
    on_call: list[Duty]
    limit: int = Field(description="A view that holds more says this number.", examples=[1000])


class DayParameters(Parameters):
    """Whose midnight counts."""

    zone: Zone | None = Field(
        None, examples=["Europe/Madrid"], description="The agent's own if not given, else the desk's."
    )


class FirstResponses(Answer):
    """How promises of a first answer ended."""

    met: int
    missed: int = Field(description="Given late, or fallen due today and not given yet.")


class OldestWaiting(Answer):
    """Whose customer has waited longest."""

    number: int
    since: datetime


class Day(Answer):
    """An agent's numbers since midnight."""

    agent: str
    zone: str
    since: datetime
    solved: int
    replied: int = Field(description="Public replies.")
    first_responses: FirstResponses
    median_first_reply_seconds: float | None = Field(description="By the clock on the wall, of first replies today.")
    taken: int = Field(description="Tickets that came to them.")
    handed_on: int = Field(description="Tickets that they gave to somebody, or back.")
    open: int = Field(description="Theirs and not done, now.")
    oldest_waiting: OldestWaiting | None


class Pulse(Answer):
    """A team at a glance. Nothing is counted beyond `limit`."""

    team: str
    open: int = Field(description="Not done, whoever has them.")
    unassigned: int
    breached: int = Field(description="Late by a clock that still counts.")
    due_within_an_hour: int
    oldest_unassigned: int | None = Field(description="Number of the ticket that has been there longest.")
    oldest_unassigned_since: datetime | None
    available: list[str] = Field(description="Handles of members who get work at this moment.")
    limit: int
