"""Every mail of the corpus is read as its expectations say."""

import json
from pathlib import Path
from typing import Any

import pytest

from intake_email.domain.automation import automation_of
from intake_email.domain.bounces import bounces_of
from intake_email.domain.mail import Mail
from intake_email.domain.mime.reading import read_mail

CORPUS = Path(__file__).parents[2] / "data" / "email"
BOUNCES = sorted((CORPUS / "bounces").rglob("*.eml"))
AUTOMATIC = sorted((CORPUS / "automatic").rglob("*.eml"))


def load(path: Path) -> tuple[Mail, dict[str, Any]]:
    return read_mail(path.read_bytes()), json.loads(path.with_suffix(".json").read_text())


def wanted(expected: dict[str, Any]) -> list[dict[str, Any]]:
    bounce = expected["bounce"]
    return [] if bounce is None else bounce if isinstance(bounce, list) else [bounce]


def test_the_corpus_is_there() -> None:
    assert len(BOUNCES) >= 200
    assert len(AUTOMATIC) >= 90
    assert sum(path.name.startswith("person-") for path in AUTOMATIC) >= 25


@pytest.mark.parametrize("path", BOUNCES, ids=lambda path: path.stem)
def test_a_bounce_tells_whom_it_is_about_and_why(path: Path) -> None:
    mail, expected = load(path)
    assert automation_of(mail, None) == expected["auto_submitted"]
    wants, found = wanted(expected), bounces_of(mail)
    assert [(bounce.recipient, bounce.status, bounce.reason) for bounce in found] == [
        (want["recipient"], want["status"], want["reason"]) for want in wants
    ]
    for bounce, want in zip(found, wants, strict=True):
        assert want.get("diagnostic_contains", "") in bounce.diagnostic
        assert want.get("action", bounce.action) == bounce.action
        assert bounce.diagnostic
        assert len(bounce.diagnostic) <= 998
        assert bounce.diagnostic.splitlines() == [bounce.diagnostic]


@pytest.mark.parametrize("path", AUTOMATIC, ids=lambda path: path.stem)
def test_automatic_mail_is_told_from_peoples(path: Path) -> None:
    mail, expected = load(path)
    assert automation_of(mail, None) == expected["auto_submitted"]


@pytest.mark.parametrize(
    "path", [path for path in AUTOMATIC if path.name.startswith("person-")], ids=lambda path: path.stem
)
def test_a_persons_mail_stays_one_when_its_envelope_is_known(path: Path) -> None:
    mail, _ = load(path)
    assert automation_of(mail, mail.senders[0].address) == "no"
