"""A ticket's history for people: everything that the ticket service writes is a sentence, in both languages."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import tickets
from tests.unit.contracts.history_examples import EXAMPLES, ID, WHYS, entry
from ventanilla_contracts.history_text import said_of, words_of

SOURCE = Path(tickets.__file__).parent
_WRITERS = {"HistoryRow", "Line", "_Line", "step_line", "note", "_note"}
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
_IN_SQL = re.compile(r"insert into history.*?from", re.DOTALL)
_FOR_MACHINES = re.compile(
    r"[{}\[\]\"]|\b\w+_\w+|[0-9a-f]{8}-[0-9a-f]{4}|\d{4}-\d\d-\d\dT|\b[TE][A-Z0-9]{4,}/U|agent:|\bNone\b|\bTrue\b|\bFalse\b"
)
_COMPUTED = {
    "handlers/settling/revise.py": {"message.edited", "message.deleted"},
    "domain/settling/unknown_names.py": {"team.unknown", "team.retired", "policy.unknown"},
    "domain/settling/bounces.py": {
        "mail.bounced",
        "mail.delayed",
        "mail.arrived",
        "address.stopped",
        "address.reached",
    },
    "handlers/working/escalate.py": {"ticket.escalated", "ticket.de_escalated", "ticket.returned"},
    "domain/callbacks/telling.py": {
        "callback.taken",
        "callback.talked",
        "callback.unreached",
        "callback.failed",
    },
    "handlers/settling/sender_list.py": {"sender.listed", "sender.unlisted"},
}
"""Modules that put an action together; a new one has to be told here."""
EVERY = [(action, detail) for action, details in EXAMPLES.items() for detail in details]


def shown(told: dict[str, Any], language: str) -> str:
    said = said_of(told, language)
    return f"{said.plain(lambda at: f'<{at.astimezone(UTC):%H:%M}>')} {said.why} {said.way}".strip()


def constants() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AnnAssign)
                else []
            )
            for target in targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                value = node.value  # type: ignore[attr-defined]  # of an assignment
                values = value.elts if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) else [value]
                for name, one in zip(names, values, strict=False):
                    if isinstance(name, ast.Name) and isinstance(one, ast.Constant) and isinstance(one.value, str):
                        found[f"{path.relative_to(SOURCE)}:{name.id}"] = one.value
                        found.setdefault(name.id, one.value)
    return found


def actions_written() -> set[str]:
    """Every action that the ticket service's source writes into a history."""
    known, found = constants(), set[str]()
    for path in SOURCE.rglob("*.py"):
        place = str(path.relative_to(SOURCE))
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in _WRITERS:
                continue
            for one in node.args:
                for part in ast.walk(one):
                    word = part.value if isinstance(part, ast.Constant) else None
                    if isinstance(part, ast.Name):
                        word = known.get(f"{place}:{part.id}") or known.get(part.id)
                    if isinstance(word, str) and _ACTION.fullmatch(word):
                        found.add(word)
        found |= _COMPUTED.get(place, set())
    for path in SOURCE.rglob("*.sql"):
        for statement in _IN_SQL.findall(path.read_text()):
            found |= {word for word in re.findall(r"'([^']+)'", statement) if _ACTION.fullmatch(word)}
    return found


def test_everything_that_the_ticket_service_writes_has_words_and_an_example() -> None:
    written = actions_written()

    assert len(written) > 45
    assert written - EXAMPLES.keys() == set()
    assert {action for action in EXAMPLES if action != "ticket.changed"} <= {
        key.removeprefix("did.") for key in words_of("es") if key.startswith("did.")
    }


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(("action", "detail"), EVERY)
def test_every_entry_is_a_sentence_without_signs_of_machines(
    action: str, detail: dict[str, Any], language: str
) -> None:
    said = shown(entry(action, detail), language)

    assert said[:1].isupper() or said[:1] in "<«“" or action == "address.reached"
    assert not _FOR_MACHINES.search(said), said
    assert "  " not in said


@pytest.mark.parametrize(("action", "detail"), EVERY)
def test_every_entry_says_something_else_in_the_other_language(action: str, detail: dict[str, Any]) -> None:
    assert shown(entry(action, detail), "es") != shown(entry(action, detail), "en")


