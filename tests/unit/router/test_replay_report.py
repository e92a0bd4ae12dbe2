"""What the report of a replay says of rules that fail while they run: for people, and as JSON."""

import pytest

from router.domain.replaying import Failed, Tally
from router.domain.rules import RuleSet
from router.replay import Question, Tickets
from router.replay_report import FAILED_SHOWN, lines, report
from tests.unit.router.samples import NOON, rule_text, rules_of

RULES = rules_of(rule_text("ghosty"), rule_text("failing"), rule_text("idle"))


def question(rules: RuleSet = RULES) -> Question:
    return Question(rules, "", rules, "", (1, 400), NOON, None, None, 10)


def failed(sequence: int = 23, subject: str = "Hola", error: str = "cel: 1 / 0 > 1: divide by zero") -> Failed:
    return Failed(sequence, f"message.received.v1:{sequence}", subject, error, NOON)


def tally() -> Tally:
    found = Tally(messages=307)
    found.matched.update(ghosty=231)
    found.failed.update(ghosty=76, failing=307)
    found.first_failures |= {"ghosty": failed(23), "failing": failed(1, "evil\x1b[2J", "cel: x\x1b[2J: bad")}
    return found


def test_how_often_why_and_where_first_is_told_the_worst_first() -> None:
    said = list(lines(question(), tally(), Tickets({"message.received.v1:23": 4711})))

    assert "failures  2 rules failed while running and were skipped there, told below" in said
    begin = said.index("rules that failed while running")
    assert said[begin + 1 : begin + 7] == [
        "  failing  307 of 307 messages, matched none",
        "            cel: x [2J: bad",
        "            first: no ticket known, entry 1  “evil [2J”  message.received.v1:1",
        "  ghosty  76 of 307 messages, matched 231",
        "            cel: 1 / 0 > 1: divide by zero",
        "            first: ticket 4711  “Hola”  message.received.v1:23",
    ]


def test_a_rule_that_failed_is_not_one_that_merely_never_matched() -> None:
    assert list(lines(question(), tally()))[-1] == "rules that never matched: idle"
    assert report(question(), tally())["never_matched"] == ["idle"]


def test_programs_are_told_of_every_rule_that_failed() -> None:
    found = report(question(), tally(), Tickets({"message.received.v1:23": 4711}))

    assert [entry["rule"] for entry in found["failed"]] == ["failing", "ghosty"]
    assert found["failed"][1] == {
        "rule": "ghosty",
        "messages": 76,
        "matched": 231,
        "first": {
            "sequence": 23, "message_id": "message.received.v1:23", "ticket": 4711, "subject": "Hola",
            "error": "cel: 1 / 0 > 1: divide by zero",
        },
    }  # fmt: skip


def test_a_report_in_which_nothing_failed_does_not_speak_of_it() -> None:
    quiet = Tally(messages=5)

    assert "failed" not in "\n".join(lines(question(), quiet))
    assert list(lines(question(), quiet))[-1] == "rules that never matched: ghosty, failing, idle"
    assert report(question(), quiet)["failed"] == []


def test_of_many_rules_that_failed_the_report_for_people_shows_some_and_says_how_many_more() -> None:
    found = Tally(messages=5)
    for number in range(FAILED_SHOWN + 3):
        found.failed[f"rule-{number}"] = 5
        found.first_failures[f"rule-{number}"] = failed()

    said = list(lines(question(), found))

    assert sum("of 5 messages, matched none" in line for line in said) == FAILED_SHOWN
    assert "  and 3 more: --json names them all" in said
    assert len(report(question(), found)["failed"]) == FAILED_SHOWN + 3


@pytest.mark.parametrize("most", [9, 100, 9_999, 123_456_789])
def test_the_load_of_each_hour_fits_a_terminal_however_many_messages_there_are(most: int) -> None:
    busy = Tally(messages=5)
    busy.load_before.update({("first-line", 9): most, ("network", 23): 7})
    busy.load_after.update({("network", 9): most, ("network", 23): 8})

    said = list(lines(question(), busy))
    table = said[said.index("load by hour of the day (UTC)") + 1 : -2]

    assert max(map(len, table)) <= 80
    hours = [int(hour) for line in table if not line.strip(" 0123456789") for hour in line.split()]
    assert hours == list(range(24))
    before = [line.split()[2:] for line in table if line.startswith("first-line   before")]
    assert [one for line in before for one in line] == ["0"] * 9 + [f"{most:,}"] + ["0"] * 14
