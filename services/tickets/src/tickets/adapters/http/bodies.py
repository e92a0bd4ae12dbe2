"""What clients send: the bodies of requests and the parameters of lists."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from tickets.adapters.http.texts import Address, AddressOrChat, Line, Name, Sender, Slug, Text, Word, Zone
from ventanilla_contracts.words import CHANNELS, PRIORITIES, STATUSES, TIERS, TYPES

TypeWord = Literal["incident", "request", "question", "problem"]
StatusWord = Literal["new", "open", "pending", "on_hold", "solved", "closed"]
PriorityWord = Literal["low", "normal", "high", "urgent"]
LevelWord = Literal["low", "medium", "high"]
TierWord = Literal["1", "2", "3"]
LanguageWord = Literal["es", "en"]
_BIGGEST = 2**63 - 1
_MOST_VALUES = 20
_UNCHANGED: Any = None
"""Never looked at: only fields that the client named are."""
_PORTAL_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")


class Body(BaseModel):
    """A JSON body: what it does not know is an error, so that a slip of the pen is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _example(value: dict[str, Any]) -> dict[str, Any]:
    return {"examples": [value]}


class TicketChange(Body):
    """Fields to change; those that are not named stay as they are."""

    model_config = ConfigDict(
        json_schema_extra=_example({"status": "pending", "assignee": "ana", "why": "asked for a screenshot"})
    )
    subject: Line = Field(default=_UNCHANGED)
    type: TypeWord = Field(default=_UNCHANGED)
    category: Slug = Field(default=_UNCHANGED)
    status: StatusWord = Field(default=_UNCHANGED)
    impact: LevelWord = Field(default=_UNCHANGED)
    urgency: LevelWord = Field(default=_UNCHANGED)
    priority: PriorityWord = Field(default=_UNCHANGED)
    tier: TierWord = Field(default=_UNCHANGED)
    team: Slug = Field(default=_UNCHANGED)
    assignee: Slug | None = Field(default=_UNCHANGED, description="null: nobody.")
    policy: Slug = Field(default=_UNCHANGED, description="In force at this desk; the clocks go by it from then on.")
    skills: Annotated[list[Word], Field(max_length=100)] = Field(default=_UNCHANGED)
    tags: Annotated[list[Word], Field(max_length=50)] = Field(default=_UNCHANGED)
    cause: Text | None = Field(default=_UNCHANGED, description="null: not known.")
    resolution: Text | None = Field(default=_UNCHANGED, description="null: none.")
    why: Name = Field("", description="Kept in the history.")
    version: int | None = Field(None, ge=1, description="What was read; another version is refused with 409.")

    def wanted(self) -> dict[str, Any]:
        """The ticket's fields that the client named."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"why", "version"}}
        given |= {name: tuple(dict.fromkeys(given[name])) for name in {"tags", "skills"} & given.keys()}
        return given


class Snooze(Body):
    """Until when a ticket is put aside."""

    model_config = ConfigDict(json_schema_extra=_example({"until": "2026-12-01T08:00:00Z", "why": "part on order"}))
    until: AwareDatetime = Field(description="In the future, with an offset; at most a year from now.")
    why: Name = Field("", description="Kept in the history.")


class Promise(Body):
    """When the customer will hear next, at the latest."""

    model_config = ConfigDict(json_schema_extra=_example({"until": "2026-12-01T15:00:00Z", "why": "told on the phone"}))
    until: AwareDatetime = Field(description="In the future, with an offset; at most 90 days from now.")
    why: Name = Field("", description="Kept in the history.")


class PersonBody(Body):
    """Somebody with a mail address."""

    address: Address
    name: Name = ""


def _person(value: object) -> object:
    return {"address": value} if isinstance(value, str) else value


People = Annotated[list[Annotated[PersonBody, BeforeValidator(_person)]], Field(max_length=20)]
"""Addresses, or objects of address and name."""


class SignatureBody(Body):
    """How a team signs in one language. `{agent}`, `{team}` and `{desk}` stand for names."""

    text: Text = Field(min_length=1, max_length=2_000, examples=["{agent}\n{desk}"])
    html: str | None = Field(None, max_length=10_000, description="Sanitised; made from the text if not given.")


class SignaturesBody(Body):
    """How a team signs, by language."""

    model_config = ConfigDict(
        json_schema_extra=_example(
            {"signatures": {"es": {"text": "{agent}\n{desk}"}, "en": {"text": "{agent}\n{desk}"}}}
        )
    )
    signatures: dict[LanguageWord, SignatureBody] = Field(description="Languages that are left out have none.")


class NewReply(Body):
    """An answer to the customer, or a note that stays inside."""

    model_config = ConfigDict(
        json_schema_extra=_example(
            {"text": "Hello Ana,\n\nthe toner has arrived.", "status": "solved", "resolution": "toner replaced"}
        )
    )
    text: Text = Field(min_length=1)
    html: str | None = Field(
        None,
        max_length=60_000,
        description='Sanitised before it is kept or sent. `<img src="cid:ID">` shows an uploaded picture.',
    )
    to: People | None = Field(None, min_length=1, description="The requester if not given.")
    cc: People | None = Field(None, description="Everybody in copy on the ticket if not given; [] for nobody.")
    bcc: People = Field([], description="Get the mail without being named in it.")
    quote: bool | None = Field(
        None, description="The conversation so far stands below the answer; as the desk is set if not given."
    )
    internal: bool = Field(False, description="A note: no mail goes out.")
    thread: Slug | None = Field(None, description="Of a note: where it stands already, as its chat names it.")
    attachments: Annotated[list[UUID], Field(max_length=20)] = Field([], description="Ids from POST /attachments.")
    status: StatusWord | None = Field(None, description="What the ticket becomes with this reply.")
    resolution: Text | None = Field(None, description="What solved it; solving asks for it.")
    cause: Text | None = Field(None, description="What caused it; solving asks for it where the category says so.")
    force: bool = Field(False, description="Send it although mail to an address comes back.")
    hold_seconds: int | None = Field(
        None, ge=1, le=60, description="It goes after so many seconds, and can be called back until then."
    )

    @field_validator("text")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must say something")
        return value

    @model_validator(mode="after")
    def _a_note_goes_to_nobody(self) -> Self:
        if self.internal and (self.to or self.cc or self.bcc):
            raise ValueError("a note goes to nobody: leave out to, cc and bcc")
        if self.internal and self.hold_seconds is not None:
            raise ValueError("a note goes to nobody, so there is nothing to call back: leave out hold_seconds")
        return self

    @field_validator("attachments")
    @classmethod
    def _each_once(cls, value: list[UUID]) -> list[UUID]:
        if len(set(value)) != len(value):
            raise ValueError("names a file twice")
        return value


class SentText(Body):
    """What an answer says from now on."""

    text: Text = Field(min_length=1)

    @field_validator("text")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must say something; to take the answer back, delete it")
        return value


class QuarantineDecision(Body):
    """Why a person decided so."""

    why: Name = Field("", examples=["a real customer with a broken mail program"])


class SenderToList(Body):
    """A sender to allow or to deny."""

    model_config = ConfigDict(
        json_schema_extra=_example({"kind": "deny", "sender": "offers.example", "note": "sends nothing but offers"})
    )
    kind: Literal["allow", "deny"]
    sender: Sender = Field(description="An address, a person of a chat, or a domain, which stands for its subdomains.")
    note: Name = Field("", description="Why; kept with the decision.")
    expires_at: AwareDatetime | None = Field(None, description="null: for good.")
    ticket: int | None = Field(
        None, ge=1, le=_BIGGEST, description="What it is about: an agent who leads no team takes part in it."
    )


class AddressToLift(Body):
    """An address that an agent vouches for."""

    address: Address
    why: Name = Field("", examples=["they called: the mailbox works again"])


class PortalReply(Body):
    """A customer's line from the status page."""

    text: Text = Field(min_length=1)
    key: str = Field(description="Random for each form that is shown: the same key is the same line.")

    @field_validator("text")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must say something")
        return value

    @field_validator("key")
    @classmethod
    def _is_key(cls, value: str) -> str:
        if not _PORTAL_KEY.match(value):
            raise ValueError("must be 16 to 64 letters, digits, - or _")
        return value


