"""What a ticket's history says in the thread of its card: one line for each step, a customer's words quoted.

What somebody wrote in the thread itself is not said again, and neither is what only changes how the card looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from intake_chat.domain.slack.cards.card import marked, quoted
from intake_chat.domain.slack.cards.company import Company
from intake_chat.domain.slack.cards.steps import LONGEST_LINE, LONGEST_NOTICE, cut, step_of
from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.mrkdwn import escaped, inert, shown_name
from ventanilla_contracts.history_text import dangerous_files
from ventanilla_contracts.undelivered_text import why_undelivered

Json = dict[str, Any]
METADATA: Final = "ventanilla_line"
_LONGEST_WORDS: Final = 2_800
_MOST_FILES: Final = 10
_FROM_SLACK: Final = "slack:"
SPOKEN: Final = frozenset({"ticket.created", "message.added", "message.appended"})
"""Entries that say that a customer has written."""
FAILED: Final = "notification.failed"
"""What the desk said to the customer did not arrive, and never will."""
FALLBACK: Final = "notification.fallback"
"""What did not arrive went out again by another way to the same customer."""
UNREAD: Final = "notification.unread"
"""It stands where others read it, and whom it is for does not any more."""
TEMPLATE: Final = "notification.template"
"""A template went in place of its words."""
NOT_REVISED: Final = "revision.failed"
"""The customer still reads what an answer said before it was edited or taken back."""
FILES_MISSING: Final = "attachments_cut"
"""The note on a message some of whose files were too large, or too many."""
CALL_TAKEN: Final = "call.taken"
"""An agent talked with whoever called: the message is the log of what they know."""
_VOICE: Final = "voice"
REVISED: Final = frozenset({"message.edited", "message.deleted"})
"""What is done to a message that the thread has been told of."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message in the thread; `text` is for notifications and screen readers.

    Attributes:
        message: id of the ticket's message that it shows, where it shows one.
    """

    text: str
    blocks: list[Json]
    message: str = ""


def message_of(entry: Mapping[str, Any]) -> str:
    """Id of the message that an entry of the history is about; "" for none."""
    return str((entry.get("detail") or {}).get("message") or "")


def talked_with(entries: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Message that is the log of a call → handle of the agent who talked there."""
    return {message_of(one): str(one["actor"]).partition(":")[2] for one in entries if one["action"] == CALL_TAKEN}


def with_before(line: Line, before: str, company: Company, language: str) -> Line:
    """The first line below a new card, with where to read what was said before there was this card.

    Args:
        before: the channel in which the card stood; one that is no channel of Slack is not named.
    """
    words = card_word("line.before", language, channel=before) if before.isupper() else ""
    text = " ".join(filter(None, (words, company.whole("", language))))
    return replace(line, blocks=[{"type": "context", "elements": [marked(text)]}, *line.blocks]) if text else line


def line_of(
    entry: Mapping[str, Any], message: Mapping[str, Any] | None, company: Company, language: str
) -> Line | None:
    """What the thread is told of an entry of the history; None: nothing.

    Args:
        message: the message that the entry is about, where it still belongs to the ticket.
    """
    action, detail = entry["action"], entry.get("detail") or {}
    if action in SPOKEN:
        return None if message is None else spoken_line(entry["actor"], message, company, language)
    if action == "reply.sent" and message is not None:
        return _said("line.replied", entry, message, company, language)
    if action == "note.added" and message is not None and not _stands_there(entry, detail, company.thread):
        return _said("line.note", entry, message, company, language)
    if action == FALLBACK:
        return _fallback_line(entry, detail, language)
    if action in (FAILED, NOT_REVISED, UNREAD, TEMPLATE):
        return _failed_line(entry, message, company, language)
    if text := step_of(entry, company, language):
        return Line(text, [_section(text)])
    return None


def _stands_there(entry: Mapping[str, Any], detail: Mapping[str, Any], thread: str) -> bool:
    """Whether a note was written in the thread. What a dialog makes of one says in its detail what for.

    Below a card that has moved a note stands where the team that has the ticket now does not look.
    """
    if not str(entry.get("via") or "").startswith(_FROM_SLACK) or detail.keys() - {"message", "via", "thread"}:
        return False
    return str(detail.get("thread") or thread) == thread


def spoken_line(actor: str, message: Mapping[str, Any], company: Company, language: str) -> Line:
    """A customer's message as theirs, or the log of their call; whoever has the ticket is called."""
    kind = actor if actor in ("automatic", "aside") else "customer"
    key = kind
    if message.get("channel") == _VOICE:  # nobody wrote that
        key = "call_aside" if kind == "aside" else "call"
    title = card_word(f"line.{key}", language)
    name = str((message.get("author") or {}).get("name") or "")
    first = f"*{title}*" + (f" ({inert(shown_name(name))})" if name else "")
    if company.mention and kind != "automatic":
        first = f"{company.mention} {first}"
    if message.get("deleted_at"):
        text = card_word("line.deleted", language)
        return Line(text, [_small(text)], str(message["id"]))
    words = str(message.get("reply_text") or message.get("text") or "")
    blocks = quoted(words, first)
    if len(words) > _LONGEST_WORDS and (link := company.whole(str(message["id"]), language)):
        blocks.append({"type": "context", "elements": [marked(link)]})
    more = [card_word("line.edited", language)] if message.get("edited_at") else []
    blocks += _below(more + _files(message, language))
    return Line(escaped(cut(f"{title}: {words}", LONGEST_NOTICE)), blocks, str(message["id"]))


