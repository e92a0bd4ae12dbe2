"""What a ticket's history says in the thread of its card: one line for each step, a customer's words quoted.

What somebody wrote in the thread itself is not said again, and neither is what only changes how the card looks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from intake_chat.domain.slack.cards.card import marked, quoted
from intake_chat.domain.slack.cards.company import MOVES, TEAM_RETIRED, Company
from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.mrkdwn import escaped, inert, shown_name
from intake_chat.domain.slack.words import clock_word
from ventanilla_contracts.history_text import said_of
from ventanilla_contracts.undelivered_text import why_undelivered

Json = dict[str, Any]
METADATA: Final = "ventanilla_line"
_LONGEST_LINE: Final = 300
_LONGEST_NOTICE: Final = 150
_LONGEST_WORDS: Final = 2_800
_MOST_FILES: Final = 10
_FROM_SLACK: Final = "slack:"
_SPLIT: Final = "ticket.split"
_JOINED: Final = frozenset({"ticket.merged", "ticket.merged_in", "ticket.unmerged", "ticket.merged_out"})
LISTED, UNLISTED = "sender.listed", "sender.unlisted"
_LISTED: Final = frozenset({LISTED, UNLISTED})
_OF_TICKET: Final = re.compile(r"#\d+: ")
"""The dialog writes before the reason which ticket a block is about: in that ticket's thread it goes without saying."""
SPAM: Final = "spam"
TURN: Final = "turn"
"""In the detail of a change of status: that the ticket became spam by it, or is none after all."""
_SNOOZED: Final = "ticket.snoozed"
_SNOOZE_OVER: Final = "its snooze is over"
"""The reason that the desk gives for opening it then."""
_VERIFYING: Final = {"requester.verified": "verified", "verification.failed": "not_verified"}
_CALLED_BACK: Final = frozenset(
    {"callback.scheduled", "callback.talked", "callback.unreached", "callback.failed", "callback.withdrawn"}
)
"""What agents want to know of a callback, in the words of the history."""
_CLOCK_LINES: Final = {"service_level.warned": "warned", "service_level.breached": "breached"}
SPOKEN: Final = frozenset({"ticket.created", "message.added", "message.appended"})
"""Entries that say that a customer has written."""
FAILED: Final = "notification.failed"
"""What the desk said to the customer did not arrive, and never will."""
FALLBACK: Final = "notification.fallback"
"""What did not arrive went out again by another way to the same customer."""
UNREAD: Final = "notification.unread"
"""It stands where others read it, and whom it is for does not any more."""
NOT_REVISED: Final = "revision.failed"
"""The customer still reads what an answer said before it was edited or taken back."""
FILES_MISSING: Final = "attachments_cut"
"""The note on a message some of whose files were too large, or too many."""
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


def handed_on(entries: Sequence[Json]) -> list[Json]:
    """The last step that took a ticket to another team, with the note of it; none: there is no such step."""
    found: list[Json] = []
    for entry in entries:
        detail = entry.get("detail") or {}
        if entry["action"] in MOVES or (
            entry["action"] == "ticket.changed" and detail.get("field") == "team" and not _is_of_a_move(entry)
        ):
            found = [entry]
        elif entry["action"] == "note.added" and detail.get("handover"):
            found = [*found[-1:], entry]
    return found


def with_spam(entries: Sequence[Json]) -> list[Json]:
    """The same entries, in which a change of status says in its detail whether it means that a ticket is spam.

    Of one change each field is an entry: what it meant only the tags tell, which came and went at the same moment.
    """
    turns = {
        (entry.get("at"), entry["actor"]): turn
        for entry in entries
        if entry["action"] == "ticket.changed" and (turn := _spam_turn(entry.get("detail") or {}))
    }
    return [
        {**entry, "detail": {**entry["detail"], TURN: meant}}
        if (entry.get("detail") or {}).get("field") == "status"
        and (meant := turns.get((entry.get("at"), entry["actor"])))
        else entry
        for entry in entries
    ]