class Parameters(BaseModel):
    """Query parameters: unknown ones are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageParameters(Parameters):
    """Parameters of a list."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=500, description="`next` of the page before.")


class MessageParameters(PageParameters):
    """Which part of a conversation."""

    newest_first: bool = Field(False, description="From its end backwards; a cursor goes on in the same direction.")


class QuarantineFilters(Parameters):
    """Which messages in quarantine."""

    reason: str | None = Field(None, max_length=300)
    sender: str | None = Field(None, max_length=320, description="An address, or `@` and a domain.")
    account: str | None = Field(None, max_length=320, description="The desk's mailbox.")
    q: str | None = Field(None, max_length=200, description="Found in the subject or in the sender's address.")

    @field_validator("reason", "sender", "account", "q")
    @classmethod
    def _clean_filter(cls, value: str | None, info: Any) -> str | None:
        if value is not None and ("\x00" in value or not value.strip()):
            raise ValueError("names nothing that can be looked for; leave it out")
        return value.lower() if value and info.field_name in ("sender", "account") else value


class QuarantineParameters(PageParameters, QuarantineFilters):
    """Which messages in quarantine, and which part of their list."""

    state: Literal["waiting", "released", "rejected"] = "waiting"


class DecisionParameters(PageParameters):
    """Which decisions of the desk's people."""

    action: str | None = Field(None, max_length=60, examples=["quarantine.released"])
    actor: str | None = Field(None, max_length=200, examples=["agent:ana"])


