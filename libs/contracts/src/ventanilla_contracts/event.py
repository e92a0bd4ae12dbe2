"""What every event is made from; the events themselves stand in `events` and `ticket_events`."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """What all events have in common: unknown fields are ignored, values do not change."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")
    type: ClassVar[str]
    """Versioned type without the desk's prefix: the middle of the subject and the `ce-type`."""
