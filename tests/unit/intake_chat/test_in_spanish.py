"""No English in the middle of Spanish: every surface is made of Spanish words written in other letters.

Whatever still stands there in plain letters came past the tables of words: a key, a value, a sentence of the desk's.
"""

import html
import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from intake_chat.domain.slack import interaction_words, words
from intake_chat.domain.slack.cards import words as card_words
from intake_chat.domain.slack.cards.card import Seen, card, moved_card
from intake_chat.domain.slack.cards.lines import Company, line_of
from intake_chat.domain.slack.dialog_answers import loading
from intake_chat.domain.slack.dialogs import history_words
from intake_chat.domain.slack.dialogs import words as dialog_words
from intake_chat.domain.slack.dialogs.history import view as history_view
from intake_chat.domain.slack.dialogs.leafing import Leaf
from intake_chat.domain.slack.dialogs.refusals import in_words
from intake_chat.domain.slack.entry.asking import ask_dialog, customer_home
from intake_chat.domain.slack.entry.command_answers import help_for, listed
from intake_chat.domain.slack.entry.new_ticket import new_ticket_dialog
from intake_chat.domain.slack.home import view as home
from intake_chat.domain.slack.home import words as home_words
from intake_chat.domain.slack.home.capacity import capacity_dialog
from intake_chat.domain.slack.presses import dialogs as presses
from intake_chat.domain.slack.presses import words as press_words
from intake_chat.domain.slack.replies import words as reply_words
from intake_chat.domain.slack.replies.composer import composer_for, composer_view
from tests.unit.contracts.history_examples import EXAMPLES
from tests.unit.intake_chat.dialogs.builders import Json, entry, message, ticket
from tests.unit.intake_chat.dialogs.test_views import DIALOGS
from tests.unit.intake_chat.test_home import AT, item, seen
from ventanilla_contracts import history_reasons, history_text, history_values, undelivered_text
from ventanilla_contracts.history_reasons import reason_said

TABLES: tuple[Any, ...] = (
    words._WORDS, card_words._WORDS, dialog_words._WORDS, history_words.HISTORY_WORDS, home_words._WORDS,
    interaction_words._WORDS, press_words._WORDS, reply_words._WORDS, undelivered_text._WORDS,
    history_reasons._STOPPED, history_reasons._BOUNCED,
)  # fmt: skip
OTHERS = str.maketrans(string.ascii_letters, "".join(chr(ord(letter) + 0xFEE0) for letter in string.ascii_letters))
DATA = frozenset(
    {
        "Desde", "ayer", "No", "no", "puedo", "entrar", "nadie", "entra", "Ana", "Otra", "Oferta", "soporte", "desk",
        "example", "cliente", "first", "line", "billing", "noches", "standard", "default", "por", "esto", "hola",
        "Hola", "todos", "channel", "Eva", "Ruiz", "eva", "tom", "Tom", "UTC", "min", "Slack", "SMS", "WhatsApp",
        "API", "App", "Home", "network", "net", "va", "boom", "es", "urgent", "pager", "gold", "vip", "wifi", "Wifi",
        "technical", "Un", "cable", "Nada", "gone",
    }
)  # fmt: skip
"""What people wrote and named in what is shown here; units and names that are the same in both languages."""
SLACKS_OWN = re.compile(r"<[^<>]*>|`[^`]*`|#\d+|[\w.+-]+@[\w.-]+|https?://\S+|:[a-z_]+:")
HISTORY = (
    "ticket.created", "ticket.changed", "ticket.assigned", "ticket.escalated", "ticket.de_escalated", "ticket.returned",
    "ticket.merged", "ticket.merged_in", "ticket.snoozed", "ticket.linked", "ticket.split", "message.added",
    "message.edited", "message.deleted", "note.added", "reply.sent", "reply.recalled", "reply.unsent",
    "notification.failed", "revision.failed", "service_level.begun", "service_level.warned", "service_level.breached",
    "service_level.recalculated", "acknowledgement.sent", "acknowledgement.withheld", "requester.changed",
    "participants.added", "participants.removed", "ladder.started", "ladder.step", "ladder.stopped",
    "page.acknowledged", "update.promised", "customer.told", "agents.told", "team.unknown", "policy.unknown",
)  # fmt: skip


