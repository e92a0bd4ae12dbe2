"""Telling a person's mail from what a machine sent, by what the mail says about itself (RFC 3834, 3464, 5965, 2919)."""

from typing import Final

from intake_email.domain.mime import Mail

PERSON: Final = "no"
REPLIED: Final = "auto-replied"
GENERATED: Final = "auto-generated"
BOUNCE: Final = "bounce"
LIST: Final = "list"
FEEDBACK: Final = "feedback"
REPORT: Final = "dsn"
"""A report of delay or success: no mail was lost."""

_DAEMONS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"})
_REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply")
_LIST_HEADERS = ("list-id", "list-post", "x-mailing-list", "mailing-list")


def automation_of(mail: Mail, envelope_sender: str | None) -> str:
    """One of the words of `ventanilla_contracts.words.AUTOMATION`.

    Args:
        mail: the mail as it was read.
        envelope_sender: reverse path of the envelope, empty for the null sender; None if it is not known.
    """
    kind = mail.header("content-type").lower()
    if "multipart/report" in kind:
        return _report(mail, kind)
    submitted = mail.header("auto-submitted").partition(";")[0].partition("(")[0].strip().lower()
    null_sender = envelope_sender == ""
    if null_sender and _from_daemon(mail):
        return BOUNCE
    if submitted in ("auto-replied", "auto_replied"):
        return REPLIED
    if submitted and submitted != "no":
        return GENERATED
    if any(name in mail.headers for name in _REPLY_HEADERS):
        return REPLIED
    precedence = mail.header("precedence").strip().lower()
    if precedence in ("auto_reply", "auto-reply"):
        return REPLIED
    if precedence == "list" or any(name in mail.headers for name in _LIST_HEADERS):
        return LIST
    if precedence in ("bulk", "junk") or "list-unsubscribe" in mail.headers or _suppresses_replies(mail):
        return GENERATED
    # Only machines send with the null sender; what is not a bounce is an answer to something (RFC 3834 section 3.3).
    return REPLIED if null_sender else PERSON


def _report(mail: Mail, kind: str) -> str:
    if "feedback-report" in kind:
        return FEEDBACK
    if "delivery-status" not in kind and "report-type" in kind:
        return GENERATED  # a receipt (RFC 8098), a TLS report
    for file in mail.files:
        if file.content_type == "message/delivery-status":
            actions = _actions(file.content)
            return REPORT if actions and "failed" not in actions else BOUNCE
    return BOUNCE


def _actions(status: bytes) -> set[str]:
    """The `Action` fields of a delivery status (RFC 3464 section 2.3.3)."""
    found = set()
    for line in status[:65536].decode("ascii", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "action":
            found.add(value.split(";")[0].strip().lower())
    return found


def _from_daemon(mail: Mail) -> bool:
    return any(sender.address.partition("@")[0].lower() in _DAEMONS for sender in mail.senders)


def _suppresses_replies(mail: Mail) -> bool:
    """Exchange's wish not to be answered by machines; machines have it, people's mail may only suppress receipts."""
    wishes = {wish.strip().lower() for wish in mail.header("x-auto-response-suppress").split(",")}
    return bool(wishes & {"all", "oof", "autoreply"})
