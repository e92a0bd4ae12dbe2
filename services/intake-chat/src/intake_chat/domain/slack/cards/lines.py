"""What a ticket's history says in the thread of its card: one line for each step, a customer's words quoted.

What somebody wrote in the thread itself is not said again, and neither is what only changes how the card looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from intake_chat.domain.slack.cards.card import marked, quoted
from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.mrkdwn import escaped, inert, shown_name
from intake_chat.domain.slack.words import clock_word
from ventanilla_contracts.undelivered_text import why_undelivered

Json = dict[str, Any]
METADATA: Final = "ventanilla_line"
_LONGEST_LINE: Final = 300
_LONGEST_NOTICE: Final = 150
_LONGEST_WORDS: Final = 2_800
_MOST_FILES: Final = 10
_FROM_SLACK: Final = "slack:"
_MOVES: Final = {"ticket.escalated": "escalated", "ticket.de_escalated": "de_escalated", "ticket.returned": "returned"}
_JOINED: Final = frozenset({"ticket.merged", "ticket.merged_in", "ticket.unmerged", "ticket.merged_out"})
_CLOCK_LINES: Final = {"service_level.warned": "warned", "service_level.breached": "breached"}
_SPOKEN: Final = frozenset({"ticket.created", "message.added", "message.appended"})
FAILED: Final = "notification.failed"
"""What the desk said to the customer did not arrive, and never will."""
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


@dataclass(frozen=True, slots=True)
class Company:
    """Who is named in lines.

    Attributes:
        names: handle → name, as people read it.
        mention: who has the ticket, as Slack mentions them; "" for nobody, or somebody who is not in Slack.
        page: where the whole ticket can be read; "" for nowhere.
        teams: handle → name of the team, as people read it.
    """

    names: Mapping[str, str]
    mention: str = ""
    page: str = ""
    teams: Mapping[str, str] = field(default_factory=dict)

    def who(self, actor: str, language: str) -> str:
        """Whoever did something, escaped."""
        kind, _, handle = actor.partition(":")
        if kind == "agent":
            return self.name(handle)
        return card_word("who.customer" if kind in ("customer", "aside", "automatic") else "who.desk", language)

    def name(self, handle: str) -> str:
        """An agent's name, escaped."""
        return inert(shown_name(self.names.get(handle) or handle))

    def team(self, handle: str) -> str:
        """A team's name, escaped."""
        return inert(shown_name(self.teams.get(handle) or handle))

    def other(self, number: int | str, language: str) -> str:
        """A link to all that was said in another ticket, as Slack's words; "" without a page."""
        pages = self.page.rpartition("/")[0]
        return f"<{pages}/{number}|{card_word('whole', language)}>" if pages else ""

    def whole(self, message: str, language: str) -> str:
        """A link to the whole of what was cut, as Slack's words; "" without a page."""
        anchor = f"#m-{message}" if message else ""
        return f"<{self.page}{anchor}|{card_word('whole', language)}>" if self.page else ""


def message_of(entry: Mapping[str, Any]) -> str:
    """Id of the message that an entry of the history is about; "" for none."""
    return str((entry.get("detail") or {}).get("message") or "")