@pytest.fixture(autouse=True)
def other_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in TABLES:
        for key, (spanish, english) in table.items():
            monkeypatch.setitem(table, key, (written_otherwise(spanish), english))
    for name in ("_KNOWN", "_REFUSED"):
        reasons = getattr(history_reasons, name)
        otherwise = [(pattern, written_otherwise(spanish), english) for pattern, spanish, english in reasons]
        monkeypatch.setattr(history_reasons, name, otherwise)
    spanish_words = {key: written_otherwise(text) for key, text in history_text.words_of("es").items()}
    monkeypatch.setitem(history_values._SOMEBODY, "es", written_otherwise(history_values._SOMEBODY["es"]))
    monkeypatch.setattr(history_text, "_texts", {"es": spanish_words}.__getitem__)


def written_otherwise(spanish: str) -> str:
    """The same without plain letters, but for blanks, commands and links."""
    parts = re.split(r"(\{\w*\}|`[^`]*`|<[^<>|]*\||:[a-z_]+:)", spanish)
    return "".join(part if place % 2 else part.translate(OTHERS) for place, part in enumerate(parts))


def shown(part: Any) -> Iterator[str]:
    """Every text that somebody reads."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for each in part:
            yield from shown(each)
    elif isinstance(part, Mapping):
        for name, value in part.items():
            if name == "text" or (isinstance(value, Mapping | list) and name != "dispatch_action_config"):
                yield from shown(value)


def english_in(view: Any) -> set[str]:
    said = " ".join(html.unescape(SLACKS_OWN.sub(" ", text)) for text in shown(view))
    return {word for word in re.findall(r"[A-Za-z_]{2,}", said) if word not in DATA}


def agent_home() -> Json:
    pages = {view: {"items": [item(7)], "next": "more"} for view in home.VIEWS}
    return home.home(seen(pages, **dict.fromkeys(home.VIEWS, 3)), "es", AT)


def homes_of_those_without_work() -> list[Json]:
    whys = ("away", "busy", "absent", "outside working hours", "retired", None)
    return [home.home(replace(seen(), load={"takes_work": False, "why_not": why}), "es", AT) for why in whys]


def card_of(status: str) -> Json:
    clock = {"state": "running", "due_at": "2026-11-27T15:00:00+00:00"}
    level = dict.fromkeys(("first_response", "next_response", "resolution", "update"), clock)
    shown_ticket = ticket(status=status, service_level={**level, "resolution": {**clock, "state": "breached_open"}})
    similar = [{"number": 9, "subject": "Otra", "resolution": "Desde ayer", "page": None}]
    made = card(Seen(shown_ticket, "hola", "por esto", None, "https://desk.example/1", similar), "es")
    return {"text": made.text, "blocks": made.blocks}


def thread_lines() -> list[Json]:
    company = Company({"eva": "Eva Ruiz"}, page="https://desk.example/1")
    details = {
        "ticket.changed": {"field": "status", "old": "new", "new": "pending"},
        "ticket.escalated": {"from": {"team": "net", "tier": "1"}, "to": {"team": "network", "tier": "2"}},
        "service_level.warned": {"clock": "first_response", "due_at": "2026-11-27T15:00:00+00:00"},
        "service_level.breached": {"clock": "tier:2", "due_at": "2026-11-27T15:00:00+00:00"},
        "ticket.merged": {"into": 9}, "ticket.merged_in": {"number": 9}, "ticket.assigned": {"assignee": "eva"},
    }  # fmt: skip
    made = []
    for action in HISTORY:
        one = entry(1, action=action, detail=details.get(action, {}), via="page:x")
        if action in ("notification.failed", "revision.failed"):
            one |= {"why": "is_archived: Slack refused chat.postMessage: is_archived", "actor": "desk"}
        if line := line_of(one, message("note" if action == "note.added" else "customer", "hola"), company, "es"):
            made.append({"text": line.text, "blocks": line.blocks})
    return made


def dialogs_of_presses() -> list[Json]:
    agents = [{"name": "Eva Ruiz", "handle": "eva"}]
    views = [presses.assign_view(ticket(), found, "es") for found in (agents, [])]
    return [*views, *(make(ticket(), "es") for make in (
        presses.priority_view, presses.snooze_view, presses.solve_view, presses.spam_view))]  # fmt: skip


def all_of_the_history() -> list[Json]:
    """Each thing that can happen, with each detail and reason that the desk itself gives."""
    whys = ("escalated; had it before", "returned; network (40% of what they can hold)", "nobody answered",
               "its time is over", "eva is not there", "released from quarantine", "nobody is paged at night",
               "of 9, which was merged", "mail to this address comes back")  # fmt: skip
    names = {"agents": {"tom": "Tom", "eva": "Eva"}, "teams": {}, "people": {}}
    entries = [
        entry(1, action=action, detail=detail, names=names)
        for action, details in EXAMPLES.items()
        for detail in details
    ]
    entries += [entry(3, why=why, detail=EXAMPLES["ticket.snoozed"][0], action="ticket.snoozed") for why in whys]
    entries += [entry(4, action="notification.failed", actor="desk", via="", why="is_archived: x", detail={})]
    return [
        history_view(Leaf(4711, page), entries, "es", "https://desk.example/1")
        for page in range(len(entries) // 20 + 1)
    ]


SURFACES: dict[str, Callable[[], Any]] = {
    **{f"dialog {name}": (lambda make=make: make("Desde ayer", "es", 3)) for name, make in DIALOGS.items()
       if name not in ("history", "told")},
    "dialog history": all_of_the_history,
    "dialogs of presses": dialogs_of_presses,
    "loading": lambda: loading("es"),
    "App Home": agent_home,
    "App Home without work": homes_of_those_without_work,
    "App Home while the desk is away": lambda: home.unreachable(home.Choice(), "es"),
    "App Home of a customer": lambda: [customer_home(found, "es") for found in (None, [], [ticket()])],
    "dialog of /ticket": lambda: ask_dialog("es"),
    "dialog of /desk new": lambda: new_ticket_dialog("es"),
    "capacity": lambda: capacity_dialog({"email": 3}, "es"),
    "help": lambda: [help_for(one, "es") for one in ("", "find", "queue", "assign", "solve", "unknown")],
    "lists": lambda: listed("hola", [item(7)], "es", "https://desk.example/", more=True),
    "cards": lambda: [card_of(one) for one in ("new", "open", "pending", "on_hold", "solved", "closed")],
    "a card that moved": lambda: moved_card(ticket(), "C1", "es").blocks,
    "lines below a card": thread_lines,
    "composer": lambda: composer_view(composer_for(ticket(), "x"), "es"),
}  # fmt: skip


@pytest.mark.parametrize("make", SURFACES.values(), ids=SURFACES)
def test_nothing_stands_in_plain_letters_but_what_people_wrote(make: Callable[[], Any]) -> None:
    view = make()

    assert list(shown(view))
    assert english_in(view) == set()


def test_english_that_came_past_the_tables_is_seen() -> None:
    view = {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Ｅｓｔａｄｏ:* on_hold <@U1|Tom>"}}]}

    assert english_in(view) == {"on_hold"}


def test_help_in_spanish_is_in_the_words_that_the_command_knows() -> None:
    told = str(help_for("", "es")["text"])

    assert not re.search(r"/desk (find|mine|queue|assign|solve|new|help)\b", told)
    assert "/desk busca" in told


@pytest.mark.parametrize("why", ["it was merged into 9", "it is solved", "by turns", "nobody acknowledged"])
def test_reasons_of_the_desk_are_spanish_for_spanish_readers_and_as_they_are_for_others(why: str) -> None:
    assert reason_said("x", why, "es") != why
    assert reason_said("x", why, "en") == why


def test_a_reason_that_somebody_gave_is_theirs() -> None:
    assert reason_said("ticket.changed", "the printer is on fire", "es") == "the printer is on fire"


def test_a_refusal_that_nobody_has_translated_is_framed_in_spanish() -> None:
    assert in_words("refused", "/x: the moon is full", "es") == "«The moon is full.» (lo dice la mesa en inglés)"
    assert in_words("refused", "the moon is full", "en") == "The moon is full."
    assert in_words("refused", "", "es") == "La mesa no dice por qué."
