"""A decision as lines for people: the same words in each language, and nothing of a message passes for ours."""

import json
from importlib import resources
from string import Formatter

import pytest

from ventanilla_contracts.local_times import zone_of
from ventanilla_contracts.trace_text import (
    Explained,
    LaterChange,
    field_in_words,
    later_sentence,
    trace_lines,
    with_team_called,
)
from ventanilla_contracts.words import LANGUAGES, LEVELS, PRIORITIES, TYPES

HASH = "ab12" * 16
WHOLE = {
    "decision": {
        "team": "technical",
        "tags": ["down", "vip"],
        "acknowledgement": "night",
        "on_reply": {
            "tier": "2", "at_least": {"priority": "high"}, "at_most": {"priority": "high"}, "tags": ["back"],
            "rules": ["again"],
        },
    },
    "set_by": {"team": "outage", "priority": "matrix", "tags.down": "outage", "acknowledge": "outage"},
    "overridden": {"team": ["first", "second"]},
    "groups": [
        {"name": "topic", "match": "first", "rules": ["security", "outage", "billing"]},
        {"name": "more", "match": "all", "called": True, "rules": ["deep"]},
        {"name": "answers", "match": "all", "on": "reply", "rules": ["again"]},
    ],
    "trace": [
        {"rule": "security", "outcome": "not_matched", "conditions": [
            {"condition": "message.channel is sms", "truth": False, "saw": {"message.channel": "email"}},
            {"condition": "sender.domain is x", "truth": False, "saw": {"sender.domain": None}, "within": ["any 1"]},
            {"condition": "message.reply is true", "truth": True, "within": ["any 1", "all 2"]},
            {"condition": "cel: 1 / 0 > 1", "truth": None, "within": ["any 1", "all 2"]},
            {"condition": "message.length is 3", "truth": False, "within": ["any 3"]},
        ]},
        {"rule": "outage", "outcome": "matched", "conditions": [
            {"condition": "message.content mentions down", "truth": True, "saw": {"message.content": ["is down"]}},
        ]},
        {"rule": "billing", "outcome": "not_tried", "detail": "outage"},
        {"rule": "deep", "outcome": "not_tried"},
        {"rule": "again", "outcome": "not_tried"},
    ],
    "sentence": {"en": "Goes to technical.", "es": "Va a technical."},
    "rule_set": {"name": "acme", "hash": HASH},
    "decided_at": "2026-11-27T10:00:00Z",
}  # fmt: skip
LINES = """\
Goes to technical.

decided by the rules acme ab12ab12ab12, 2026-11-27 10:00:00 UTC

  type        question      by default
  category    other         by default
  impact      low           by default
  urgency     low           by default
  priority    normal        by matrix (impact × urgency)
  tier        1             by default
  team        technical     by outage, over first, second
  policy      standard      by default
  skills      -
  tags        down (outage), vip (default)
  quarantine  -             by default
  acknowledge night         by outage
  on a ticket that it joins: priority at least high; priority at most high; tier 2; tags back (by again)

group topic (the first that matches)
  security: no match
    no  message.channel is sms   saw: message.channel = 'email'
    any of
      no  sender.domain is x   saw: sender.domain = not known
      all of
        yes message.reply is true
        ?   cel: 1 / 0 > 1
    any of
      no  message.length is 3
  outage (line 12): MATCHED
    yes message.content mentions down   found: is down
  billing: not tried: outage matched before

group more (all that match, when it is called)
  deep: not tried: no rule continued with this group

group answers (all that match, of answers only)
  again: not tried: the message does not answer another"""


def test_every_rule_condition_value_winner_and_loser_has_its_line() -> None:
    assert "\n".join(trace_lines(Explained.model_validate(WHOLE), "en", {"outage": 12})) == LINES


@pytest.mark.parametrize(
    ("language", "chosen", "replaced"),
    [
        ("en", "by the caller on the telephone", "by outage, over the caller on the telephone"),
        ("es", "por quien llamó, por teléfono", "por outage, en lugar de quien llamó, por teléfono"),
    ],
)
def test_what_a_caller_chose_by_a_key_is_told_as_theirs(language: str, chosen: str, replaced: str) -> None:
    of_caller = {**WHOLE, "set_by": {"team": "call.team"}, "overridden": {}}
    of_rule = {**WHOLE, "overridden": {"team": ["call.team"]}}

    lines = [line for one in (of_caller, of_rule) for line in trace_lines(Explained.model_validate(one), language)]

    assert [line.partition(" technical     ")[2] for line in lines if " technical     " in line] == [chosen, replaced]


