"""What rules see of a message: new words, the filter's verdict, suspicion, bounces."""

from typing import Any

import pytest

from router.domain.facts import Facts
from tests.unit.router.samples import NOON, decided, message, rule_text, rules_of, tried
from ventanilla_contracts.events import MessageReceived


def facts_of(received: MessageReceived) -> Facts:
    return Facts(received, NOON, NOON.tzinfo or NOON.astimezone().tzinfo)  # type: ignore[arg-type]  # it has one


QUOTED = "¡Gracias!\n\nEl lunes, Soporte escribió:\n> ¿Todavía está caído?"


def test_rules_see_what_is_newly_written_and_may_ask_for_all_of_it() -> None:
    facts = facts_of(message("Re: Aviso", QUOTED, reply_text="¡Gracias!"))

    assert facts["message.text"] == facts["message.reply_text"] == "¡Gracias!"
    assert facts["message.content"] == "Re: Aviso\n¡Gracias!"
    assert facts["message.full_text"] == QUOTED
    assert facts["message.length"] == len("¡Gracias!")
    assert "caido" in str(facts["message.full_text_folded"])
    assert "caido" not in str(facts["message.content_folded"])


def test_without_a_reading_of_the_new_words_all_of_them_count() -> None:
    facts = facts_of(message("Aviso", QUOTED))

    assert facts["message.text"] == facts["message.full_text"] == QUOTED


def test_an_answer_of_nothing_but_quotes_has_no_new_words() -> None:
    assert facts_of(message("Re: Aviso", QUOTED, reply_text=""))["message.length"] == 0


def test_an_outage_in_the_quoted_history_is_no_outage() -> None:
    assert decided(message("Re: Aviso", QUOTED, reply_text="¡Gracias!")).values["category"] == "other"
    assert decided(message("Re: Aviso", QUOTED)).values["category"] == "outage"


@pytest.mark.parametrize(
    ("fields", "fact", "value"),
    [
        ({}, "auth.suspicion", None),
        ({"authentication": {"suspicion": "lookalike"}}, "auth.suspicion", "lookalike"),
        ({}, "call.team", ""),
        ({"call": {"team": "billing"}}, "call.team", "billing"),
        ({}, "call.taken", False),
        ({"call": {"team": "billing"}}, "call.taken", False),
        ({"call": {"taken_by": "eva"}}, "call.taken", True),
        ({}, "filter.spam", None),
        ({"filtered": {"spam": False, "source": "rspamd"}}, "filter.spam", False),
        ({"filtered": {"spam": True, "score": 15.7, "source": "rspamd"}}, "filter.score", 15),
        ({"filtered": {"spam": False, "score": -0.5, "source": "rspamd"}}, "filter.score", -1),
        ({"filtered": {"spam": True, "score": 1e300, "source": "rspamd"}}, "filter.score", 1_000_000),
        ({"filtered": {"spam": True, "source": "rspamd"}}, "filter.score", None),
        ({"protection": "pgp-signed"}, "message.protection", "pgp-signed"),
        ({"language": "es"}, "message.language", "es"),
        ({}, "message.bounce_reason", None),
        ({"undelivered": [{"recipient": "a@b.example", "reason": "expired", "action": "delayed"}]},
         "message.bounce_reason", None),
        ({"undelivered": [{"recipient": "a@b.example", "reason": "user_unknown", "status": "5.1.1"}]},
         "message.bounce_reason", "user_unknown"),
        ({"undelivered": [{"recipient": "a@b.example", "reason": "user_unknown", "status": "5.1.1"}]},
         "message.bounce_status", "5.1.1"),
    ],
)  # fmt: skip
def test_what_was_found_out_about_a_message_is_a_fact(fields: dict[str, Any], fact: str, value: object) -> None:
    assert facts_of(message("Hola", **fields))[fact] == value


def test_a_score_that_is_not_known_makes_a_rule_neither_true_nor_false() -> None:
    rules = rules_of(rule_text(when="{filter.score: {at_least: 5}}"))

    assert tried(decided(message(), rules))[0].outcome == "unknown"
    scored = message(filtered={"spam": False, "score": 5.0, "source": "rspamd"})
    assert tried(decided(scored, rules))[0].outcome == "matched"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"filtered": {"spam": True, "score": 15.0, "source": "rspamd"}}, "spam"),
        ({"filtered": {"spam": False, "score": 4.0, "source": "rspamd"}}, None),
        ({"authentication": {"suspicion": "display_name"}}, "suspicion"),
        ({"authentication": {"dmarc": "fail", "suspicion": "dmarc_fail"}}, "suspicion"),
        ({"authentication": {"suspicion": "a kind of tomorrow"}}, None),
        ({"automation": "bounce"}, "bounce_unproven"),
        ({"automation": "dsn"}, "bounce_unproven"),
        ({"automation": "auto-replied"}, None),
        ({}, None),
    ],
)
def test_the_default_rules_hold_back_spam_suspicion_and_bounces(fields: dict[str, Any], reason: str | None) -> None:
    assert decided(message("Hola", **fields)).values["quarantine"] == reason
