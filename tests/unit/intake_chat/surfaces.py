"""All that people see in Slack, made in a language: for tests that look for words of the other one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from intake_chat.domain.slack.calls import pop, wrap_up
from intake_chat.domain.slack.calls.heard import Call
from intake_chat.domain.slack.cards.card import Seen, card, moved_card
from intake_chat.domain.slack.cards.company import Company
from intake_chat.domain.slack.cards.lines import line_of
from intake_chat.domain.slack.dialog_answers import loading
from intake_chat.domain.slack.dialogs.history import view as history_view
from intake_chat.domain.slack.dialogs.leafing import Leaf
from intake_chat.domain.slack.entry.asking import ask_dialog, customer_home
from intake_chat.domain.slack.entry.command_answers import help_for, listed
from intake_chat.domain.slack.entry.new_ticket import new_ticket_dialog
from intake_chat.domain.slack.home import view as home
from intake_chat.domain.slack.home.capacity import capacity_dialog
from intake_chat.domain.slack.presses import dialogs as presses
from intake_chat.domain.slack.replies.composer import composer_for, composer_view
from tests.unit.contracts.history_examples import EXAMPLES
from tests.unit.intake_chat.dialogs.builders import Json, entry, message, ticket
from tests.unit.intake_chat.dialogs.test_views import DIALOGS
from tests.unit.intake_chat.test_home import AT, item, seen
from ventanilla_contracts.words import STATUSES

HISTORY = (
    "ticket.created", "ticket.changed", "ticket.assigned", "ticket.escalated", "ticket.de_escalated", "ticket.returned",
    "ticket.merged", "ticket.merged_in", "ticket.snoozed", "ticket.linked", "ticket.split", "message.added",
    "message.edited", "message.deleted", "note.added", "reply.sent", "reply.recalled", "reply.unsent",
    "notification.failed", "notification.fallback",
    "revision.failed", "service_level.begun", "service_level.warned", "service_level.breached",
    "service_level.recalculated", "acknowledgement.sent", "acknowledgement.withheld", "requester.changed",
    "participants.added", "participants.removed", "ladder.started", "ladder.step", "ladder.stopped",
    "page.acknowledged", "update.promised", "customer.told", "agents.told", "team.unknown", "policy.unknown",
    "team.retired",
)  # fmt: skip


def agent_home(language: str) -> Json:
    pages = {view: {"items": [item(7)], "next": "more"} for view in home.VIEWS}
    return home.home(seen(pages, **dict.fromkeys(home.VIEWS, 3)), language, AT)


def homes_of_those_without_work(language: str) -> list[Json]:
    whys = ("away", "busy", "absent", "outside working hours", "retired", None)
    return [home.home(replace(seen(), load={"takes_work": False, "why_not": why}), language, AT) for why in whys]


def card_of(status: str, language: str) -> Json:
    clock = {"state": "running", "due_at": "2026-11-27T15:00:00+00:00"}
    level = dict.fromkeys(("first_response", "next_response", "resolution", "update"), clock)
    shown_ticket = ticket(status=status, service_level={**level, "resolution": {**clock, "state": "breached_open"}})
    similar = [{"number": 9, "subject": "Otra", "resolution": "Desde ayer", "page": None}]
    made = card(Seen(shown_ticket, "hola", "por esto", None, "https://desk.example/1", similar), language)
    return {"text": made.text, "blocks": made.blocks}


def thread_lines(language: str) -> list[Json]:
    company = Company({"eva": "Eva Ruiz"}, page="https://desk.example/1")
    details = {
        "ticket.changed": {"field": "status", "old": "new", "new": "pending"},
        "ticket.escalated": {"from": {"team": "net", "tier": "1"}, "to": {"team": "network", "tier": "2"}},
        "service_level.warned": {"clock": "first_response", "due_at": "2026-11-27T15:00:00+00:00"},
        "service_level.breached": {"clock": "tier:2", "due_at": "2026-11-27T15:00:00+00:00"},
        "notification.fallback": {"failed": "sms", "medium": "email", "masked": "a***@c.example"},
        "ticket.merged": {"into": 9}, "ticket.merged_in": {"number": 9}, "ticket.assigned": {"assignee": "eva"},
    }  # fmt: skip
    made = []
    for action in HISTORY:
        one = entry(1, action=action, detail=details.get(action, {}), via="page:x")
        if action in ("notification.failed", "revision.failed"):
            one |= {"why": "is_archived: Slack refused chat.postMessage: is_archived", "actor": "desk"}
        if line := line_of(one, message("note" if action == "note.added" else "customer", "hola"), company, language):
            made.append({"text": line.text, "blocks": line.blocks})
    return made


def dialogs_of_presses(language: str) -> list[Json]:
    agents = [{"name": "Eva Ruiz", "handle": "eva"}]
    views = [presses.assign_view(ticket(), found, language) for found in (agents, [])]
    return [*views, *(make(ticket(), language) for make in (
        presses.priority_view, presses.snooze_view, presses.solve_view, presses.spam_view))]  # fmt: skip


def all_of_the_history(language: str) -> list[Json]:
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
        history_view(Leaf(4711, page), entries, language, "https://desk.example/1")
        for page in range(len(entries) // 20 + 1)
    ]


def calls(language: str) -> list[Json]:
    """A call in each of its states, of callers whom the desk knows, does not, or cannot; and what is asked after it."""
    company = pop.Company("first-line", "Eva Ruiz")
    shown, page = [], "https://desk.example/{}".format
    for number, name in (("+34600111222", "Ana"), ("+34600111222", ""), ("", "Ana"), ("", "")):
        call = Call("waiting", 0.0, "first-line", number, name, "es", 7, (7, 9))
        for state, agent in (("waiting", ""), ("answered", "eva"), ("over", "eva"), ("over", "")):
            told = replace(call, state=state, agent=agent, waited=21, talked=200)
            untimed = replace(told, waited=None, talked=None)
            shown += [pop.pop_card(one, 0, company, page, language) for one in (told, untimed)]
        asked = (replace(call, talked=200), call)
        shown += [wrap_up.ask_card(one, "t", 7, page, language, agent=by) for one in asked for by in ("", "Eva Ruiz")]
    shown += [pop.pop_card(call, 7, company, page, language), wrap_up.noted_card(7, "Eva Ruiz", page, language)]
    notes = [wrap_up.note_view(ticket(), "t", language, asked=one) for one in (ticket()["number"], 8)]
    return [*({"text": one.text, "blocks": one.blocks} for one in shown), *notes]


SURFACES: dict[str, Callable[[str], Any]] = {
    **{f"dialog {name}": (lambda language, make=make: make("Desde ayer", language, 3)) for name, make in DIALOGS.items()
       if name not in ("history", "told")},
    "dialog history": all_of_the_history,
    "dialogs of presses": dialogs_of_presses,
    "loading": loading,
    "App Home": agent_home,
    "App Home without work": homes_of_those_without_work,
    "App Home while the desk is away": lambda language: home.unreachable(home.Choice(), language),
    "App Home of a customer": lambda language: [customer_home(found, language) for found in (None, [], [ticket()])],
    "dialog of /ticket": ask_dialog,
    "dialog of /desk new": new_ticket_dialog,
    "capacity": lambda language: capacity_dialog({"email": 3}, language),
    "help": lambda language: [help_for(one, language) for one in ("", "find", "queue", "assign", "solve", "unknown")],
    "lists": lambda language: listed("hola", [item(7)], language, "https://desk.example/", more=True),
    "cards": lambda language: [card_of(one, language) for one in STATUSES],
    "a card that moved": lambda language: moved_card(ticket(), "C1", language).blocks,
    "lines below a card": thread_lines,
    "calls": calls,
    "composer": lambda language: composer_view(composer_for(ticket(), "x"), language),
}  # fmt: skip