@pytest.mark.parametrize("why", WHYS)
def test_a_reason_of_the_desk_is_words_in_both_languages(why: str) -> None:
    for language in ("es", "en"):
        assert not _FOR_MACHINES.search(
            said_of(entry("ticket.changed", {}, why=why), language).why.replace("urgent_words", "")
        )
    if why not in ("claimed", "given"):
        assert (
            said_of(entry("ticket.changed", {}, why=why), "es").why
            != said_of(entry("ticket.changed", {}, why=why), "en").why
        )


@pytest.mark.parametrize(
    ("action", "detail", "spanish", "english"),
    [
        ("ticket.changed", {"field": "status", "old": "new", "new": "pending"},
         "Tom Pérez cambió el estado de «nuevo» a «espera al cliente».",
         "Tom Pérez changed the status from new to waiting for the customer."),
        ("ticket.changed", {"field": "assignee", "old": None, "new": "eva"}, "Tom Pérez se la dio a Eva Ruiz.",
         "Tom Pérez gave it to Eva Ruiz."),
        ("ticket.changed", {"field": "assignee", "old": "eva", "new": "tom"},
         "Tom Pérez se la quedó; la llevaba Eva Ruiz.",
         "Tom Pérez took it over from Eva Ruiz."),
        ("ticket.changed", {"field": "tags", "old": ["a", "b"], "new": ["b", "c"]},
         "Tom Pérez añadió a las etiquetas: c; y quitó: a.", "Tom Pérez added to the tags: c; and removed: a."),
        ("ticket.escalated", EXAMPLES["ticket.escalated"][0],
         "Tom Pérez la escaló de Primera línea (nivel 1) a Equipo técnico (nivel 2).",
         "Tom Pérez escalated it from First line (tier 1) to Technical team (tier 2)."),
        ("ticket.snoozed", {"until": "2026-11-30T17:00:00+00:00"}, "Tom Pérez la apartó hasta <17:00>.",
         "Tom Pérez snoozed it until <17:00>."),
        ("participants.added", EXAMPLES["participants.added"][0],
         "Tom Pérez puso en copia a ana@c.example, Carmen Vidal y alguien en Slack.",
         "Tom Pérez put ana@c.example, Carmen Vidal and somebody in Slack in copy."),
        ("ticket.linked", {"ticket": 9, "kind": "caused_by", "direction": "out"},
         "Tom Pérez la relacionó con la #9, que la ha causado.", "Tom Pérez linked it with #9, which caused it."),
    ],
)  # fmt: skip
def test_an_entry_says_who_did_what_from_what_to_what(
    action: str, detail: dict[str, Any], spanish: str, english: str
) -> None:
    assert (shown(entry(action, detail), "es"), shown(entry(action, detail), "en")) == (spanish, english)


def test_what_nobody_has_words_for_is_said_plainly() -> None:
    told = entry(
        "moon.risen_up",
        {"some_thing": [1, None], "message": ID, "at_time": "2026-11-30T17:00:00Z", "deep": {"a_b": ID}},
        "desk",
    )

    assert shown(told, "es") == "La mesa: moon risen up. some thing: 1. at time: <17:00>."


def test_the_way_is_the_medium_and_never_an_address() -> None:
    assert said_of(entry("note.added", {}, via="slack:TBID/U1VAK"), "es").way == "Slack"
    assert said_of(entry("note.added", {}, via="moon:TBID/U1VAK"), "es").way == ""


def test_an_older_ticket_service_that_tells_no_names_has_handles() -> None:
    told = {**entry("ticket.changed", {"field": "team", "old": "a", "new": "b"}), "names": None}

    assert said_of(told, "en").sentence == ("tom changed the team from a to b.",)


def test_times_stay_times_for_whoever_shows_them() -> None:
    pieces = said_of(entry("ticket.snoozed", {"until": "2026-11-30T17:00:00+00:00"}), "en").sentence

    assert pieces[1] == datetime(2026, 11, 30, 17, tzinfo=UTC)


def test_both_languages_have_the_same_words_with_the_same_blanks() -> None:
    spanish, english = words_of("es"), words_of("en")

    assert spanish.keys() == english.keys()
    for key, text in spanish.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key
