"""A mail, understood: whose it is, what it says, what is new in it, and what kind of mail it is.

The one place that asks all the others. The service makes an event of the result (`normalise`), and the command
`intake-email parse` prints it (`described`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from intake_email.domain.automation import automation_of
from intake_email.domain.bounces import Bounce, Original, bounces_of, original_of
from intake_email.domain.html_clean import clean_html
from intake_email.domain.identities import author_of, in_reply_to, message_id, references
from intake_email.domain.mail import File, Mail, Mailbox
from intake_email.domain.mime.reading import read_mail
from intake_email.domain.quoting import written_text
from intake_email.domain.tnef import unpacked
from intake_email.domain.words import clean_line, clean_text

TEXT_LIMIT_CHARS = 256 * 1024
FILE_LIMIT = 200
HTML_NOT_SHOWN = "html_not_shown"
RETURNED = frozenset({"bounce", "dsn"})
LanguageOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Understood:
    """What a mail says.

    Attributes:
        text: the whole message, at most `TEXT_LIMIT_CHARS`.
        reply_text: what of it is newly written.
        html: safe to show; references to attached pictures still by content id.
        bounces: for a bounce or a delivery report, one for each recipient.
        original: which mail came back.
    """

    mail: Mail
    author: Mailbox
    message_id: str | None
    in_reply_to: str | None
    references: list[str]
    subject: str
    text: str
    text_cut: bool
    reply_text: str
    html: str | None
    language: str | None
    automation: str
    bounces: tuple[Bounce, ...] = ()
    original: Original | None = None
    files: tuple[File, ...] = ()
    defects: tuple[str, ...] = ()


def understand(raw: bytes, envelope_sender: str | None, language_of: LanguageOf) -> Understood:
    """Read a mail.

    Args:
        raw: as it was received.
        envelope_sender: reverse path; empty for the null sender, None if it is not known.
        language_of: tells the BCP 47 code of a text, or None.
    """
    mail = unpacked(read_mail(raw))
    defects = list(mail.defects)
    whole = clean_text(mail.text[: 2 * TEXT_LIMIT_CHARS])
    text = whole[:TEXT_LIMIT_CHARS]
    reply = written_text(text, mail.html if mail.from_html else None)
    html = clean_html(mail.html) if mail.html is not None else None
    if mail.html is not None and html is None and mail.html.strip():
        defects.append(HTML_NOT_SHOWN)
    files = mail.files
    if len(files) > FILE_LIMIT:
        defects.append("attachments_cut")
    automation = automation_of(mail, envelope_sender)
    returned = automation in RETURNED
    subject = next((line for value in mail.headers.get("subject", ()) if (line := clean_line(value))), "")
    return Understood(
        mail=replace(mail, files=files[:FILE_LIMIT]),
        author=author_of(mail),
        message_id=message_id(mail),
        in_reply_to=in_reply_to(mail) if "in-reply-to" in mail.headers else None,
        references=references(mail) if "references" in mail.headers else [],
        subject=subject,
        text=text,
        text_cut=len(whole) > TEXT_LIMIT_CHARS,
        reply_text=reply,
        html=html,
        language=language_of(reply or text) or (language_of(f"{subject}\n{text}") if subject else None),
        automation=automation,
        bounces=bounces_of(mail) if returned else (),
        original=original_of(mail) if returned or automation == "feedback" else None,
        files=tuple(files[:FILE_LIMIT]),
        defects=tuple(dict.fromkeys(defects)),
    )
