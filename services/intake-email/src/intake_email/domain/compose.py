"""A notification as the bytes of a mail. Put together from pieces: the standard library's EmailMessage takes 1.9 ms."""

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from intake_email.domain.headers import address_header, ascii_address, filename_parameter, id_header, text_header
from intake_email.domain.outbound import Letter
from intake_email.domain.words import clean_line
from ventanilla_contracts.events import Attachment, MailForm, NotificationRequested, Party

_ADDRESS = re.compile(r"[^\s<>(),:;@\\\"\x00-\x20\x7f]{1,64}@[^\s<>(),:;@\\\"\[\]\x00-\x20\x7f]{1,253}\Z")
_CONTENT_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9][a-z0-9.+_-]{0,80}/[a-z0-9][a-z0-9.+_-]{0,80}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\Z")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class NoAddress(ValueError):  # as the other errors here: named for what is the matter
    """The notification has no address that a mail can be sent to."""


def compose(request: NotificationRequested, contents: Sequence[bytes] = (), only_to: Sequence[str] = ()) -> Letter:
    """Make the mail of a notification: the same bytes each time.

    Args:
        request: with its mail form.
        contents: the bytes of its attachments, in order.
        only_to: envelope recipients that are left; empty: all. The headers name everybody but the blind copies in any
            case.

    Raises:
        NoAddress: there is nobody to send it to, or nobody it could come from.
        ValueError: the request has no mail form.
    """
    form = request.mail
    if form is None:
        raise ValueError("the notification has no mail form")
    if not _ADDRESS.match(request.to.address) or not _ADDRESS.match(form.from_address):
        raise NoAddress("the address is missing or malformed")
    addressees = [request.to, *_reachable(request.also_to)] if request.also_to else [request.to]
    copies = _reachable(request.cc)
    everybody = (*addressees, *copies, *_reachable(request.bcc))
    recipients = tuple(dict.fromkeys(ascii_address(party.address) for party in everybody))
    letter_to = tuple(recipient for recipient in recipients if recipient in only_to) if only_to else recipients
    head = _head(request, form, addressees, copies)
    body_type, body = _body(request, contents)
    utf8 = not head.isascii()
    sender = "" if request.automatic or not _ADDRESS.match(form.return_path) else ascii_address(form.return_path)
    content = head.encode() + body_type.encode() + b"\r\n" + body
    return Letter(request.id, sender, letter_to, content, utf8 or not all(map(str.isascii, recipients)))


def _reachable(people: Sequence[Party]) -> list[Party]:
    return [party for party in people if _ADDRESS.match(party.address)]


def _head(request: NotificationRequested, form: MailForm, addressees: list[Party], copies: list[Party]) -> str:
    pieces = [
        f"Date: {format_date(request.requested_at)}\r\n",
        address_header("From", [(form.from_name, ascii_address(form.from_address))]),
        address_header("To", [(party.name, ascii_address(party.address)) for party in addressees]),
    ]
    if copies:
        pieces.append(address_header("Cc", [(party.name, ascii_address(party.address)) for party in copies]))
    if form.reply_to and _ADDRESS.match(form.reply_to):
        pieces.append(address_header("Reply-To", [(form.from_name, ascii_address(form.reply_to))]))
    pieces.append(text_header("Subject", request.subject))
    pieces.append(id_header("Message-ID", (form.message_id,)))
    if form.in_reply_to:
        pieces.append(id_header("In-Reply-To", (form.in_reply_to,)))
    if form.references:
        pieces.append(id_header("References", form.references))
    if request.automatic:
        pieces.append("Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n")
    if _LANGUAGE.match(request.language):
        pieces.append(f"Content-Language: {request.language}\r\n")
    # By this line the desk knows its own mails when a loop brings them back.
    pieces.append(f"X-Loop: {ascii_address(form.from_address)}\r\nMIME-Version: 1.0\r\n")
    return "".join(pieces)


def _body(request: NotificationRequested, contents: Sequence[bytes]) -> tuple[str, bytes]:
    """Headers of the body, and the body: the words as text and as HTML, its pictures within, files beside them."""
    seed = sha256(request.id.encode("utf-8", "replace")).hexdigest()[:24]
    kind, body = _text_part("plain", request.text)
    files = list(zip(request.attachments, contents, strict=True)) if contents else []
    if request.html:
        html_kind, html = _text_part("html", request.html)
        pictures = [pair for pair in files if _is_shown(pair[0], request.html)]
        if pictures:
            parts = [(html_kind, html), *(_file_part(file, data) for file, data in pictures)]
            html_kind, html = _multipart("related", f"=_r_{seed}", parts, '; type="text/html"')
            files = [pair for pair in files if not _is_shown(pair[0], request.html)]
        kind, body = _multipart("alternative", f"=_a_{seed}", [(kind, body), (html_kind, html)])
    if files:
        attached = [_file_part(file, data) for file, data in files]
        kind, body = _multipart("mixed", f"=_m_{seed}", [(kind, body), *attached])
    return kind, body


def _is_shown(file: Attachment, html: str) -> bool:
    """Whether the HTML has a place for this file; without one, mail programs would show it nowhere."""
    return file.inline and bool(file.content_id) and f"cid:{file.content_id}" in html


def _multipart(subtype: str, boundary: str, parts: list[tuple[str, bytes]], more: str = "") -> tuple[str, bytes]:
    # "=_" at the beginning cannot occur in quoted-printable or base64, so no part can hold the boundary.
    line = f"--{boundary}\r\n".encode()
    body = b"".join(line + kind.encode() + b"\r\n" + content + b"\r\n" for kind, content in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"{more}\r\n', body + f"--{boundary}--\r\n".encode()


def _text_part(subtype: str, text: str) -> tuple[str, bytes]:
    raw = text.encode("utf-8", "replace").replace(b"\0", b"")
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"
    if len(raw) > 3 * len(text) // 2:
        return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n", _base64(raw)
    kind = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    return kind, b2a_qp(raw, istext=True)


def _file_part(file: Attachment, data: bytes) -> tuple[str, bytes]:
    kind = file.content_type.lower()
    if not _CONTENT_TYPE.match(kind):
        kind = "application/octet-stream"
    disposition = "inline" if file.inline and file.content_id else "attachment"
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: {disposition};\r\n {filename_parameter(file.filename)}\r\n"
    )
    if file.content_id:
        head += id_header("Content-ID", (clean_line(file.content_id, 200),))
    return head, _base64(data)


def _base64(data: bytes) -> bytes:
    return encodebytes(data).replace(b"\n", b"\r\n")


def format_date(moment: datetime) -> str:
    """A time as RFC 5322 writes it, in UTC and in English whatever the locale."""
    utc = moment.astimezone(UTC)
    return (
        f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04}"
        f" {utc.hour:02}:{utc.minute:02}:{utc.second:02} +0000"
    )
