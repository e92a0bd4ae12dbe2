"""Whether a mail is a report of a mail server, and of what: failure, delay, success, a complaint."""

from dataclasses import dataclass
from typing import Final

from intake_email.domain.automation_words import ANSWER_PREFIXES, BOUNCE_OPENINGS, BOUNCE_SENTENCES, BOUNCE_SUBJECTS
from intake_email.domain.bounces.notices import notice_lines
from intake_email.domain.bounces.notifications import kind_of, notification_in
from intake_email.domain.bounces.prose import MENTIONED, REFUSED, failures_in
from intake_email.domain.bounces.reports import decoded, groups_in, status_files
from intake_email.domain.bounces.tenses import tells_delay, tells_success
from intake_email.domain.bounces.writers import (
    OPENING_LIMIT_CHARS,
    asks,
    daemon_certainty,
    greets_or_quotes,
    is_named_postmaster,
    is_typed,
    opening_of,
    sounds_like_machine,
)
from intake_email.domain.mail import File, Mail

_OPENING_LINES: Final = 6
_FAILED_HEADERS: Final = ("x-failed-recipients", "x-failed-recipient", "x-ms-embedded-report", "x-bounced-recipient")
_COMPLAINT_SUBJECT: Final = "complaint about message from "
_COMPLAINT_SENDERS: Final = ("staff@", "complaints@")
"""Outlook.com's programme, and Amazon's for it, send no report, but the mail complained of."""
_LOOP_SENDERS: Final = ("fbl@", "feedbackloop@", "feedback-loop@", "feedback.loop@")
"""Of programmes that enclose the mail complained of and no report."""
_RETURNED_TYPES: Final = frozenset(
    {"message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "text/rfc822-header"}
)
_NAMES_FOLLOW: Final = (
    "did not reach the following", "no ha llegado a", "n'est pas parvenu", "hat einige oder alle",
    "non ha raggiunto", "não atingiu",
)  # fmt: skip
_NOTIFIERS: Final = ("sns.amazonaws.com", "amazonses.com")


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject in lower case.

    Attributes:
        words: without `Re:`, `Fwd:` and list tags in front.
        answers: had one of those in front, except tags.
    """

    words: str
    answers: bool


def subject_of(value: str) -> Subject:
    """The subject, taken apart."""
    words = value[:300].lower().replace("\u2019", "'").strip()
    answers = False
    for _ in range(8):
        head, colon, rest = words.partition(":")
        if not colon:
            head, colon, rest = words.partition("\uff1a")
        if not colon or len(head) > 12 or head.split("[")[0].strip(" 0123456789()*") not in ANSWER_PREFIXES:
            break
        words, answers = rest.strip(), True
    return Subject(words, answers)


def report_kind(mail: Mail, subject: Subject, *, null_sender: bool) -> str | None:
    """`bounce`, `dsn`, `feedback`, … of a mail that is a report by its structure; None: it is none."""
    kind = mail.header("content-type").lower()
    formal = "multipart/report" in kind
    if not formal and not mail.files and not _may_notify(mail):
        return None
    if _complains(mail, kind, formal=formal, null_sender=null_sender):
        return "feedback"
    receipt = any(file.content_type == "message/disposition-notification" for file in mail.files[:20])
    if formal and (receipt or ("report-type" in kind and "delivery-status" not in kind and not status_files(mail))):
        return _receipt_kind(mail, subject)
    if not formal and _may_notify(mail) and (notification := notification_in(mail)) is not None:
        return {"bounce": "bounce", "complaint": "feedback", "deliverydelay": "dsn", "delivery": "dsn"}.get(
            kind_of(notification), "auto-generated"
        )
    statuses = status_files(mail) if mail.files else []
    if not formal and not (statuses and _is_machines(mail, statuses, subject, null_sender=null_sender)):
        return None
    return _status_kind(mail, statuses, subject)


def _receipt_kind(mail: Mail, subject: Subject) -> str:
    """Of a receipt (RFC 8098) or a report of another kind, or on TLS. Sieve's `reject` refuses mail by a receipt."""
    if daemon_certainty(mail) and any(phrase in subject.words for phrase in BOUNCE_SUBJECTS):
        return "bounce"
    return "auto-replied" if mail.header("auto-submitted").lower().startswith("auto-replied") else "auto-generated"


def is_notice(mail: Mail, subject: Subject, *, null_sender: bool, automatic: bool) -> bool:
    """Whether a mail without a delivery status is a server's notice: two of sender, subject and text must say so."""
    daemon = daemon_certainty(mail)
    if daemon == 0 and not null_sender and subject.answers:
        return False
    if subject.answers and daemon < 2 and not null_sender:
        return False
    if any(name in mail.headers for name in _FAILED_HEADERS) and (daemon or null_sender or automatic):
        return True
    titled = subject.words.startswith(BOUNCE_SUBJECTS) or (any(phrase in subject.words for phrase in BOUNCE_SUBJECTS))
    if not (daemon or null_sender or titled):
        return False
    if is_typed(mail) and not null_sender and daemon < 2:
        return False
    postmaster = daemon == 1 and not is_named_postmaster(mail)
    opens, says = _text_tells(mail, _OPENING_LINES if null_sender or daemon == 2 else 1 + postmaster)
    if daemon == 2:
        return not subject.answers or null_sender or titled or says
    if null_sender:
        return titled or (says and (opens or daemon == 1))
    # Left are the postmaster, who may be a person, and machines with names of their own: everything must agree.
    # People write something before what they quote, servers hardly a heading.
    if not (titled and (opens or says) and (postmaster or (opens and says))):
        return False
    if automatic:
        return True
    if greets_or_quotes(mail) or asks(mail) or not (daemon == 1 or sounds_like_machine(mail)):
        return False
    return _names_failure(mail, MENTIONED if postmaster and opens else REFUSED)


def notice_kind(mail: Mail, subject: Subject) -> str:
    """`bounce`, or `dsn` where the notice says that the mail was delayed or arrived."""
    text = mail.text[:OPENING_LIMIT_CHARS] if mail.text else (mail.texts[0] if mail.texts else "")
    return "dsn" if tells_success(subject.words, text) or tells_delay(subject.words, text) else "bounce"


def _may_notify(mail: Mail) -> bool:
    return any(sender.address.lower().endswith(_NOTIFIERS) for sender in mail.senders)


def _complains(mail: Mail, kind: str, *, formal: bool, null_sender: bool) -> bool:
    if formal and "feedback-report" in kind:
        return True
    if any(name in mail.headers for name in ("x-hmxmroriginalrecipient",)):
        return True
    kinds = {file.content_type for file in mail.files[:20]}
    if kinds & _RETURNED_TYPES and any(sender.address.lower().startswith(_LOOP_SENDERS) for sender in mail.senders):
        return not is_typed(mail)
    if (
        mail.header("subject").lower().startswith(_COMPLAINT_SUBJECT)
        and "message/rfc822" in kinds
        and not is_typed(mail)
    ):
        return any(sender.address.lower().startswith(_COMPLAINT_SENDERS) for sender in mail.senders)
    enclosed = "message/feedback-report" in kinds
    return enclosed and (formal or null_sender or not is_typed(mail))


def _status_kind(mail: Mail, statuses: list[File], subject: Subject) -> str:
    actions = {group.action for file in statuses[:5] for group in groups_in(decoded(file.content))}
    if "failed" in actions:
        return "bounce"
    if "delayed" in actions or actions & {"delivered", "relayed", "expanded"}:
        return "dsn"
    return notice_kind(mail, subject)


def _is_machines(mail: Mail, statuses: list[File], subject: Subject, *, null_sender: bool) -> bool:
    """Whether a mail with a delivery status in it is a server's own: people attach bounces that puzzle them."""
    if null_sender or daemon_certainty(mail) == 2:
        return True
    if subject.answers or is_typed(mail) or "in-reply-to" in mail.headers:
        return False
    if daemon_certainty(mail):
        return True
    if all(file.content_type == "message/rfc822" for file in statuses):
        return False  # a whole bounce, enclosed by somebody who got it
    return any(phrase in subject.words for phrase in BOUNCE_SUBJECTS) and not greets_or_quotes(mail)


def _names_failure(mail: Mail, certainty: int) -> bool:
    """Whether a notice says who was not reached, in one of the ways that servers do, or has the mail with it."""
    if any(file.content_type == "message/rfc822" for file in mail.files[:20]):
        return True
    own = frozenset(mailbox.address.lower() for mailbox in (*mail.to[:20], *mail.senders[:5]))
    text = mail.text or "".join(mail.texts[:1])
    failures = failures_in(notice_lines(text), own)
    if any(failure.kind >= certainty for failure in failures):
        return True
    # Exchange 5.5 names people by their display names, and addresses only where it says whom the mail was to.
    return bool(failures) and any(phrase in text[:OPENING_LIMIT_CHARS].lower() for phrase in _NAMES_FOLLOW)


def _text_tells(mail: Mail, lines: int) -> tuple[bool, bool]:
    """Whether the text opens as a notice does, and whether it says somewhere near its beginning what one says."""
    opening = opening_of(mail)
    text = (mail.text or (mail.texts[0] if mail.texts else ""))[:OPENING_LIMIT_CHARS].lower().replace("\u2019", "'")
    opens = any(line.strip("-*=_ ").startswith(BOUNCE_OPENINGS) for line in opening[:lines])
    return opens, any(phrase in text for phrase in BOUNCE_SENTENCES)
