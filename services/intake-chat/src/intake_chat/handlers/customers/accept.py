"""Accept an event of Slack: the first durable write. Slack hears its "yes" after it and not before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.entry.happenings import what_happened
from intake_chat.domain.slack.events import EVENT_CALLBACK, is_heard_in
from intake_chat.domain.slack.normalise import CHANNEL
from intake_chat.errors import NotAccepted
from intake_chat.ports.customers import Publishes
from ventanilla_contracts.acceptance import CHANNEL_HEADER, CHAT_ACCEPTED
from ventanilla_contracts.ids import event_id
from ventanilla_runtime import tracing
from ventanilla_runtime.accepting import publish_within
from ventanilla_runtime.publish import MSG_ID, Outgoing

log = structlog.get_logger()

STREAM: Final = "CHAT"
LIMIT_BYTES: Final = 512 * 1024
"""Slack's events have some kilobytes."""


@dataclass(slots=True)
class Home:
    """The workspace that the app's token belongs to; "" until Slack has said."""

    team: str = ""


async def accept(
    body: bytes,
    envelope: Mapping[str, Any],
    door: str,
    *,
    publisher: Publishes,
    prefix: str,
    deadline_seconds: float,
    home: Home,
) -> None:
    """Make an event durable, once however often it comes; what the desk does not look at is let go.

    Args:
        body: the event as it came, or as the history gave it.
        envelope: the same, read.
        door: for the metric: `socket`, `http` or `history`.
        deadline_seconds: how long to try while the broker is away; Slack waits for three.
        home: what was heard in another workspace is let go: nobody could answer it.

    Raises:
        NotAccepted: it is not durable; Slack must give it again.
    """
    happening = what_happened(envelope)
    if happening is None:
        metrics.ACCEPTED.labels("unwanted").inc()
        return
    if home.team and envelope.get("type") == EVENT_CALLBACK and not is_heard_in(home.team, envelope):
        metrics.ACCEPTED.labels("foreign").inc()
        log.warning("event.foreign", team=str(envelope.get("team_id"))[:40], door=door)
        return
    if len(body) > LIMIT_BYTES:
        raise NotAccepted(f"an event of {len(body)} bytes is larger than Slack's are")
    message = _message(body, happening.source_id, prefix)
    try:
        await publish_within(publisher, message, deadline_seconds)
    except TimeoutError as error:
        raise NotAccepted(f"the broker did not store the event within {deadline_seconds:g} s") from error
    metrics.ACCEPTED.labels(door).inc()


def accepted_id(source_id: str) -> str:
    """Id under which what Slack told is kept, whoever told it and however often."""
    return event_id(CHAT_ACCEPTED, f"{CHANNEL}/{source_id}")


def _message(body: bytes, source_id: str, prefix: str) -> Outgoing:
    identity = accepted_id(source_id)
    headers = {
        MSG_ID: identity,
        "ce-specversion": "1.0",
        "ce-id": identity,
        "ce-type": CHAT_ACCEPTED,
        "ce-source": f"/intake-chat/{CHANNEL}",
        "ce-time": datetime.now(UTC).isoformat(),
        tracing.HEADER: tracing.child_of(tracing.current()),
        CHANNEL_HEADER: CHANNEL,
    }
    return Outgoing(STREAM, f"{prefix}.{CHAT_ACCEPTED}.{CHANNEL}", body, headers)
