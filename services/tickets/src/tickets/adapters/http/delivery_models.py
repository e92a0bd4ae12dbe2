"""Models of how far messages of the desk have come, and what was made of them at their customers' since."""

from typing import Any

from pydantic import Field

from tickets.adapters.http.answer_model import Answer


class Delivery(Answer):
    """How far a mail of ours has come."""

    state: str | None = Field(
        examples=["queued", "sent", "delivered", "read", "failed", "delayed", "bounced"],
        description="`delivered`: the next system took it over, or a report says that it arrived. `sent`: it has it,"
        " and will say whether it arrived. `read`: it arrived and was opened, where the channel tells.",
    )
    detail: str | None
    template: bool = Field(
        description="WhatsApp took no free words any more, so its template went: whoever it is for reads that, with the"
        " ticket's number and the address of its page, and the words of this message only on the page."
    )
    recipients: dict[str, Any] = Field(
        description="What came back, by recipient: `state`, `reason`, `status`, `diagnostic`."
    )


class SentRevision(Answer):
    """The last edit of a sent message, or that it was taken back, and whether its customer sees that."""

    number: int = Field(description="Counts the revisions of the message.")
    kind: str = Field(examples=["edited", "deleted"])
    state: str = Field(
        examples=["queued", "delivered", "failed"],
        description="`failed`: the customer still reads what stood there before; asking again tries it again.",
    )
    detail: str
