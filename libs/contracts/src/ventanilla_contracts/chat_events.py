"""What a chat needs beyond words, and the event with which words that stand there already are changed.

The rules for changing them are those of `events`.
"""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from ventanilla_contracts.event import Event
from ventanilla_contracts.parts import Line, Part, Text


class ChatForm(Part):
    """What a chat message needs beyond its words."""

    account: Line = Field(description="Where the desk writes from, as the channel names it.")
    conversation: Line = Field(description="Where it is written, as `Threading.conversation` named it.")
    page: Line | None = Field(
        None, description="Address at which the customer reads the ticket, for what cannot go into the conversation."
    )
    author: Line | None = Field(None, description="Name of the agent who wrote it; the customer sees it.")


class NotificationRevised(Event):
    """A notification that was delivered into a conversation says something else from now on, or is taken back.

    It is reported on like a notification of its own: `notification_id` of that report is this event's id.
    """

    type: ClassVar[str] = "notification.revised.v1"

    id: str = Field(description="Id of the revision: one effect, however often it is published.")
    notification_id: str = Field(description="Of the notification, as `NotificationRequested.id`.")
    medium: str = Field(examples=["slack"])
    ticket_number: int | None = None
    kind: str = Field(examples=["edited", "deleted"])
    revision: int = Field(ge=1, description="Counts the revisions of the notification: the highest one holds.")
    text: Text = Field("", description="As it is from now on; of one that is taken back nothing.")
    html: str | None = Field(None, max_length=100_000)
    language: str = "en"
    chat: ChatForm = Field(description="As `NotificationRequested.chat`.")
    delivered_after: datetime = Field(description="When the notification was requested: it stands nowhere before that.")
    delivered_as: Line = Field("", description="What its channel said of it then, as `NotificationDelivered.detail`.")
    requested_at: datetime
    expires_at: datetime
