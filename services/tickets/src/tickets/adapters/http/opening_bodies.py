"""What clients send to have a ticket opened."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from tickets.adapters.http.bodies import (
    Body,
    LanguageWord,
    LevelWord,
    PriorityWord,
    TierWord,
    TypeWord,
)
from tickets.adapters.http.texts import Address, AddressOrChat, Line, Name, Slug, Text, Word

_BIGGEST = 2**63 - 1


class RequesterBody(Body):
    """The customer for whom a ticket is opened."""

    address: AddressOrChat = Field(examples=["ana@example.com", "T0123/U0456"])
    name: Name = ""


class ChatPlace(Body):
    """The conversation in which a ticket is opened: the desk has written its first message."""

    channel: Literal["slack"]
    account: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,30}/[A-Z0-9]{2,30}$", examples=["T024BE7LD/D024BE91L"])]
    conversation: Annotated[
        str,
        Field(
            pattern=r"^[A-Z0-9]{2,30}/[A-Z0-9]{2,30}/[0-9]{1,12}\.[0-9]{6}$",
            examples=["T024BE7LD/D024BE91L/1355517523.000005"],
        ),
    ]


class NewTicket(Body):
    """A ticket to open."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "subject": "The printer on floor 2 does not answer",
                    "text": "Ana called: nothing has come out since this morning.",
                    "requester": {"address": "ana@example.com", "name": "Ana"},
                    "type": "incident",
                    "priority": "high",
                    "notify": True,
                }
            ]
        }
    )
    subject: Line
    text: Text = Field(min_length=1)
    requester: RequesterBody
    chat: ChatPlace | None = Field(
        None,
        description="Goes on in this conversation of a chat, in which the requester is named as the chat names people."
        " For the service of that chat, with the scope `act`. null: by mail.",
    )
    account: Address | None = Field(None, description="The desk's mailbox that answers; its first one if not given.")
    type: TypeWord = "question"
    category: Slug = "other"
    impact: LevelWord = "low"
    urgency: LevelWord = "low"
    priority: PriorityWord = "normal"
    tier: TierWord = "1"
    team: Slug = "first-line"
    assignee: Slug | None = None
    policy: Slug | None = Field(None, description="What is promised, in force at this desk; `standard` if not given.")
    skills: Annotated[list[Word], Field(max_length=100)] = Field([], description="Whoever takes it should have them.")
    tags: Annotated[list[Word], Field(max_length=50)] = Field([])
    language: LanguageWord | None = Field(None, description="Found out from the text if not given.")
    related_to: int | None = Field(None, ge=1, le=_BIGGEST)
    notify: bool = Field(False, description="Send the customer an acknowledgement with number and link.")
    internal: bool = Field(
        False,
        description="The text is the desk's own, a note: the customer has written nothing, and is written to first.",
    )

    @model_validator(mode="after")
    def _on_one_way(self) -> Self:
        if (self.chat is None) != ("@" in self.requester.address):
            raise ValueError("requester.address must be a mail address, or with chat somebody as the chat names them")
        if self.chat is not None and (self.notify or self.account is not None):
            raise ValueError("a ticket in a chat has its own account, and its conversation says what was opened")
        if self.internal and self.notify:
            raise ValueError("notify says that something was received; with internal nothing was: answer instead")
        return self

    def fields(self) -> dict[str, Any]:
        """The fields of the ticket that the client chose."""
        names = ("type", "category", "impact", "urgency", "priority", "tier", "team", "assignee")
        given = {name: getattr(self, name) for name in names} | ({"policy": self.policy} if self.policy else {})
        return given | {name: tuple(dict.fromkeys(getattr(self, name))) for name in ("tags", "skills")}
