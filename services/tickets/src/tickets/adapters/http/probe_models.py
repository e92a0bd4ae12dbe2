"""Synthetic probes on the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tickets.adapters.http.bodies import Body
from tickets.adapters.http.opening_bodies import RequesterBody
from tickets.adapters.http.texts import Line, Text


class NewProbe(Body):
    """Which way a probe is to take."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"channel": "email"}]})
    channel: Literal["email", "slack", "sms", "whatsapp", "voice", "api"]
    answer: bool = Field(
        False, description="Its acknowledgement is to leave, to the address that `TICKETS_PROBE_ANSWERS_TO` names."
    )


class IssuedProbe(BaseModel):
    """A probe to send: these words and nothing else, or it is an ordinary message."""

    id: str = Field(examples=["692a5c3f0b1c2d3e"])
    channel: str
    token: str = Field(description="32 hexadecimal digits; of a call, what follows `CA` in its SID.")
    subject: str = Field(description="Of a mail.")
    text: str
    expires_at: datetime = Field(description="A message that is accepted later is an ordinary one.")


class ProbeTicket(Body):
    """The ticket of a probe by the API, as `POST /tickets` takes it."""

    subject: Line
    text: Text = Field(min_length=1)
    requester: RequesterBody


class TicketOfProbe(BaseModel):
    """A ticket as the tables held it for a moment. It has no number, and nobody can find it."""

    subject: str
    text: str
    channel: str
    account: str
    status: str
    type: str
    category: str
    priority: str
    tier: str
    team: str
    policy: str
    language: str
    requester_address: str
    created_at: datetime
    accepted_at: datetime
    routed: bool = Field(description="The decision of the rules is stored with it.")
    searchable: bool
    history: int = Field(description="Lines in its history.")
    acknowledgements: int = Field(description="That would have been sent.")


class SeenProbe(BaseModel):
    """What became of a probe."""

    outcome: str = Field(
        description="Of the same message from a customer: `created`; `quarantined` where a rule holds it back."
    )
    reason: str
    ticket: TicketOfProbe | None
    events: int = Field(description="That would have left.")


class ProbeAnswer(BaseModel):
    """A probe."""

    id: str
    channel: str
    state: Literal["waiting", "seen", "cleaned"]
    issued_at: datetime
    accepted_at: datetime | None
    settled_at: datetime | None
    cleaned_at: datetime | None
    answer: str | None = Field(description="What became of its acknowledgement: `delivered`, or `failed` and why.")
    answered_at: datetime | None
    seen: SeenProbe | None