def _spam_turn(detail: Mapping[str, Any]) -> str:
    """Whether a ticket gets the tag of spam (`spam`), or loses it (`not_spam`); "" for neither."""
    if detail.get("field") != "tags":
        return ""
    was, is_ = (SPAM in (detail.get(end) or ()) for end in ("old", "new"))
    return "" if was == is_ else "spam" if is_ else "not_spam"


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
    if action in (FAILED, NOT_REVISED, UNREAD):
        return _failed_line(entry, message, company, language)
    if text := _step(action, entry, detail, company, language):
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
    """A customer's message, as theirs; whoever has the ticket is called."""
    kind = actor if actor in ("automatic", "aside") else "customer"
    title = card_word(f"line.{kind}", language)
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
    return Line(escaped(_cut(f"{title}: {words}", _LONGEST_NOTICE)), blocks, str(message["id"]))


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
    """That something did not arrive or is not read; whoever has the ticket is called: nobody else says it again."""
    key = "line.unread" if entry["action"] == UNREAD else "line.failed"
    if entry["action"] == NOT_REVISED:
        key = "line.not_taken" if (entry.get("detail") or {}).get("kind") == "deleted" else "line.not_edited"
    text = card_word(key, language, why=inert(why_undelivered(str(entry.get("why") or ""), language)))
    blocks = [_section(f"{company.mention} {text}".lstrip())]
    if message is not None:
        words = " ".join(str(message.get("reply_text") or message.get("text") or "").split())
        blocks.append(_small(_cut(words, _LONGEST_LINE) or "—"))
    return Line(text, blocks)


def _fallback_line(entry: Mapping[str, Any], detail: Mapping[str, Any], language: str) -> Line:
    """That something went another way, as it did not arrive: nobody has to do anything, so nobody is called."""
    failed, medium = (_medium(str(detail.get(name) or ""), language) for name in ("failed", "medium"))
    why = why_undelivered(str(entry.get("why") or ""), language).rstrip(".")
    masked = _cut(str(detail.get("masked") or "?"), _LONGEST_NOTICE)
    values = {"failed": failed, "medium": medium, "masked": inert(masked), "why": inert(why)}
    text = card_word("line.fallback", language, **values)
    return Line(text, [_section(text)])


def _medium(name: str, language: str) -> str:
    return card_word(f"medium.{name}", language) if name in ("sms", "whatsapp", "email") else inert(name or "?")


def _said(key: str, entry: Mapping[str, Any], message: Mapping[str, Any], company: Company, language: str) -> Line:
    words = " ".join(str(message.get("reply_text") or message.get("text") or "").split())
    name = company.who(entry["actor"], language)
    text = card_word(key, language, name=name, text=inert(_cut(words, _LONGEST_LINE)))
    link = company.whole(str(message["id"]), language) if len(words) > _LONGEST_LINE else ""
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
    return said


def _below(said: Sequence[str]) -> list[Json]:
    return [_small(_cut(" · ".join(said), 1_000))] if said else []


def _step(action: str, entry: Mapping[str, Any], detail: Mapping[str, Any], company: Company, language: str) -> str:
    name = company.who(entry["actor"], language)
    if action in MOVES:
        old, new = (company.team(str((detail.get(end) or {}).get("team", "?"))) for end in ("from", "to"))
        text = card_word(f"line.{MOVES[action]}", language, name=name, old=old, new=new)
        return _with_why(text, str(entry.get("why") or ""), language)
    if action in _CLOCK_LINES:
        due = _moment(detail.get("due_at"))
        clock = _clock(str(detail.get("clock", "")), language)
        return card_word(f"line.{_CLOCK_LINES[action]}", language, clock=clock, due=due)
    if action == TEAM_RETIRED:
        return card_word("line.team_retired", language, team=company.team(str(detail.get("team", "?"))))
    if action == "ticket.assigned" and detail.get("assignee"):
        return card_word("line.assigned", language, new=company.name(str(detail["assignee"])))
    if action in _CALLED_BACK:
        said = said_of(entry, language).sentence
        told = (inert(one) if isinstance(one, str) else _moment(one.isoformat()) for one in said)
        return re.sub(r" +(?=[.,;:])", "", " ".join(told))
    if action in _VERIFYING:
        shown = inert(_cut(str(detail.get("shown") or "?"), _LONGEST_NOTICE))
        return card_word(f"line.{_VERIFYING[action]}", language, name=name, shown=shown)
    if action in _LISTED:
        return _listed(action, entry, detail, name, language)
    if action == _SNOOZED:
        text = card_word("line.snoozed", language, until=_moment(detail.get("until")))
        return _with_why(text, str(entry.get("why") or ""), language)
    if action == _SPLIT:
        return _split(entry, detail, name, company, language)
    if action in _JOINED:
        number = detail.get("into") or detail.get("from") or detail.get("ticket")
        return _joined(action, name, str(number), company, language) if number else ""
    if action != "ticket.changed" or (_is_of_a_move(entry) and not _is_given(detail)):
        return ""
    if turn := detail.get(TURN):
        return _with_why(card_word(f"line.{turn}", language, name=name), str(entry.get("why") or ""), language)
    if entry.get("why") == _SNOOZE_OVER and detail.get("field") == "status":
        return f"{company.mention} {card_word('line.snooze_over', language)}".lstrip()
    return _field_step(detail, name, company, language)


