"""Values inside events that stand on their own: how a message was accepted, and what was found out about its sender.

The rules for changing them are those of `events`.
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

TEXT_LIMIT_CHARS = 32_000

Line = Annotated[str, StringConstraints(max_length=998)]
Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT_CHARS)]


class Part(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Party(Part):
    """Somebody who is named by a message, as the message names them."""

    address: Line = Field(description="Address in the channel's own form; mail addresses in lower case.")
    name: Line = ""


class Acceptance(Part):
    """Which durable write the door's "yes" stands on, and when the broker made it."""

    stream: str
    created_at: str
    sequence: int = Field(ge=1)
    accepted_at: datetime


class Authentication(Part):
    """What is known about the identity of the sender, and how sure that is."""

    grade: str = "claimed"
    spf: str | None = None
    dkim: str | None = None
    dmarc: str | None = None
    arc: str | None = None
    dmarc_policy: str | None = Field(
        None, description="What the domain's owner wants done with mail that fails: none, quarantine or reject."
    )
    suspicion: str | None = Field(
        None,
        description="Why the sender may be somebody else; None: nothing speaks for it.",
        examples=["dmarc_fail", "own_domain", "lookalike", "display_name"],
    )
    detail: Line = Field("", description="The findings in a few words, for the desk's people.")
    member_mail: Line | None = Field(
        None,
        description="Mail address of a sender who is a full member of the desk's own workspace, as the provider has "
        "confirmed it: by it the desk knows an agent who answers where somebody else asked. None: it proves nobody.",
        examples=["eva@desk.example"],
    )


class FilterVerdict(Part):
    """What a spam filter in front of the desk found."""

    spam: bool
    score: float | None = None
    source: str = Field(examples=["rspamd", "spamassassin"])


class WantedCallback(Part):
    """Whoever called wants to be called back."""

    team: str = Field(description="Team of the desk that is to call.")
    number: Line | None = Field(None, description="In E.164, where it was typed. None: the number that was shown.")
    ticket: int | None = Field(None, description="Number of the ticket that the caller says it is about.")


class CallFacts(Part):
    """What a telephone call says beside its words."""

    team: str | None = Field(None, description="Team that the caller asked for last.", examples=["billing"])
    taken_by: str | None = Field(None, description="Handle of the agent who talked to the caller.", examples=["eva"])
    callback: WantedCallback | None = None
    announcements: tuple[str, ...] = Field(
        (), max_length=10, description="Keys of announcements of whose end the caller wants to be told."
    )
    sentence: Line = Field(
        "",
        description="What whoever called reads of the call, with `reply_text`: the text is a log for the desk."
        " Empty: they read the text.",
        examples=["Usted llamó y dejó un mensaje de 13 s."],
    )