def test_the_same_lines_come_in_spanish() -> None:
    lines = trace_lines(Explained.model_validate(WHOLE), "es")

    assert lines[0] == "Va a technical."
    assert len(lines) == len(LINES.splitlines())
    assert "  security: no se cumple" in lines
    assert "  equipo      technical     por outage, en lugar de first, second" in lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_each_language_with_the_same_places(language: str) -> None:
    def texts(of: str) -> dict[str, str]:
        found: dict[str, str] = json.loads(
            resources.files("ventanilla_contracts").joinpath("trace_words", f"{of}.json").read_text(encoding="utf-8")
        )
        return found

    def places(text: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    here, english = texts(language), texts("en")

    assert here.keys() == english.keys()
    assert {key: places(text) for key, text in here.items()} == {key: places(text) for key, text in english.items()}


def test_what_a_customer_writes_stays_on_its_line_and_in_quotes() -> None:
    sly = "x'\n\ngroup topic (all that match)\n  security: MATCHED\x1b[2J"
    saw = {"message.subject": sly, "attachments.names": ["a\nb", "c"]}
    trace = [
        {"rule": "r", "outcome": "matched", "conditions": [{"condition": "a mentions\nb", "truth": True, "saw": saw}]}
    ]

    lines = trace_lines(Explained.model_validate({**WHOLE, "groups": [], "trace": trace}), "en")

    assert next(line for line in lines if "MATCHED" in line) == "  r: MATCHED"
    assert len([line for line in lines if "security" in line]) == 1
    assert "\x1b" not in "\n".join(lines)


def test_a_decision_of_an_older_router_is_told_without_its_groups() -> None:
    old = {"decision": {}, "rule_set": {"name": "acme", "hash": HASH}, "trace": WHOLE["trace"]}

    lines = trace_lines(Explained.model_validate(old), "en")

    assert lines[0] == "decided by the rules acme ab12ab12ab12"
    assert "  deep: not tried" in lines


def test_a_rule_without_conditions_and_one_that_failed_say_so() -> None:
    trace = [
        {"rule": "a", "outcome": "matched"},
        {"rule": "b", "outcome": "failed", "detail": "cel: 1/0: division by zero"},
    ]

    lines = trace_lines(Explained.model_validate({**WHOLE, "groups": [], "trace": trace, "trace_cut": True}), "en")

    assert lines[-6:] == [
        "  a: MATCHED", "    always", "  b: FAILED and skipped", "    error: cel: 1/0: division by zero", "",
        "What the rules saw was too much to be kept: `router explain` with the message shows it.",
    ]  # fmt: skip


def test_teams_and_times_are_told_as_people_say_them() -> None:
    later = {"message_id": "x", "at": "2026-11-28T09:00:00Z", "rules": ["law"], "changed": {"team": "lawyers"}}
    teams = {"technical": "Soporte técnico", "lawyers": "Asesoría"}

    lines = trace_lines(
        Explained.model_validate({**WHOLE, "later": [later]}), "es", teams=teams, zone=zone_of("Europe/Madrid")
    )

    assert lines[2].endswith(", vie 27 nov 2026 11:00 (Madrid)")
    assert "  equipo      Soporte técnico por outage, en lugar de first, second" in lines
    assert lines[-1] == "  sáb 28 nov 2026 10:00 (Madrid), por la regla law: equipo Asesoría"


@pytest.mark.parametrize(
    ("said", "team", "told"),
    [
        ("Va a net (nivel 2, …) por «net (x)».", "net", "Va a Redes (nivel 2, …) por «net (x)»."),
        ("Held. Goes to a.b (tier 1, …).", "a.b", "Held. Goes to Redes (tier 1, …)."),
        ("Goes to axb (tier 1, …).", "a.b", "Goes to axb (tier 1, …)."),
        ("What a router of tomorrow says.", "net", "What a router of tomorrow says."),
    ],
)
def test_the_routers_sentence_calls_its_team_by_the_title(said: str, team: str, told: str) -> None:
    assert with_team_called(said, team, "Redes") == told


def test_values_that_changed_later_are_told_in_the_readers_language() -> None:
    changed: dict[str, object] = {
        "priority": "high",
        "impact": "high",
        "urgency": "medium",
        "type": "problem",
        "tags": ["high"],
    }
    later = LaterChange.model_validate(
        {"message_id": "x", "at": "2026-11-28T09:00:00Z", "rules": ["law"], "changed": changed}
    )
    told = "prioridad alta; impacto alto; urgencia media; tipo problema; etiquetas high"

    assert later_sentence(later, "es") == f"Cambiado más tarde por la regla law: {told}."
    lines = trace_lines(Explained.model_validate({**WHOLE, "later": [later]}), "es")
    assert lines[-1] == f"  2026-11-28 09:00:00 UTC, por la regla law: {told}"
    assert later_sentence(later, "en").endswith("priority high; impact high; urgency medium; type problem; tags high.")


def test_what_was_decided_is_told_in_the_readers_language_too() -> None:
    lines = trace_lines(Explained.model_validate(WHOLE), "es")

    assert "  tipo        consulta      por defecto" in lines
    assert "  impacto     bajo          por defecto" in lines
    assert "  urgencia    baja          por defecto" in lines
    assert any("prioridad al menos alta; prioridad como mucho alta; nivel 2" in line for line in lines)


def test_a_word_of_a_newer_release_stays_as_it_is() -> None:
    assert field_in_words("priority", "critical", "es") == "critical"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_that_we_know_has_its_word(language: str) -> None:
    words = {"ticket_type": TYPES, "priority": PRIORITIES, "impact": LEVELS, "urgency": LEVELS}
    said = {(name, value): field_in_words(name, value, language) for name, values in words.items() for value in values}

    different = {key for key, word in said.items() if word != key[1]}
    assert different == (said.keys() - {("priority", "normal")} if language == "es" else set())
