"""What Python's standard library makes of a mail, in the form of `intake-email parse`: the yardstick of the score.

Everything the library offers is used as its documentation says (`policy.default`, `get_body`, `iter_attachments`), and
what it has nothing for is done in the plainest way: tags stripped, lines with ">" taken for quotes, headers of RFC 3834
and reports of RFC 3464 read.
"""

import json
import re
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

_SUFFIX_REASONS = {
    "5.1.1": "user_unknown",
    "5.2.2": "mailbox_full",
    "5.1.2": "host_unknown",
    "5.3.4": "message_too_big",
}


def read(raw: bytes) -> dict[str, Any]:
    """The fields of a mail; whatever the library raises is raised."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    text, html = _body(mail, "plain"), _body(mail, "html")
    if text is None:
        text = unescape(re.sub(r"<[^>]*>", " ", html or ""))
    bounces = _bounces(mail)
    return {
        "message_id": _id(mail, "message-id"),
        "in_reply_to": _id(mail, "in-reply-to"),
        "references": re.findall(r"<([^<>]+)>", str(mail.get("references", ""))),
        "from": (_mailboxes(mail, "from") or [{"name": "", "address": ""}])[0],
        "reply_to": _mailboxes(mail, "reply-to"),
        "to": _mailboxes(mail, "to"),
        "cc": _mailboxes(mail, "cc"),
        "subject": str(mail.get("subject", "")),
        "date": _date(mail),
        "text": text,
        "reply_text": "\n".join(line for line in text.split("\n-- \n")[0].splitlines() if not line.startswith(">")),
        "html": html,
        "language": None,
        "auto_submitted": _class(mail, bounces),
        "bounce": bounces[0] if len(bounces) == 1 else bounces or None,
        "attachments": [_attachment(part) for part in mail.iter_attachments()] if mail.is_multipart() else [],
        "authentication": None,
        "defects": [type(defect).__name__ for defect in mail.defects],
    }


def _body(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body((kind,))
    return None if part is None else str(part.get_content())


def _id(mail: EmailMessage, name: str) -> str | None:
    found = re.search(r"<([^<>]+)>", str(mail.get(name, "")))
    return found[1] if found else None


def _mailboxes(mail: EmailMessage, name: str) -> list[dict[str, str]]:
    values = [str(value) for value in mail.get_all(name, [])]
    return [{"name": name, "address": address} for name, address in getaddresses(values) if address]


def _date(mail: EmailMessage) -> str | None:
    try:
        date = parsedate_to_datetime(str(mail.get("date", "")))
    except (ValueError, TypeError):
        return None
    return (date if date.tzinfo else datetime.combine(date.date(), date.time(), UTC)).isoformat()


def _attachment(part: Any) -> dict[str, Any]:
    content = part.get_payload(decode=True) or (part.get_payload(0).as_bytes() if part.is_multipart() else b"")
    return {
        "filename": part.get_filename() or "attachment",
        "content_type": part.get_content_type(),
        "size": len(content),
        "inline": part.get_content_disposition() == "inline",
        "sha256": sha256(content).hexdigest(),
    }


def _bounces(mail: EmailMessage) -> list[dict[str, Any]]:
    found = []
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload():
            recipient = str(block.get("final-recipient", "")).rpartition(";")[2].strip()  # type: ignore[union-attr] # blocks are messages
            status = str(block.get("status", "")).strip() or None  # type: ignore[union-attr] # as above
            diagnostic = str(block.get("diagnostic-code", "")).rpartition(";")[2].strip()  # type: ignore[union-attr] # as above
            if recipient:
                reason = _SUFFIX_REASONS.get(status or "", "other")
                found.append({"recipient": recipient, "status": status, "reason": reason, "diagnostic": diagnostic})
    return found


def _class(mail: EmailMessage, bounces: list[dict[str, Any]]) -> str:
    if bounces:
        failed = any(str(one["status"] or "5").startswith("5") for one in bounces)
        return "bounce" if failed else "dsn"
    stated = str(mail.get("auto-submitted", "no")).split(";")[0].strip().lower()
    if stated in ("auto-replied", "auto-generated"):
        return stated
    return "list" if "list-id" in mail or str(mail.get("precedence", "")).lower() in ("bulk", "list") else "no"


def main() -> None:
    """Answer each path on standard input with a line of JSON; null where the library fails on the mail."""
    for line in sys.stdin:
        try:
            answer = read(Path(line.rstrip("\n")).read_bytes())
            printed = json.dumps(answer)
        except Exception:  # noqa: BLE001 # that it fails on a mail is what is counted
            printed = "{}"
        print(printed, flush=True)


if __name__ == "__main__":
    main()
