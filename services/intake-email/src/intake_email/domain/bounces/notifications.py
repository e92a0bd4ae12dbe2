"""Bounces that come as JSON: Amazon SES through SNS, by mail. Nothing else is read of them than what a bounce needs."""

from typing import Any, Final

import orjson

from intake_email.domain.bounces.limits import BOUNCE_LIMIT
from intake_email.domain.bounces.reasons import reason_of
from intake_email.domain.bounces.records import (
    DELAYED,
    FAILED,
    MAILBOX_FULL,
    MESSAGE_TOO_BIG,
    OTHER,
    POLICY,
    USER_UNKNOWN,
    Bounce,
)
from intake_email.domain.bounces.replies import one_line
from intake_email.domain.bounces.statuses import better_status, status_in
from intake_email.domain.mail import Mail

_JSON_LIMIT_CHARS: Final = 256 * 1024
_REASONS: Final = {
    "NoEmail": USER_UNKNOWN,
    "MailboxFull": MAILBOX_FULL,
    "MessageTooLarge": MESSAGE_TOO_BIG,
    "ContentRejected": POLICY,
    "AttachmentRejected": POLICY,
    "Suppressed": POLICY,
    "OnAccountSuppressionList": POLICY,
}
"""By `bounceSubType`, where the server's words say nothing."""


def notification_in(mail: Mail) -> dict[str, Any] | None:
    """The notification that a mail carries, unwrapped from SNS's envelope, or None."""
    for text in mail.texts[:2]:
        place = text.find("{", 0, 2_000)
        if place < 0 or ("otificationType" not in text and "eventType" not in text):
            continue
        found = _object(text[place:_JSON_LIMIT_CHARS])
        if found is not None and isinstance(inner := found.get("Message"), str):
            found = _object(inner)
        if found is not None and ("notificationType" in found or "eventType" in found):
            return found
    return None


def kind_of(notification: dict[str, Any]) -> str:
    """`bounce`, `complaint`, `delivery`, …, in lower case."""
    return str(notification.get("notificationType") or notification.get("eventType") or "").lower()


def notified_bounces(notification: dict[str, Any]) -> list[Bounce]:
    """The recipients of a bounce notification."""
    bounce = notification.get("bounce")
    if not isinstance(bounce, dict) or not isinstance(recipients := bounce.get("bouncedRecipients"), list):
        return []
    kind = _REASONS.get(str(bounce.get("bounceSubType")), OTHER)
    found = []
    for recipient in recipients[:BOUNCE_LIMIT]:
        if not isinstance(recipient, dict) or not isinstance(address := recipient.get("emailAddress"), str):
            continue
        diagnostic = one_line(str(recipient.get("diagnosticCode") or "").removeprefix("smtp;"))
        status = better_status(status_in(str(recipient.get("status") or "")), diagnostic)
        reason = reason_of(status, diagnostic) if diagnostic or status else OTHER
        action = DELAYED if recipient.get("action") == DELAYED else FAILED
        found.append(Bounce(address, status, kind if reason == OTHER else reason, diagnostic, action))
    return found


def _object(text: str) -> dict[str, Any] | None:
    """The object that a text begins with; what follows it (SNS's footer) is left out."""
    end = text.rfind("}")
    for cut in (text[: end + 1], text.partition("\n\n")[0], text.partition("\n--")[0]):
        try:
            found = orjson.loads(cut)
        except ValueError:
            continue
        return found if isinstance(found, dict) else None
    return None
