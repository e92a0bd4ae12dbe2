"""What the holder of a status link is told, for the portal."""

from datetime import datetime

from pydantic import Field

from tickets.adapters.http.answer_model import Answer


class PublicFile(Answer):
    """A file that the customer may download."""

    id: str = Field(description="For `GET /status/{token}/attachments/{id}`.")
    filename: str
    size_bytes: int
    dangerous: str | None


class PublicMessage(Answer):
    """A message as the customer sees it."""

    id: str
    from_: str = Field(alias="from")
    automatic: bool
    author: str
    text: str
    text_cut: bool
    attachments: list[str] = Field(description="Names of the files.")
    files: list[PublicFile]
    at: datetime


class PublicTicket(Answer):
    """A ticket as the customer sees it."""

    number: int
    subject: str
    status: str
    language: str
    holder: str
    next_update_by: datetime | None
    created_at: datetime
    updated_at: datetime
    related_to: int | None
    merged_into: int | None = Field(description="The request in which it goes on.")
    goes_on_token: str | None = Field(description="Of that one's page; null: it is not this reader's to see.")
    desk: str = Field(description="Its name; empty: it has none.")
    way: str | None = Field(description="How the desk answers: `email`, or the channel of a chat; null: not at all.")
    called: bool = Field(False, description="They called: `way` is by which the desk answers, not theirs.")
    zone: str | None = Field(
        None, description="IANA zone by which they are told times; null: none is set.", examples=["Europe/Madrid"]
    )
    can_reply: bool
    reply_opens_new: bool
    quoted: str | None = Field(
        None,
        description="Where what is written on the page is quoted: in `direct` messages, in a `channel`; null: nowhere.",
    )
    older_messages_hidden: bool
    announcements: list[dict[str, str]] = Field(
        description="What the desk announces to everybody at this moment, by language; the most important first."
    )
    messages: list[PublicMessage]


class PortalReplyMade(Answer):
    """Where a customer's line went."""

    message_id: str
    ticket_number: int
    status_token: str
