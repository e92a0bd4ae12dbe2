"""What is done to a ticket, as the thread of its card says it: who has it, how it stands, where it goes on."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from intake_chat.domain.slack.cards.company import MOVES, TEAM_RETIRED, Company
from intake_chat.domain.slack.cards.words import card_word
from intake_chat.domain.slack.mrkdwn import escaped, inert
from intake_chat.domain.slack.words import clock_word
from ventanilla_contracts.history_text import said_of

Json = dict[str, Any]
LONGEST_LINE: Final = 300
LONGEST_NOTICE: Final = 150
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
    f"callback.{what}"
    for what in ("scheduled", "refused", "handed", "talked", "unreached", "failed", "served", "withdrawn")
)
"""What agents want to know of a callback, in the words of the history."""
_CLOCK_LINES: Final = {"service_level.warned": "warned", "service_level.breached": "breached"}


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


def step_of(entry: Mapping[str, Any], company: Company, language: str) -> str:
    """What was done, in mrkdwn; "" where the thread is not told of it."""
    action, detail = entry["action"], entry.get("detail") or {}
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
        shown = inert(cut(str(detail.get("shown") or "?"), LONGEST_NOTICE))
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
    if detail.get("allowed") or not (sender := cut(str(detail.get("sender") or ""), LONGEST_LINE)):
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
    given = cut(" ".join(why.split()), LONGEST_LINE)
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


def cut(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