def _listed(action: str, entry: Mapping[str, Any], detail: Mapping[str, Any], name: str, language: str) -> str:
    """That whoever wrote the ticket is blocked, or no more, and what that means. Of what is let through for good the
    history alone tells.
    """
    if detail.get("allowed") or not (sender := _cut(str(detail.get("sender") or ""), _LONGEST_LINE)):
        return ""
    if "/" in sender:  # an id of Slack's tells nobody anything
        sender = card_word("who.author", language)
    if action == UNLISTED:
        return card_word("line.unblocked", language, name=name, sender=inert(sender))
    until = detail.get("listed_until")
    key = "line.blocked.until" if until else "line.blocked"
    text = card_word(key, language, name=name, sender=inert(sender), until=_moment(until))
    return _with_why(text, _OF_TICKET.sub("", str(entry.get("why") or ""), count=1), language)


def _with_why(text: str, why: str, language: str) -> str:
    """A sentence with the reason that somebody gave for it."""
    given = _cut(" ".join(why.split()), _LONGEST_LINE)
    return f"{text} {card_word('line.why', language, why=inert(given))}" if given else text


def _joined(action: str, name: str, number: str, company: Company, language: str) -> str:
    """That two tickets are one from now on, or no more, with a link to what is said in the other."""
    text = card_word(f"line.{action.partition('.')[2]}", language, name=name, number=escaped(number))
    return f"{text} {company.other(number, language)}".rstrip() if number.isdigit() else text


def _split(entry: Mapping[str, Any], detail: Mapping[str, Any], name: str, company: Company, language: str) -> str:
    """That messages of this ticket, which the thread has been told of, are another ticket's from now on."""
    number, count = str(detail.get("to") or ""), len(detail.get("messages") or ())
    if not number.isdigit():
        return ""
    key = "line.split.one" if count == 1 else "line.split"
    text = card_word(key, language, name=name, number=number, count=str(count))
    return _with_why(f"{text} {company.other(number, language)}".rstrip(), str(entry.get("why") or ""), language)


def _is_of_a_move(entry: Mapping[str, Any]) -> bool:
    """Whether a change belongs to a handover, which has a line of its own."""
    return str(entry.get("why") or "").partition(";")[0] in MOVES.values()


def _is_given(detail: Mapping[str, Any]) -> bool:
    """Whether somebody has the ticket from now on."""
    return detail.get("field") == "assignee" and bool(detail.get("new"))


def _field_step(detail: Mapping[str, Any], name: str, company: Company, language: str) -> str:
    field, old, new = detail.get("field"), detail.get("old"), detail.get("new")
    if field == "assignee":
        new_name = company.name(str(new)) if new else ""
        return card_word("line.assigned", language, new=new_name) if new else card_word("line.unassigned", language)
    if field == "team":
        return card_word("line.team", language, old=company.team(str(old)), new=company.team(str(new)))
    if field == "status":
        words = {end: card_word(f"status.{value}", language) for end, value in (("old", old), ("new", new))}
        return card_word("line.status", language, name=name, **words)
    return ""


def _clock(clock: str, language: str) -> str:
    return escaped(clock_word(clock, language))


def _moment(at: object) -> str:
    """A time as Slack shows it in each reader's zone."""
    if not isinstance(at, str):
        return "?"
    moment = datetime.fromisoformat(at).astimezone(UTC)
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%Y-%m-%d %H:%M} UTC>"


def _section(text: str) -> Json:
    return {"type": "section", "text": marked(text)}


def _small(text: str) -> Json:
    return {"type": "context", "elements": [_plain(text)]}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