def agents_in(entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """Handles of the agents whom entries of a history name."""
    found = {entry["actor"].partition(":")[2] for entry in entries if entry["actor"].startswith("agent:")}
    for entry in entries:
        detail = entry.get("detail") or {}
        if detail.get("field") == "assignee":
            found |= {str(value) for value in (detail.get("old"), detail.get("new")) if value}
        if entry["action"] == "ticket.assigned" and detail.get("assignee"):
            found.add(str(detail["assignee"]))
    return found


def teams_in(entries: Sequence[Mapping[str, Any]]) -> set[str]:
    """Handles of the teams that entries of a history name."""
    found = set()
    for entry in entries:
        detail = entry.get("detail") or {}
        if entry["action"] in _MOVES:
            found |= {str(detail[end]["team"]) for end in ("from", "to") if (detail.get(end) or {}).get("team")}
        elif detail.get("field") == "team":
            found |= {str(value) for value in (detail.get("old"), detail.get("new")) if value}
    return found


def handed_on(entries: Sequence[Json]) -> list[Json]:
    """The last step that took a ticket to another team, with the note of it; none: there is no such step."""
    found: list[Json] = []
    for entry in entries:
        detail = entry.get("detail") or {}
        if entry["action"] in _MOVES or (
            entry["action"] == "ticket.changed" and detail.get("field") == "team" and not _is_of_a_move(entry)
        ):
            found = [entry]
        elif entry["action"] == "note.added" and detail.get("handover"):
            found = [*found[-1:], entry]
    return found


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
    if action in _SPOKEN:
        return None if message is None else spoken_line(entry["actor"], message, company, language)
    if action == "reply.sent" and message is not None:
        return _said("line.replied", entry, message, company, language)
    if action == "note.added" and message is not None and not _stands_there(entry, detail):
        return _said("line.note", entry, message, company, language)
    if action in (FAILED, NOT_REVISED):
        return _failed_line(entry, message, company, language)
    if text := _step(action, entry, detail, company, language):
        return Line(text, [_section(text)])
    return None


def _stands_there(entry: Mapping[str, Any], detail: Mapping[str, Any]) -> bool:
    """Whether a note was written in the thread. What a dialog makes of one says in its detail what for."""
    return str(entry.get("via") or "").startswith(_FROM_SLACK) and not detail.keys() - {"message", "via"}


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
    if FILES_MISSING in (message.get("notes") or ()):
        more.append(card_word("line.files_missing", language))
    if names := [str(file["filename"]) for file in message.get("attachments") or ()][:_MOST_FILES]:
        more.append(card_word("line.files", language, names=", ".join(names)))
    if more:
        blocks.append(_small(_cut(" · ".join(more), 1_000)))
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
    """That something did not arrive; whoever has the ticket is called, for nobody else would say it again."""
    key = "line.failed"
    if entry["action"] == NOT_REVISED:
        key = "line.not_taken" if (entry.get("detail") or {}).get("kind") == "deleted" else "line.not_edited"
    text = card_word(key, language, why=inert(why_undelivered(str(entry.get("why") or ""), language)))
    blocks = [_section(f"{company.mention} {text}".lstrip())]
    if message is not None:
        words = " ".join(str(message.get("reply_text") or message.get("text") or "").split())
        blocks.append(_small(_cut(words, _LONGEST_LINE) or "—"))
    return Line(text, blocks)


def _said(key: str, entry: Mapping[str, Any], message: Mapping[str, Any], company: Company, language: str) -> Line:
    words = " ".join(str(message.get("reply_text") or message.get("text") or "").split())
    name = company.who(entry["actor"], language)
    text = card_word(key, language, name=name, text=inert(_cut(words, _LONGEST_LINE)))
    link = company.whole(str(message["id"]), language) if len(words) > _LONGEST_LINE else ""
    return Line(text, [_section(f"{text} {link}".rstrip())], str(message["id"]))


def _step(action: str, entry: Mapping[str, Any], detail: Mapping[str, Any], company: Company, language: str) -> str:
    name = company.who(entry["actor"], language)
    if action in _MOVES:
        old, new = (company.team(str((detail.get(end) or {}).get("team", "?"))) for end in ("from", "to"))
        text = card_word(f"line.{_MOVES[action]}", language, name=name, old=old, new=new)
        why = _cut(" ".join(str(entry.get("why") or "").split()), _LONGEST_LINE)
        return f"{text} {card_word('line.why', language, why=inert(why))}" if why else text
    if action in _CLOCK_LINES:
        due = _moment(detail.get("due_at"))
        clock = _clock(str(detail.get("clock", "")), language)
        return card_word(f"line.{_CLOCK_LINES[action]}", language, clock=clock, due=due)
    if action == "ticket.assigned" and detail.get("assignee"):
        return card_word("line.assigned", language, new=company.name(str(detail["assignee"])))
    if action in _JOINED:
        number = detail.get("into") or detail.get("from") or detail.get("ticket")
        return _joined(action, name, str(number), company, language) if number else ""
    if action != "ticket.changed" or (_is_of_a_move(entry) and not _is_given(detail)):
        return ""
    return _field_step(detail, name, company, language)


def _joined(action: str, name: str, number: str, company: Company, language: str) -> str:
    """That two tickets are one from now on, or no more, with a link to what is said in the other."""
    text = card_word(f"line.{action.partition('.')[2]}", language, name=name, number=escaped(number))
    return f"{text} {company.other(number, language)}".rstrip() if number.isdigit() else text


def _is_of_a_move(entry: Mapping[str, Any]) -> bool:
    """Whether a change belongs to a handover, which has a line of its own."""
    return str(entry.get("why") or "").partition(";")[0] in _MOVES.values()


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
