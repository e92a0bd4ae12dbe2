"""The team that a caller chose on the telephone: where the call goes unless a rule says otherwise, and who says so."""

import pytest

from router.domain.decide import Outcome
from router.domain.rules import RuleSet
from tests.unit.router.samples import DEFAULT_RULES, decided, message, rule_text, rules_of, sentence
from tests.unit.router.test_replaying import tally_of

QUIET = rules_of(rule_text(when="{message.channel: sms}", then="{team: first-line}"))


def called(team: str | None, rules: RuleSet = QUIET, subject: str = "Llamada perdida") -> Outcome:
    return decided(message(subject, channel="voice", call={"team": team}), rules)


def test_a_call_goes_to_the_team_that_the_caller_chose_with_all_else_by_default() -> None:
    outcome = called("technical")

    assert outcome.values == {**decided(message(), QUIET).values, "team": "technical"}
    assert outcome.set_by == {"team": "call.team", "priority": "matrix"}
    assert (outcome.overridden, outcome.winners()) == ({}, [])


@pytest.mark.parametrize("team", [None, "makers"])
def test_a_call_for_no_team_of_the_rules_goes_where_others_go(team: str | None) -> None:
    outcome = called(team)

    assert outcome.values["team"] == "first-line"
    assert "team" not in outcome.set_by


def test_a_rule_has_the_last_word_and_what_the_caller_chose_is_told() -> None:
    outcome = called("technical", rules_of(rule_text("one", "{message.channel: voice}", "{team: first-line}")))

    assert (outcome.values["team"], outcome.set_by["team"]) == ("first-line", "one")
    assert outcome.overridden == {"team": ("call.team",)}
    assert sentence(outcome, "en").endswith(" “Title of one” replaced the team that the caller chose on the telephone.")
    assert sentence(outcome, "es").endswith(" «Título de one» sustituyó el equipo que quien llamó eligió por teléfono.")


def test_a_rule_that_says_the_same_takes_nothing_from_the_caller() -> None:
    outcome = called("technical", rules_of(rule_text("one", "{message.channel: voice}", "{team: technical, tier: 2}")))

    assert (outcome.set_by["team"], outcome.set_by["tier"], outcome.overridden) == ("call.team", "one", {})
    reasons = "because of what the caller chose on the telephone; “Title of one”."
    assert sentence(outcome, "en").endswith(reasons)


@pytest.mark.parametrize(
    ("language", "ending"),
    [
        ("en", " because of what the caller chose on the telephone."),
        ("es", " por lo que quien llamó eligió por teléfono."),
    ],
)
def test_the_sentence_says_that_the_caller_chose_it_and_not_that_it_is_the_default(language: str, ending: str) -> None:
    assert sentence(called("technical"), language).endswith(ending)
    assert sentence(called("first-line"), language).endswith(ending)
    assert not sentence(called(None), language).endswith(ending)


def test_a_replay_sends_calls_where_the_desk_does() -> None:
    call = message(channel="voice", call={"team": "technical"})
    deaf = rules_of(rule_text("deaf", then="{team: first-line}", when="{message.channel: voice}"))

    assert tally_of(QUIET, QUIET, [call], by=deaf).changed == 0
    assert [move.rule for move in tally_of(QUIET, deaf, [call]).moves] == ["call.team"]
    assert [move.rule for move in tally_of(deaf, QUIET, [call]).moves] == ["deaf"]


@pytest.mark.parametrize("team", ["first-line", "technical", "security", "billing"])
def test_the_shipped_rules_send_a_call_to_each_of_their_teams(team: str) -> None:
    outcome = called(team, DEFAULT_RULES)

    assert (outcome.values["team"], outcome.set_by["team"]) == (team, "call.team")
