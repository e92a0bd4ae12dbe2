"""Feedback reports of mailbox providers (RFC 5965): a reader has called a mail of ours spam."""

from typing import Final

from intake_email.domain.bounces.limits import HEADERS_LIMIT_BYTES
from intake_email.domain.bounces.originals import original_of
from intake_email.domain.bounces.recipients import addresses_in
from intake_email.domain.bounces.records import Feedback
from intake_email.domain.mail import File, Mail

_RECIPIENT_FIELDS: Final = ("original-rcpt-to", "removal-recipient", "x-original-recipient", "original-recipient")
_RECIPIENT_HEADERS: Final = ("x-hmxmroriginalrecipient", "x-original-recipient", "x-aol-recipient")
_RECIPIENT_LIMIT: Final = 100


def feedback_of(mail: Mail) -> Feedback | None:
    """The complaint that a mail reports, or None where it reports none."""
    part = _part(mail)
    if part is None:
        return _without_report(mail)
    fields = _fields(part.content)
    recipients = [
        address for name in _RECIPIENT_FIELDS for value in fields.get(name, ()) for address in addresses_in(value)
    ]
    original = original_of(mail)
    if not recipients and original.recipient:
        recipients = [original.recipient]
    types = fields.get("feedback-type", ["abuse"])
    return Feedback(types[0].strip().lower(), tuple(dict.fromkeys(recipients))[:_RECIPIENT_LIMIT], original.message_id)


def _part(mail: Mail) -> File | None:
    for file in mail.files[:50]:
        if file.content_type == "message/feedback-report":
            return file
    return None


def _without_report(mail: Mail) -> Feedback | None:
    """Outlook.com's programme sends the mail complained of with the recipient in a header, and no report."""
    for name in _RECIPIENT_HEADERS:
        recipients = addresses_in(mail.header(name)[:1_000])
        if not recipients:
            returned = b"\n".join(
                file.content[:HEADERS_LIMIT_BYTES] for file in mail.files[:5] if file.content_type == "message/rfc822"
            )
            recipients = [address for value in _fields(returned).get(name, ()) for address in addresses_in(value)]
        if recipients:
            return Feedback("abuse", tuple(recipients[:_RECIPIENT_LIMIT]), original_of(mail).message_id)
    return None


def _fields(content: bytes) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    name = ""
    for line in content[:HEADERS_LIMIT_BYTES].decode("utf-8", "replace").splitlines()[:2_000]:
        head, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and name:
            fields[name][-1] += " " + line.strip()
        elif colon and len(head) <= 60:
            name = head.strip().lower()
            fields.setdefault(name, []).append(value.strip())
    return fields
