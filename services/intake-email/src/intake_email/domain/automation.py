"""Telling a person's mail from what a machine sent, by what the mail says about itself (RFC 3834, 3464, 5965, 2919).

A person's mail that is taken for a bounce is lost to the agents, so that a bounce needs two witnesses: where it comes
from and what it says. Whoever forwards, quotes or asks about one is a person.
"""

from typing import Final

from intake_email.domain.automation_words import (
    AWAY_ASKS,
    AWAY_BEGINNINGS,
    AWAY_INSIDE,
    AWAY_STATES,
    AWAY_TIMES,
    AWAY_WHOLE,
    GENERATED_BEGINNINGS,
    GENERATED_HEADERS,
    LIST_HEADERS,
    REPLY_HEADERS,
    REPLY_MAILERS,
    REPLY_PRECEDENCES,
    SIEVE_PREFIX,
    SIEVE_WORDS,
)
from intake_email.domain.bounces.kinds import Subject, is_notice, notice_kind, report_kind, subject_of
from intake_email.domain.mail import Mail

PERSON: Final = "no"
REPLIED: Final = "auto-replied"
GENERATED: Final = "auto-generated"
BOUNCE: Final = "bounce"
LIST: Final = "list"
FEEDBACK: Final = "feedback"
REPORT: Final = "dsn"
"""A report of delay or success: no mail was lost."""

_NULL_PATHS: Final = ("<>", "<mailer-daemon>", "mailer-daemon", "<#@[]>")
"""Sendmail's and Postfix's delivery agents write MAILER-DAEMON; qmail's double bounces have the last."""


def automation_of(mail: Mail, envelope_sender: str | None) -> str:
    """One of the words of `ventanilla_contracts.words.AUTOMATION`.

    Args:
        mail: the mail as it was read.
        envelope_sender: reverse path of the envelope, empty for the null sender; None if it is not known.
    """
    null_sender = envelope_sender == "" or (envelope_sender is None and _null_return_path(mail))
    subject = subject_of(mail.header("subject"))
    reported = report_kind(mail, subject, null_sender=null_sender)
    if reported is not None:
        return reported
    submitted = _submitted(mail)
    if _is_away(mail, subject):
        return REPLIED
    automatic = submitted.startswith("auto") or "x-fc-machinegenerated" in mail.headers
    if is_notice(mail, subject, null_sender=null_sender, automatic=automatic):
        return notice_kind(mail, subject)
    machine = _machine(mail, submitted)
    if machine is None and subject.words.startswith(GENERATED_BEGINNINGS) and not subject.answers:
        return GENERATED
    return machine or (REPLIED if null_sender else PERSON)


def _machine(mail: Mail, submitted: str) -> str | None:
    """Which machine sent a mail that reports nothing; None: a person did, as far as the mail says."""
    headers = mail.headers
    precedence = _first(mail, "precedence", "x-precedence", "preference")
    replies = submitted in ("auto-replied", "auto_replied") or precedence in REPLY_PRECEDENCES
    if replies or any(name in headers for name in REPLY_HEADERS) or _by_responder(mail):
        return REPLIED
    if submitted and submitted != "no":
        return GENERATED
    if precedence == "list" or any(name in headers for name in LIST_HEADERS):
        return LIST
    if precedence in ("bulk", "junk") or "list-unsubscribe" in headers or _suppresses_replies(mail):
        return GENERATED
    return GENERATED if any(name in headers for name in GENERATED_HEADERS) else None


def _is_away(mail: Mail, subject: Subject) -> bool:
    """Whether the subject alone is an absent reader's. What answers one (`Re: Automatic reply: …`) is a person's."""
    words = subject.words
    if subject.answers:
        return False
    if words.strip(" .!") in AWAY_WHOLE:
        return True
    if words.startswith(AWAY_BEGINNINGS):
        return _announces(words)
    if words.startswith(AWAY_STATES) and _tells_state(words):
        return True
    if words.startswith(SIEVE_PREFIX):
        return "in-reply-to" in mail.headers or any(word in words for word in SIEVE_WORDS)
    return any(phrase in words for phrase in AWAY_INSIDE) and not words.endswith("?")


def _announces(words: str) -> bool:
    """Whether what follows the announcement is the subject that is answered, and no question about announcements."""
    beginning = max((phrase for phrase in AWAY_BEGINNINGS if words.startswith(phrase)), key=len)
    rest = words[len(beginning) :].lstrip(" )]\u3011")
    if not beginning[-1].isalnum() or not rest or not rest[0].isalnum():
        return True
    return not words.endswith(("?", "\uff1f")) and not any(word in rest for word in AWAY_ASKS)


def _tells_state(words: str) -> bool:
    """Whether a subject says of its writer to be away, and nothing besides but until when."""
    for state in AWAY_STATES:
        if words.startswith(state):
            rest = words[len(state) :]
            if not rest.strip(" .!") or rest.startswith(AWAY_TIMES):
                return True
    return False


def _submitted(mail: Mail) -> str:
    """The value of Auto-Submitted without comments and parameters."""
    return mail.header("auto-submitted").partition(";")[0].partition("(")[0].strip().lower()


def _null_return_path(mail: Mail) -> bool:
    """Whether the server that delivered the mail wrote down the null sender, in one of the ways that servers do."""
    return mail.header("return-path").replace(" ", "").lower() in _NULL_PATHS


def _by_responder(mail: Mail) -> bool:
    """Whether the program that sent the mail answers by itself: by its name, or as mail servers say it."""
    if _first(mail, "x-autogenerated") == "reply" or _first(mail, "x-apple-action") == "vacation":
        return True
    if _first(mail, "delivered-to") == "autoresponder" or "autoresponder" in _first(mail, "x-post-messageclass"):
        return True
    mailer = mail.header("x-mailer").lower()
    return bool(mailer) and any(word in mailer for word in REPLY_MAILERS)


def _first(mail: Mail, *names: str) -> str:
    """The first of some headers that a mail has, in lower case."""
    return next((mail.headers[name][0].strip().lower() for name in names if mail.headers.get(name)), "")


def _suppresses_replies(mail: Mail) -> bool:
    """Exchange's wish not to be answered by machines; machines have it, people's mail may only suppress receipts."""
    wishes = {wish.strip().lower() for wish in mail.header("x-auto-response-suppress").split(",")}
    return bool(wishes & {"all", "oof", "autoreply"})