class SenderParameters(PageParameters):
    """Which entries of the sender list."""

    kind: Literal["allow", "deny"] | None = None
    sender: AddressOrChat | None = Field(None, description="Only what stands for this address: itself and its domains.")


class AboutTicket(Parameters):
    """Which ticket something is about."""

    ticket: int | None = Field(None, ge=1, le=_BIGGEST, description="An agent who leads no team takes part in it.")


class UndeliverableParameters(PageParameters):
    """Which addresses."""

    address: Address | None = Field(None, description="This one alone, whatever its state.")


class TicketParameters(PageParameters):
    """Filters of the list of tickets. Several values separated by commas: any of them."""

    type: str | None = Field(None, examples=["incident,problem"], description=f"Any of: {', '.join(TYPES)}.")
    category: str | None = Field(None, max_length=500)
    status: str | None = Field(None, examples=["new,open"], description=f"Any of: {', '.join(STATUSES)}.")
    priority: str | None = Field(None, description=f"Any of: {', '.join(PRIORITIES)}.")
    tier: str | None = Field(None, description=f"Any of: {', '.join(TIERS)}.")
    team: str | None = Field(None, max_length=500)
    assignee: str | None = Field(None, max_length=500, description="`none`: nobody's.")
    channel: str | None = Field(None, description=f"Any of: {', '.join(CHANNELS)}.")
    requester: str | None = Field(None, max_length=500, description="An exact address.")
    message: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="Alone: the ticket of a message, by its id or its event's.",
    )
    q: str | None = Field(
        None, max_length=200, description="Words of subject, texts and requester, in any form, with or without accents."
    )

    _words: ClassVar[dict[str, tuple[str, ...]]] = {
        "type": TYPES,
        "status": STATUSES,
        "priority": PRIORITIES,
        "tier": TIERS,
        "channel": CHANNELS,
    }

    @field_validator("type", "status", "priority", "tier", "channel", "category", "team", "assignee", "requester")
    @classmethod
    def _known(cls, value: str | None, info: Any) -> str | None:
        if value is None:
            return None
        must_be_known(value, cls._words.get(info.field_name, ()))
        return value

    @field_validator("q")
    @classmethod
    def _clean(cls, value: str | None) -> str | None:
        if value is not None and "\x00" in value:
            raise ValueError("holds the character U+0000")
        return value

    def filters(self) -> dict[str, list[str]]:
        """Filter → values, any of which may hold."""
        names = ("type", "category", "status", "priority", "tier", "team", "assignee", "channel", "requester")
        return {name: values_of(value) for name in names if (value := getattr(self, name)) is not None}

    def listing(self) -> str:
        """What a cursor of this list belongs to."""
        return "tickets?" + repr(sorted(self.filters().items())) + repr(self.q or "")


class RoutingParameters(Parameters):
    """Which decision."""

    message: UUID | None = Field(None, description="Id of a message; the one that opened the ticket if not given.")
    format: Literal["json", "text"] | None = Field(None, description="text: lines to read; else as `Accept` says.")
    language: Literal["es", "en"] | None = Field(None, description="Of the lines; else as `Accept-Language` says.")
    zone: Zone | None = Field(
        None, examples=["Europe/Madrid"], description="By whose clock the lines tell times; else in UTC."
    )


class UploadParameters(Parameters):
    """What the file is called."""

    filename: Line = Field(examples=["screenshot.png"])


def must_be_known(text: str, words: Sequence[str]) -> None:
    """Let values between commas be some of these words; without words, any.

    Raises:
        ValueError: one is not, or there are none, or too many.
    """
    parts = values_of(text)
    if "\x00" in text or not parts:
        raise ValueError("names nothing; leave it out")
    if len(parts) > _MOST_VALUES:
        raise ValueError(f"names more than {_MOST_VALUES} values")
    unknown = [part for part in parts if words and part not in words]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(words)}")


def values_of(text: str) -> list[str]:
    """What stands between the commas of a parameter, each once."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
