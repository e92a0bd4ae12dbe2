"""Which mail it was that bounced: from the returned mail, its headers, or what the notice quotes of them."""

import re
from typing import Final

from intake_email.domain.bounces.limits import HEADERS_LIMIT_BYTES, TEXT_LIMIT_CHARS
from intake_email.domain.bounces.notices import returned_part
from intake_email.domain.bounces.recipients import address_in
from intake_email.domain.bounces.records import Original
from intake_email.domain.bounces.reports import status_files
from intake_email.domain.mail import File, Mail
from intake_email.domain.mime.encoded_words import decode_words
from intake_email.domain.words import clean_line

_RETURNED: Final = (
    "message/rfc822", "text/rfc822-headers", "text/rfc822-header", "message/global", "message/global-headers",
    "text/rfc822",
    "message/rfc822-headers", "message/partial",
)  # fmt: skip
_MESSAGE_ID: Final = re.compile(
    r"^[ \t>|]{0,12}(?:original-|x-original-|x-)?message-?id\s?:[ \t]{0,8}(?:\r?\n[ \t]{1,8})?<?([^\s<>]{3,400})>?",
    re.IGNORECASE | re.MULTILINE,
)
_IN_PROSE: Final = re.compile(
    r"(?:message.?id|internet message id|mensaje.?id|nachrichten-?id|id de mensaje)"
    r"\W{1,8}([^\s<>@,;]{1,200}@[^\s<>,;]{1,200})",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(
    r"^[ \t>|]{0,12}(?:subject|betreff|asunto|objet|oggetto|assunto)\s?:[ \t]{0,8}"
    r"([^\r\n]{1,998}(?:\r?\n[ \t][^\r\n]{1,998}){0,4})",
    re.IGNORECASE | re.MULTILINE,
)
_TO: Final = re.compile(
    r"^[ \t>|]{0,12}(?:to|an|para|à|x-original-to|delivered-to)\s?:[ \t]{0,8}"
    r"([^\r\n]{1,998}(?:\r?\n[ \t][^\r\n]{1,998}){0,2})",
    re.IGNORECASE | re.MULTILINE,
)
_ENOUGH_FIELDS: Final = 3
_HEADER_LINES: Final = 400
_SUBJECT_LIMIT_CHARS: Final = 998
_ORIGINAL_ID: Final = re.compile(
    rb"^(?:x-)?original-message-id[ \t]?:[ \t]{0,4}<?([^\s<>]{3,400})", re.IGNORECASE | re.MULTILINE
)
_ID_HEADERS: Final = ("x-original-message-id", "original-message-id", "x-failed-message-id", "x-cm-original-message-id")
_ENVELOPE_ID: Final = re.compile(
    rb"^original-envelope-id[ \t]?:[ \t]{0,4}<?([^\s<>@]{1,200}@[^\s<>]{1,200})", re.IGNORECASE | re.MULTILINE
)


def original_of(mail: Mail) -> Original:
    """What a bounce shows of the mail that bounced; empty where it shows nothing."""
    for text in _returned_texts(mail):
        found = _read(text)
        if found.message_id or found.subject:
            return found
    return _from_notice(mail)


def headers_in(text: str) -> dict[str, str]:
    """Message-ID, Subject and To as they stand in a piece of a mail."""
    found: dict[str, str] = {}
    for name, pattern in (("message-id", _MESSAGE_ID), ("subject", _SUBJECT), ("to", _TO)):
        if match := pattern.search(text):
            found[name] = " ".join(match[1].split())
    return found


def _returned_texts(mail: Mail) -> list[str]:
    returned = [file for file in mail.files[:50] if file.content_type in _RETURNED]
    texts = [file.content[:HEADERS_LIMIT_BYTES].decode("utf-8", "replace").lstrip() for file in returned[:5]]
    return texts + [part for text in mail.texts[:4] if (part := returned_part(text))]


def _read(text: str) -> Original:
    """What the headers of a returned mail say; some bounces put a rule or blank lines before them."""
    fields: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines()[:_HEADER_LINES]:
        line = line.lstrip(">|") if line[:1] in (">", "|") else line
        if not line.strip():
            if "message-id" in fields or len(fields) > _ENOUGH_FIELDS:
                break
            current = []
        elif line[0] in " \t":
            current.append(line.strip())
        else:
            name, colon, value = line.partition(":")
            current = [value.strip()]
            if colon:
                fields.setdefault(name.strip().lower(), current)
    return Original(
        _id_in(" ".join(fields.get("message-id", []))),
        address_in(" ".join(fields.get("to", []))),
        clean_line(decode_words(" ".join(fields.get("subject", []))[:_SUBJECT_LIMIT_CHARS])),
    )


def _from_notice(mail: Mail) -> Original:
    """What the bounce itself says of the mail, in its headers, its report or its words."""
    named = next((value for name in _ID_HEADERS if (value := _id_in(mail.header(name)))), None)
    statuses = status_files(mail)
    named = named or _id_of_status(statuses, _ORIGINAL_ID)
    for text in mail.texts[:4]:
        found = headers_in(text[:TEXT_LIMIT_CHARS])
        prose = _IN_PROSE.search(text[:TEXT_LIMIT_CHARS]) if "message-id" not in found else None
        message_id = named or found.get("message-id") or (prose[1] if prose else None)
        if message_id or "subject" in found:
            subject = clean_line(decode_words(found.get("subject", "")))
            return Original(_id_in(message_id or ""), address_in(found.get("to", "")), subject)
    # Exchange and Gmail answer in the thread: In-Reply-To names the mail that bounced. An envelope id may be anything.
    named = named or _id_in(mail.header("in-reply-to")) or _id_of_status(statuses, _ENVELOPE_ID)
    return Original(named)


def _id_of_status(statuses: list[File], field: re.Pattern[bytes]) -> str | None:
    for file in statuses[:5]:
        if match := field.search(file.content[:HEADERS_LIMIT_BYTES]):
            return _id_in(match[1].decode("ascii", "replace"))
    return None


def _id_in(value: str) -> str | None:
    """The first Message-ID in a value, without angle brackets."""
    ids = value[:_SUBJECT_LIMIT_CHARS].strip(" <>").split()
    return clean_line(ids[0].strip("<>")) or None if ids else None