def revised_line(entry: Mapping[str, Any], message: Mapping[str, Any], company: Company, language: str) -> Line | None:
    """What a message that the thread was told of says now; None where the thread shows none such."""
    if message["kind"] == "customer":
        return spoken_line("customer", message, replace(company, mention=""), language)
    if message["kind"] == "automatic":
        return spoken_line("automatic", message, company, language)
    if message["kind"] != "agent":
        return None
    if message.get("deleted_at"):
        text = card_word("line.deleted", language)
        return Line(text, [_small(text)], str(message["id"]))
    return _said("line.replied", entry, message, company, language)


def earlier_line(count: int, company: Company, language: str) -> Line:
    """That more has happened than the thread is told of."""
    text = card_word("line.earlier", language, count=str(count))
    block = _small(text)
    if link := company.whole("", language):
        block["elements"].append(marked(link))
    return Line(text, [block])


def _failed_line(entry: Mapping[str, Any], message: Mapping[str, Any] | None, company: Company, language: str) -> Line:
    """That something did not arrive or is not read; whoever has the ticket is called: nobody else says it again.

    Nobody is where a template went: the customer knows that there is news.
    """
    key = {UNREAD: "line.unread", TEMPLATE: "line.template"}.get(entry["action"], "line.failed")
    if entry["action"] == NOT_REVISED:
        key = "line.not_taken" if (entry.get("detail") or {}).get("kind") == "deleted" else "line.not_edited"
    text = card_word(key, language, why=inert(why_undelivered(str(entry.get("why") or ""), language)))
    called = "" if entry["action"] == TEMPLATE else company.mention
    blocks = [_section(f"{called} {text}".lstrip())]
    if message is not None:
        words = " ".join(str(message.get("reply_text") or message.get("text") or "").split())
        blocks.append(_small(cut(words, LONGEST_LINE) or "—"))
    return Line(text, blocks)


def _fallback_line(entry: Mapping[str, Any], detail: Mapping[str, Any], language: str) -> Line:
    """That something went another way, as it did not arrive: nobody has to do anything, so nobody is called."""
    failed, medium = (_medium(str(detail.get(name) or ""), language) for name in ("failed", "medium"))
    why = why_undelivered(str(entry.get("why") or ""), language).rstrip(".")
    masked = cut(str(detail.get("masked") or "?"), LONGEST_NOTICE)
    values = {"failed": failed, "medium": medium, "masked": inert(masked), "why": inert(why)}
    text = card_word("line.fallback", language, **values)
    return Line(text, [_section(text)])


def _medium(name: str, language: str) -> str:
    return card_word(f"medium.{name}", language) if name in ("sms", "whatsapp", "email") else inert(name or "?")


def _said(key: str, entry: Mapping[str, Any], message: Mapping[str, Any], company: Company, language: str) -> Line:
    words = " ".join(str(message.get("reply_text") or message.get("text") or "").split())
    name = company.who(entry["actor"], language)
    text = card_word(key, language, name=name, text=inert(cut(words, LONGEST_LINE)))
    link = company.whole(str(message["id"]), language) if len(words) > LONGEST_LINE else ""
    more = _files(message, language)
    notice = text if words else " ".join([text.rstrip(), *map(escaped, more)])
    return Line(notice, [_section(f"{text} {link}".rstrip()), *_below(more)], str(message["id"]))


def file_names(message: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the files of a message, as many as are shown."""
    return tuple(str(file["filename"]) for file in (message.get("attachments") or ())[:_MOST_FILES])


def _files(message: Mapping[str, Any], language: str) -> list[str]:
    """What there is to say of the files of a message: that there are some, and that one is missing."""
    said = []
    if FILES_MISSING in (message.get("notes") or ()):
        said.append(card_word("line.files_missing", language))
    if names := file_names(message):
        said.append(card_word("line.files", language, names=", ".join(names)))
    if harmful := dangerous_files(message.get("attachments") or (), language)[:_MOST_FILES]:
        said.append(card_word("line.files_dangerous", language, names=", ".join(harmful)))
    return said


def _below(said: Sequence[str]) -> list[Json]:
    return [_small(cut(" · ".join(said), 1_000))] if said else []


def _section(text: str) -> Json:
    return {"type": "section", "text": marked(text)}


def _small(text: str) -> Json:
    return {"type": "context", "elements": [_plain(text)]}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}
