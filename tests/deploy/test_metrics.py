"""Metrics: no stranger makes series, what alerts ask for is there from the start, and Prometheus takes all of it."""

import shutil
import subprocess
from collections.abc import Callable

import pytest
from prometheus_client import generate_latest

import portal.metrics
from tests.support.prometheus_queries import known_series, rules
from tickets.metrics import API_SECONDS, SETTLE_SECONDS, count_step, note_request, note_settled
from ventanilla_runtime import metrics
from ventanilla_runtime.metrics import REGISTRY

BOUNDED_BY = {
    "bucket": "buckets of files in the code",
    "by": "person or desk",
    "channel": "the contracts' channels; channels of teams in intake_chat_unusable_card_channels",
    "check": "SPF, DKIM, DMARC, ARC",
    "clock": "clocks of a policy",
    "code": "reply codes that the door has",
    "component": "services",
    "currency": "one for an account",
    "disposition": "the contracts' words",
    "door": "doors of a service",
    "durable": "the topology's durables",
    "end": "ends of a reply",
    "entry": "mailboxes in the settings",
    "error": "classes of errors in the code",
    "grade": "verified, plausible, claimed",
    "hash": "the rule set in force, and the one before while it is replaced",
    "how": "single, batch, duplicate",
    "kind": "kinds in the code",
    "lane": "lanes in the code",
    "loop": "names of loops in the code",
    "medium": "the contracts' media",
    "method": "methods of HTTP that a route has; methods of Slack's API that we call",
    "name": "as hash",
    "outcome": "outcomes in the code",
    "pool": "pools in the code",
    "priority": "the contracts' priorities",
    "problem": "problems in the code",
    "reason": "reasons in the code, else `other`",
    "result": "words of the RFCs",
    "route": "templates of addresses, else `other`",
    "rule": "rules of the set in force",
    "stage": "stages of a probe",
    "state": "states in the code",
    "status": "codes of HTTP; the contracts' statuses",
    "step": "warning, breach",
    "stream": "the topology's streams",
    "version": "the release",
    "way": "ways in the code",
    "webhook": "webhooks in the settings",
    "what": "kinds in the code",
}
"""Every label that a metric of ours has, and what keeps the number of its values small."""


def sample_count() -> int:
    return sum(len(family.samples) for family in REGISTRY.collect())


def test_every_label_is_one_whose_values_are_few() -> None:
    labels = {label for found in known_series().values() for label in found} - {"le"}
    assert labels <= BOUNDED_BY.keys(), labels - BOUNDED_BY.keys()


def test_a_stranger_makes_no_series_of_the_api() -> None:
    note_request("other", "GET", 404, 0.001)
    note_request("other", metrics.OTHER, 405, 0.001)
    before = sample_count()
    for number in range(50):
        note_request("other", f"BREW{number}", 405, 0.001)
    assert sample_count() == before
    assert API_SECONDS.labels("other", metrics.OTHER, 405)._sum.get() > 0


@pytest.mark.parametrize(
    ("answers", "note"),
    [("tickets_api_answers_total", note_request), ("portal_answers_total", portal.metrics.note_request)],
)
def test_the_first_error_of_a_route_is_seen_by_a_rate(
    answers: str, note: Callable[[str, str, int, float], None]
) -> None:
    """The series of its status is new, and `rate` sees no increase in it: promises go by one that has always been."""
    before = REGISTRY.get_sample_value(answers, {"outcome": "failed"})
    note("/never/asked/before", "GET", 503, 0.01)
    note("/never/asked/before", "GET", 404, 0.01)
    assert before is not None
    assert REGISTRY.get_sample_value(answers, {"outcome": "failed"}) == before + 1


def test_words_that_are_none_of_ours_count_as_other() -> None:
    metrics.count_failed("email", "gmail-smtp-in.l.google.com said 550 <ana@example.org>")
    before = sample_count()
    for number in range(50):
        metrics.count_failed("email", f"reason {number}")
        note_settled(f"channel-{number}", 1.0)
        count_step(f"clock-{number}", "breach")
    note_settled("email", -3.0)
    assert sample_count() - before <= 2 * (len(SETTLE_SECONDS._upper_bounds) + 3)
    assert b"ana@example.org" not in generate_latest(REGISTRY)


def test_a_clock_of_a_tier_and_the_time_of_an_update_count_under_what_they_are() -> None:
    count_step("tier:2", "warning:50")
    count_step("update", "update_due")
    shown = generate_latest(REGISTRY).decode()
    assert 'tickets_service_level_steps_total{clock="tier",step="warning"}' in shown
    assert 'tickets_service_level_steps_total{clock="update",step="breach"}' in shown
    assert "tier:2" not in shown


def test_no_second_series_tells_when_a_counter_was_made() -> None:
    assert b"_created" not in generate_latest(REGISTRY)


def test_every_metric_says_in_english_what_it_is() -> None:
    for family in REGISTRY.collect():
        assert family.documentation, family.name
        assert family.documentation.isascii(), family.name


def test_what_is_counted_by_reason_or_outcome_is_there_before_anything_happens() -> None:
    shown = generate_latest(REGISTRY).decode()
    for series in (
        'ventanilla_notification_failures_total{medium="email",reason="expired"}',
        'tickets_api_answers_total{outcome="failed"}',
        'portal_answers_total{outcome="failed"}',
        'ventanilla_notifications_total{medium="sms",outcome="failed"}',
        'tickets_settled_messages_total{channel="voice",outcome="dead_lettered"}',
        'intake_email_refused_commands_total{code="451",reason="not_accepted"}',
        'intake_phone_refused_requests_total{reason="not_accepted"}',
        'intake_chat_slack_calls_total{method="chat.postMessage",outcome="ratelimited"}',
    ):
        assert series in shown


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: prometheus) is not installed here")
def test_promtool_finds_nothing_to_say_about_names_and_help() -> None:
    run = subprocess.run(
        ["promtool", "check", "metrics"], check=False, input=generate_latest(REGISTRY), capture_output=True, timeout=30
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert not run.stdout + run.stderr


def test_rules_select_reasons_and_outcomes_that_exist() -> None:
    """A misspelt word in a selector would find nothing, and nobody would notice."""
    text = " ".join(rule["expr"] for _, rule in rules())
    for word in ("attachment_lost", "expired", "malformed", "not_allowed", "sender_unusable", "uncertain"):
        assert word in text
        assert word in metrics.FAILURE_REASONS
