"""`router test`: the shipped rules hold, and what differs is told."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from router.__main__ import cli
from router.adapters.case_file import default_cases, read_cases
from router.adapters.rule_file import read_rules
from router.domain.cases import Case, judge
from router.errors import RulesRefused
from tests.unit.router.samples import DEFAULT_RULES, HEAD, file_with, rule_text, rules_of
from tests.unit.router.test_groups import for_answers, group

run = CliRunner().invoke


def case_text(given: str = "{subject: Hola}", expect: str = "{team: technical}", name: str = "one") -> str:
    return f"  - name: {name}\n    given: {given}\n    expect: {expect}\n"


def cases_of(*cases: str) -> list[Case]:
    return read_cases("cases:\n" + "".join(cases), "c.yaml")


@pytest.mark.parametrize("case", default_cases(), ids=lambda case: case.name)
def test_the_shipped_rules_do_what_their_cases_expect(case: Case) -> None:
    assert judge(case, DEFAULT_RULES).misses == ()


def test_the_shipped_cases_are_many_and_touch_every_rule() -> None:
    matched = {rule for case in default_cases() for rule in case.expect.get("matched", [])}
    from router.domain.decide import decide
    from router.domain.facts import Facts

    for case in default_cases():
        facts = Facts(case.received, case.decided_at, DEFAULT_RULES.zone, case.context, DEFAULT_RULES.calendar)
        matched |= {rule.name for rule in decide(facts, DEFAULT_RULES).matched}

    assert len(default_cases()) >= 25
    assert {rule.name for rule in DEFAULT_RULES.rules} - matched <= {"answer-outage"}


@pytest.mark.parametrize(
    ("given", "when"),
    [
        ("{from: Eva@VIP.example}", "{sender.domain: vip.example}"),
        ("{channel: slack}", "{message.channel: slack}"),
        ("{dmarc: fail, grade: verified, suspicion: lookalike}",
         "{auth.dmarc: fail, sender.grade: verified, auth.suspicion: lookalike}"),
        ("{spam: true, score: 5.5}", "{filter.spam: true, filter.score: 5}"),
        ("{reply: true}", "{message.reply: true}"),
        ("{attachments: [a.pdf, {filename: b.png, content_type: image/png}]}",
         "{attachments.count: 2, attachments.names: a.pdf, attachments.types: image/png}"),
        ("{at: 2026-11-28T03:00}", "{time.hour: 3, time.weekday: 6}"),
        ("{}", "{time.hour: 11, time.weekday: 1, message.channel: email}"),
        ("{context: {customer: {open_tickets: 4}}, grade: plausible}", "{customer.open_tickets: 4}"),
        ("{authentication: {spf: pass}, language: es, text: '12'}",
         "{auth.spf: pass, message.language: es, message.text: '12'}"),
    ],
)  # fmt: skip
def test_what_is_given_becomes_a_message(given: str, when: str) -> None:
    (case,) = cases_of(case_text(given))

    assert judge(case, rules_of(rule_text(when=when))).passed


def test_quarantine_false_takes_back_what_an_earlier_rule_said() -> None:
    (case,) = cases_of(case_text("{subject: x}", expect="{quarantine: false}"))
    held, let_go = rule_text("held", then="{quarantine: odd}"), rule_text("trusted", then="{quarantine: false}")

    assert judge(case, rules_of(held, let_go, match="all")).passed
    assert not judge(case, rules_of(held, match="all")).passed


def test_a_time_without_a_zone_is_one_of_the_zone_of_the_rules() -> None:
    (case,) = cases_of(case_text("{at: 2026-11-28T02:30}"))
    madrid = "zone: Europe/Madrid\n" + file_with(rule_text(when="{time.hour: 2}"))

    assert judge(case, read_rules(madrid, "small.yaml")).passed


@pytest.mark.parametrize(
    ("expect", "differs"),
    [
        ("{team: technical, tier: 1, priority: low}", []),
        ("{team: first-line}", ["team"]),
        ("{tags: [b, a]}", []),
        ("{tags: a}", ["tags"]),
        ("{skills: [french]}", []),
        ("{skills: []}", ["skills"]),
        ("{acknowledge: night}", []),
        ("{acknowledge: true}", ["acknowledge"]),
        ("{quarantine: null}", []),
        ("{quarantine: odd}", ["quarantine"]),
        ("{matched: [one], not_matched: [two]}", []),
        ("{matched: [two]}", ["matched"]),
        ("{not_matched: [one]}", ["not_matched"]),
        ("{not_matched: [typo]}", ["not_matched"]),
        ("{on_reply: nothing}", []),
        ("{on_reply: {team: technical}}", ["on_reply.team"]),
    ],
)
def test_only_what_is_expected_is_compared(expect: str, differs: list[str]) -> None:
    rules = rules_of(
        rule_text("one", then="{team: technical, tags: [a, b], skills: french, acknowledge: night}"),
        rule_text("two", when="{message.channel: sms}"),
    )
    (case,) = cases_of(case_text(expect=expect))

    assert [miss.field for miss in judge(case, rules).misses] == differs


@pytest.mark.parametrize(
    ("expect", "differs"),
    [
        ("{on_reply: {policy: vip, tags: [x]}}", []),
        ("{on_reply: {policy: standard}}", ["on_reply.policy"]),
        ("{on_reply: {tags: [y]}}", ["on_reply.tags"]),
        ("{on_reply: {priority: {at_least: high}, tier: {at_least: 2, at_most: 2}}}", []),
        ("{on_reply: {priority: {at_least: urgent}}}", ["on_reply.priority"]),
        ("{on_reply: {priority: high}}", ["on_reply.priority"]),
        ("{on_reply: nothing}", ["on_reply"]),
    ],
)
def test_what_changes_in_a_ticket_can_be_expected(expect: str, differs: list[str]) -> None:
    from router.adapters.rule_file import read_rules

    then = "{policy: vip, tags: x, priority: {at_least: high}, tier: {at_least: 2, at_most: 2}}"
    answers = for_answers("answers", rule_text("b", then=then))
    source = HEAD + group("main", rule_text("a")) + answers
    (case,) = cases_of(case_text("{reply: true}", expect))

    assert [miss.field for miss in judge(case, read_rules(source, "r")).misses] == differs


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "the file is empty or not a mapping"),
        ("{}", "cases is missing"),
        ("cases: []", "cases must be a list with at least one entry"),
        ("cases:\n  - {name: a}", "c.yaml:2:5: the case lacks given, expect"),
        ("cases:\n" + case_text() + case_text(), "a second case is named one"),
        ("cases:\n" + case_text("{subjekt: x}"), "unknown key subjekt in given; did you mean subject?"),
        ("cases:\n" + case_text("{text: [x]}"), "c.yaml:3:19: text: Input should be a valid string"),
        ("cases:\n" + case_text("{at: tomorrow}"), "given is no message: Invalid isoformat"),
        ("cases:\n" + case_text("{context: {customer: 1}}"), "customer: Input should be"),
        ("cases:\n" + case_text("{attachments: 1}"), "given is no message"),
        ("cases:\n" + case_text(expect="{taem: x}"), "unknown key taem in expect; did you mean team?"),
        ("cases:\n" + case_text(expect="{}"), "expect says nothing"),
        ("cases:\n" + case_text(expect="{on_reply: {impact: high}}"), "unknown key impact in on_reply"),
        ("cases:\n" + case_text(expect="{on_reply: {tier: {at_least: 9}}}"), "9 is no tier; known are 1, 2, 3"),
        ("cases:\n" + case_text("{context: {customer: {vip: true, vip: false}}}"), "vip stands twice in context"),
        ("cases:\n" + case_text("{context: {[a]: 1}}"), "context has a key that is not a word"),
    ],
)
def test_a_mistake_in_a_file_of_cases_is_reported_with_its_place(source: str, reason: str) -> None:
    with pytest.raises(RulesRefused) as refused:
        read_cases(source, "c.yaml")

    assert reason in str(refused.value)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    rules, cases = tmp_path / "rules.yaml", tmp_path / "cases.yaml"
    rules.write_text(file_with(rule_text("one")))
    bad = case_text(expect="{team: first-line, tags: [x]}", name="bad")
    cases.write_text("cases:\n" + case_text(name="good") + bad)
    return str(cases), str(rules)


def test_what_differs_is_told_with_place_expectation_result_and_rule(files: tuple[str, str]) -> None:
    cases, rules = files

    result = run(cli, ["test", cases, "--rules", rules])

    assert result.exit_code == 1
    assert result.stdout.splitlines()[:7] == [
        f"{cases}:5: bad",
        "    team",
        "      - first-line",
        "      + technical   by one",
        "    tags",
        "      - x",
        "      + none",
    ]
    assert result.stdout.splitlines()[-1].startswith("2 cases, 1 failed; rule set small ")


def test_the_same_as_json(files: tuple[str, str]) -> None:
    cases, rules = files

    result = run(cli, ["test", "--json", cases, "--rules", rules])

    found = json.loads(result.stdout)
    assert (result.exit_code, found["cases"], found["failed"]) == (1, 2, 1)
    assert found["verdicts"][1]["misses"][0] == {
        "field": "team", "expected": "first-line", "actual": "technical", "by": "one",
    }  # fmt: skip


def test_cases_that_all_pass_end_with_success(tmp_path: Path) -> None:
    cases = tmp_path / "cases.yaml"
    cases.write_text("cases:\n" + case_text("{subject: Factura}", "{team: billing}"))

    result = run(cli, ["test", str(cases)])

    assert result.exit_code == 0
    assert result.stdout.startswith("1 case, all as expected")


def test_a_file_that_is_not_there_gets_one_clear_line(tmp_path: Path) -> None:
    result = run(cli, ["test", str(tmp_path / "absent.yaml")])

    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


@pytest.fixture
def failing(tmp_path: Path) -> tuple[str, str]:
    """Cases that come out as they should although a rule fails in one of them, and the rules."""
    rules, cases = tmp_path / "rules.yaml", tmp_path / "cases.yaml"
    rules.write_text(
        file_with(rule_text("one"), rule_text("two", when="{cel: '1000 / (message.length - 3) > 0'}", then="{tags: a}"))
    )
    cases.write_text("cases:\n" + case_text("{text: four}", name="fine") + case_text("{text: two}", name="odd"))
    return str(cases), str(rules)


def test_a_rule_that_fails_while_running_fails_its_case_and_is_told(failing: tuple[str, str]) -> None:
    cases, rules = failing

    result = run(cli, ["test", cases, "--rules", rules])

    assert result.exit_code == 1
    assert result.stdout.splitlines()[:-1] == [
        f"{cases}:5: odd",
        "    rule two failed while running and was skipped",
        "      cel: 1000 / (message.length - 3) > 0: divide by zero",
    ]
    assert "2 cases, 1 failed" in result.stdout


def test_the_same_failure_as_json(failing: tuple[str, str]) -> None:
    cases, rules = failing

    found = json.loads(run(cli, ["test", "--json", cases, "--rules", rules]).stdout)

    assert [(one["passed"], one["failures"]) for one in found["verdicts"]] == [
        (True, []),
        (False, [{"rule": "two", "error": "cel: 1000 / (message.length - 3) > 0: divide by zero"}]),
    ]
