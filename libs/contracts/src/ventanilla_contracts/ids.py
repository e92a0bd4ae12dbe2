"""Ids that are derived from their source, so that doing something twice cannot be told from doing it once.

Every formula here is frozen by golden vectors (`tests/contract/contracts/test_ids.py`): changing one is a breaking
change, because the same mail would become a second ticket after an upgrade.
"""

import re
from hashlib import sha256
from uuid import UUID

_IDENTIFYING_HEADERS = (
    b"from",
    b"to",
    b"cc",
    b"subject",
    b"date",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"content-type",
)
_HEADER_FIELD = re.compile(
    rb"^(" + b"|".join(_IDENTIFYING_HEADERS) + rb")[ \t]*:(.*(?:\n[ \t].*)*)$",
    re.IGNORECASE | re.MULTILINE,
)
_ANGLE_ID = re.compile(rb"<([^<>]*)>")


def event_id(event_type: str, source_id: str) -> str:
    """Id of the event that `source_id` causes: its `ce-id` and the unique key of its effect.

    Args:
        event_type: versioned type without prefix, for example ``message.received.v1``.
        source_id: the provider's own id, made unique by the functions below.
    """
    return f"{event_type}:{source_id}"


def redrive_id(published_id: str, attempt: int) -> str:
    """`Nats-Msg-Id` for publishing an event again: the plain id would be swallowed by the duplicate window."""
    return f"{published_id}.r{attempt}" if attempt else published_id


def effect_id(event_id: str) -> UUID:
    """The id of what an event causes, for example of the message that a received one becomes.

    128 bits of the SHA-256 of the event's id, as a UUID of version 8.
    """
    digest = bytearray(sha256(event_id.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def mail_source_id(account: str, raw: bytes) -> str:
    """Fingerprint of a mail: equal for the same mail over any relay, different for any two mails.

    SHA-256 over the account, the Message-ID (or nothing), and a SHA-256 of nine identifying headers, unfolded and with
    white space collapsed, followed by the body with CRLF line ends and without trailing blank lines. Trace, signature
    and X- fields never count. Two different mails that share a Message-ID differ in the inner hash.

    Args:
        account: the mailbox that the mail was accepted for; compared without case.
        raw: the mail as it came, with any line ends.

    Returns:
        64 hexadecimal digits.
    """
    if not raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n"):
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if raw.startswith(b"\r\n"):
        head, body = b"", raw[2:]
    else:
        head, _, body = raw.partition(b"\r\n\r\n")
    values: dict[bytes, list[bytes]] = {name: [] for name in _IDENTIFYING_HEADERS}
    for name, value in _HEADER_FIELD.findall(head.replace(b"\r\n", b"\n")):
        values[name.lower()].append(b" ".join(value.split()))
    inner = sha256()
    for name, found in values.items():
        for value in found:
            inner.update(name + b":" + value + b"\n")
    inner.update(b"\n")
    inner.update(body.rstrip(b"\r\n"))
    message_id = values[b"message-id"][0] if values[b"message-id"] else b""
    if match := _ANGLE_ID.search(message_id):
        message_id = match[1]
    outer = sha256(account.lower().encode() + b"\0" + message_id + b"\0" + inner.digest())
    return outer.hexdigest()


def slack_source_id(team: str, channel: str, timestamp: str, kind: str = "message") -> str:
    """Id of something that happened in Slack: team, channel, `ts` and the kind of event."""
    return f"{team}/{channel}/{timestamp}/{kind}"


def twilio_source_id(sid: str) -> str:
    """Id of a call, message or recording at Twilio: its SID."""
    return sid


def webchat_source_id(session: str, line: str) -> str:
    """Id of a line typed into the web chat: the session and the id that the client gave the line."""
    return f"{session}/{line}"
