"""All the ways to read a bounce, the most certain first: delivery status, JSON, fields in the text, prose, headers."""

from typing import Final

from intake_email.domain.bounces.limits import BOUNCE_LIMIT, TEXT_LIMIT_CHARS
from intake_email.domain.bounces.notices import notice_lines
from intake_email.domain.bounces.notifications import notification_in, notified_bounces
from intake_email.domain.bounces.originals import original_of
from intake_email.domain.bounces.prose import ALONE, PRESENT, Failure, failures_in, logins_in
from intake_email.domain.bounces.reasons import reason_of
from intake_email.domain.bounces.recipients import addresses_in
from intake_email.domain.bounces.records import ARRIVED, DELAYED, FAILED, Bounce
from intake_email.domain.bounces.replies import Notice, one_line
from intake_email.domain.bounces.reports import Group, decoded, groups_in, status_files
from intake_email.domain.bounces.statuses import better_status, status_in
from intake_email.domain.bounces.tenses import tells_delay, tells_success
from intake_email.domain.mail import Mail

_FAILED_HEADERS: Final = ("x-failed-recipients", "x-failed-recipient", "x-bounced-recipient", "x-bounce-recipient")
_JUDGED_FULLY: Final = 5
_ABOUT_LIMIT_CHARS: Final = 4_000


def bounces_of(mail: Mail) -> tuple[Bounce, ...]:
    """The recipients that a mail did not reach or not yet, at most a hundred, in the order of the bounce.

    Recipients that the same report says were reached are left out.

    Args:
        mail: one that `automation_of` calls a bounce or a dsn.
    """
    groups = [group for file in status_files(mail)[:5] for group in groups_in(decoded(file.content))]
    if not groups:
        notification = notification_in(mail)
        if notification is not None and (notified := notified_bounces(notification)):
            return tuple(notified)
        texts = [text[:TEXT_LIMIT_CHARS] for text in mail.texts[:4]]
        groups = [group for text in texts if "final-recipient:" in text.lower() for group in groups_in(text)]
    lost = [group for group in groups if group.action not in ARRIVED]
    found = _reported(mail, lost)
    if found or (groups and not lost):
        return tuple(found[:BOUNCE_LIMIT])
    if tells_success(mail.header("subject"), mail.text or "".join(mail.texts[:1])):
        return ()
    return tuple(_told(mail)[:BOUNCE_LIMIT])


def _reported(mail: Mail, groups: list[Group]) -> list[Bounce]:
    """The bounces of a delivery status, with the notice's words where the status says less than it should."""
    if any(group.action == FAILED for group in groups):
        groups = [group for group in groups if group.action in (FAILED, "")]
    notice: list[Failure] | None = None
    found: dict[str, Bounce] = {}
    for group in groups:
        diagnostic = one_line(group.diagnostic)
        told: Failure | None = None
        if group.recipient is None or not diagnostic or better_status(group.status, diagnostic) is None:
            notice = _notice_failures(mail) if notice is None else notice
            told = _about(mail, notice, group.recipient, alone=len(groups) == 1)
        recipient = group.recipient or _recipient_of(mail, group, told, alone=len(groups) == 1)
        if not recipient:
            continue
        words, besides = (told.words, " ".join(told.lines[:40])) if told else ("", "")
        comment = one_line(group.fields.get("status", ""))
        status = better_status(group.status, diagnostic or words)
        reason = reason_of(status, diagnostic or words or comment, words, besides, comment)
        bounce = Bounce(recipient, status, reason, diagnostic or words or comment, group.action or FAILED)
        found.setdefault(recipient.lower(), bounce)
    return list(found.values())


def _recipient_of(mail: Mail, group: Group, told: Failure | None, *, alone: bool) -> str:
    """Who failed where the delivery status names a login only."""
    if told is not None and told.kind >= ALONE:
        return told.recipient
    written_to = original_of(mail).recipient if alone else None
    return written_to or (told.recipient if told else group.login)


def _about(mail: Mail, failures: list[Failure], recipient: str | None, *, alone: bool) -> Failure | None:
    """What the notice says of a recipient of the report."""
    for failure in failures:
        if recipient is not None and failure.recipient.lower() == recipient.lower():
            return failure
    if failures and (alone or len(failures) == 1):
        return failures[0]
    if recipient is None or not alone or not (texts := _texts(mail)):
        return None
    lines = notice_lines(texts[0])
    return Failure(recipient, PRESENT, lines, Notice(tuple(lines)).words_about(recipient, lines, alone=True))


def _notice_failures(mail: Mail) -> list[Failure]:
    """The recipients in the words of the notice, whichever part has them."""
    own = frozenset(mailbox.address.lower() for mailbox in (*mail.to[:20], *mail.senders[:5]))
    best: list[Failure] = []
    for text in _texts(mail):
        failures = failures_in(notice_lines(text), own)
        if failures and failures[0].kind > PRESENT:
            return failures
        best = best or failures
    return best


def _texts(mail: Mail) -> list[str]:
    texts = [text for text in mail.texts[:4] if text.strip()]
    if not texts and mail.text.strip():  # HTML only
        texts = [mail.text]
    # InterMail calls its notice a delivery status as well.
    statuses = [decoded(file.content) for file in mail.files[:5] if file.content_type == "message/delivery-status"]
    return texts + [text for text in statuses if "@" in text and "-mta:" not in text.lower() and not groups_in(text)]


def _told(mail: Mail) -> list[Bounce]:
    """The bounces of a mail without a delivery status."""
    texts = _texts(mail)
    failures = _notice_failures(mail)
    listed = [address for name in _FAILED_HEADERS for address in addresses_in(mail.header(name)[:4_000])]
    known = {address.lower() for address in listed}
    if known & {failure.recipient.lower() for failure in failures}:
        failures = [failure for failure in failures if failure.recipient.lower() in known]
    elif listed:
        notice = Notice(tuple(notice_lines(texts[0]) if texts else ()))
        failures = [
            Failure(address, ALONE, [], notice.words_about(address, [], alone=True))
            for address in listed[:BOUNCE_LIMIT]
        ]
    if not failures:
        failures = _assumed(mail, texts)
    subject = mail.header("subject")
    action = DELAYED if tells_delay(subject, texts[0] if texts else "") else FAILED
    # What the notice says besides is about everybody in it, and where those are many it is not worth the time.
    besides = (
        (subject, " ".join(notice_lines(texts[0])[:60])) if texts and len(failures) <= _JUDGED_FULLY else (subject,)
    )
    return [_bounce(failure, action, besides) for failure in failures]


def _assumed(mail: Mail, texts: list[str]) -> list[Failure]:
    """Where the notice names nobody: the subject's address, or whom the returned mail was written to."""
    lines = notice_lines(texts[0]) if texts else []
    domain = mail.senders[0].address.partition("@")[2] if mail.senders else ""
    recipients = (
        addresses_in(mail.header("subject")[:1_000])
        or [f"{login}@{domain}" for login in logins_in(lines) if domain]
        or [original_of(mail).recipient or ""]
    )
    notice = Notice(tuple(lines))
    return [
        Failure(recipient, PRESENT, lines, notice.words_about(recipient, lines, alone=True))
        for recipient in recipients
        if recipient
    ]


def _bounce(failure: Failure, action: str, besides: tuple[str, ...]) -> Bounce:
    about = " ".join(failure.lines[:40])
    status = status_in(failure.words) or status_in(about[:_ABOUT_LIMIT_CHARS])
    reason = reason_of(status, failure.words, about, *besides)
    return Bounce(failure.recipient, status, reason, failure.words, action)
