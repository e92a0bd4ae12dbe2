"""How well mail is understood: the targets that `make mail-score` prints, on every mail of this repository."""

import pytest

from tests.mail_score.checks import Check
from tests.mail_score.corpus import Case, read_cases
from tests.mail_score.score import TARGETS, Row, ours, percent, rows

FOLDERS = {
    "attachments",
    "automatic",
    "bounces",
    "charsets",
    "headers",
    "hostile_small",
    "html",
    "replies",
    "structure",
}


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return read_cases()


@pytest.fixture(scope="module")
def checks(cases: list[Case]) -> list[Check]:
    return ours(cases)


@pytest.fixture(scope="module")
def table(checks: list[Check]) -> dict[str, Row]:
    return {row.kind: row for row in rows(checks)}


def test_there_are_mails_of_every_kind(cases: list[Case]) -> None:
    assert {case.name.partition("/")[0] for case in cases} == FOLDERS
    assert len(cases) >= 300


def test_every_target_has_checks_that_decide_it(table: dict[str, Row]) -> None:
    assert {kind for kind in TARGETS if kind not in table or table[kind].checks < 25} == set()


@pytest.mark.parametrize("kind", TARGETS)
def test_a_target_of_the_mail_score_is_reached(kind: str, table: dict[str, Row], checks: list[Check]) -> None:
    row = table[kind]
    wrong = [f"{check.case} {check.field}" for check in checks if not check.right and check.kind == kind]
    assert percent(row.ours, row.checks) >= TARGETS[kind], wrong
