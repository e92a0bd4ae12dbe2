"""From what a customer said in Slack to the desk's event."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from intake_chat.domain.slack.events import Revised, Said
from intake_chat.domain.slack.mrkdwn import Names, plain_text, safe_html, seen_line
from intake_chat.domain.slack.places import time_of
from ventanilla_contracts.events import (
    HTML_LIMIT_CHARS,
    TEXT_LIMIT_CHARS,
    Attachment,
    MessageReceived,
    MessageRevised,
    Party,
    Threading,
)
from ventanilla_contracts.ids import event_id
from ventanilla_contracts.parts import Authentication

CHANNEL: Final = "slack"
_LONGEST_SUBJECT: Final = 120
_LONGEST_MAIL: Final = 320
_DIRECT: Final = "D"
"""Slack's ids of direct messages begin with it."""
_NAMELESS: Final = {"es": "Mensaje de Slack", "en": "Message from Slack"}


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of somebody in Slack.

    Attributes:
        language: of their Slack, as a BCP 47 code of two letters; None: not known.
        guest: of the workspace, or from another one.
        full: with all rights of a member: neither a guest, a bot, a stranger nor somebody who has left.
        team: the workspace that they belong to; "" where it is not known.
        organisation: to whose workspace they belong, of somebody who is not of ours.
    """

    name: str = ""
    mail: str | None = None
    mail_confirmed: bool = False
    language: str | None = None
    guest: bool = False
    deleted: bool = False
    team: str = ""
    organisation: str = ""
    full: bool = False

    @property
    def shown(self) -> str:
        """Their name, with where they are from if it is not here."""
        return f"{self.name} ({self.organisation})".strip() if self.organisation else self.name


@dataclass(frozen=True, slots=True)
class Fetched:
    """The files of a message: those that the desk has, and words about those that it has not."""

    attachments: Sequence[Attachment] = ()
    missing: Sequence[str] = field(default=())


def received_id(said: Said) -> str:
    """Id of the event that a message becomes."""
    return event_id(MessageReceived.type, f"{CHANNEL}/{said.source_id}")


def received(said: Said, profile: Profile, names: Names, files: Fetched = Fetched()) -> MessageReceived:
    """The event for a message of a customer. The same message always makes the same id."""
    text = _without_nul(plain_text(said.text, names))
    html = _without_nul(safe_html(said.text, names)) if said.text else None
    conversation = str(said.where)
    return MessageReceived(
        id=received_id(said),
        channel=CHANNEL,
        account=said.where.account,
        sent_at=time_of(said.ts),
        sender=Party(address=str(said.author), name=profile.shown[:200]),
        subject=_subject(text, files, profile.language),
        text=text[:TEXT_LIMIT_CHARS],
        text_cut=len(text) > TEXT_LIMIT_CHARS,
        html_body=html if html and len(html) <= HTML_LIMIT_CHARS else None,
        language=profile.language,
        threading=Threading(
            message_id=said.source_id,
            in_reply_to=conversation if said.reply else None,
            conversation=conversation,
        ),
        automation="auto-generated" if said.machine else "no",
        authentication=Authentication(
            grade="claimed" if said.machine else "verified",
            detail=_signed(said, profile),
            member_mail=_member_mail(said, profile),
        ),
        attachments=tuple(files.attachments),
        defects=tuple(files.missing)[:50],
    )


def revision(revised: Revised, names: Names, at: datetime) -> MessageRevised:
    """The event for an edit, or for a message that was taken back. The same revision always makes the same id.

    Args:
        at: when it was accepted: for what Slack names no time of, which is what only the history tells was deleted.
    """
    text = "" if revised.text is None else _without_nul(plain_text(revised.text, names))
    return MessageRevised(
        id=event_id(MessageRevised.type, f"{CHANNEL}/{revised.source_id}"),
        channel=CHANNEL,
        account=revised.where.account,
        message_id=f"{revised.where.account}/{revised.ts}",
        revision=revised.revision,
        kind="deleted" if revised.text is None else "edited",
        author=str(revised.author),
        text=text[:TEXT_LIMIT_CHARS],
        text_cut=len(text) > TEXT_LIMIT_CHARS,
        subject=_first_line(text),
        revised_at=revised.at or at,
    )


def _signed(said: Said, profile: Profile) -> str:
    """Slack vouches for people of other workspaces as for ours; which one it is stands beside it."""
    if said.author.team == said.where.team:
        return "signed by Slack"
    return f"signed by Slack; of {profile.organisation or '?'} ({said.author.team})"[:200]


def _member_mail(said: Said, profile: Profile) -> str | None:
    """The address by which the desk may know its own agent; None: it proves nobody, or nobody needs to know it.

    An agent answers where somebody else has asked: below a message, and in no direct conversation with the app. What
    the desk has to be told is not whether this is an agent, which it knows itself and may come to know later than we
    read the message: a desk that is away keeps no customer's words waiting. Where Slack did not tell who wrote within
    the reader's patience, nothing is proven, and the words are those of somebody in the thread.
    """
    if said.machine or not said.reply or said.where.channel.startswith(_DIRECT):
        return None
    # What the event says of the author's workspace is checked against what Slack says of the user.
    ours = said.author.team == profile.team == said.where.team
    proves = ours and profile.full and profile.mail_confirmed and profile.mail and "@" in profile.mail
    return profile.mail if proves and len(profile.mail or "") <= _LONGEST_MAIL else None


def _subject(text: str, files: Fetched, language: str | None) -> str:
    """The first line, cut between words; or the first file's name."""
    named = seen_line(files.attachments[0].filename) if files.attachments else ""
    return _first_line(text) or _cut(named) or _NAMELESS.get(language or "", _NAMELESS["en"])


def _first_line(text: str) -> str:
    lines = (seen_line(line.lstrip("> ")) for line in text.splitlines())  # of a quotation, what is quoted
    return _cut(next(filter(None, lines), ""))


def _cut(line: str) -> str:
    if len(line) <= _LONGEST_SUBJECT:
        return line
    return line[:_LONGEST_SUBJECT].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _without_nul(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
