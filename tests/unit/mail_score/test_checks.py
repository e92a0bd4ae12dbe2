"""The judge is judged: what is right counts as right, and whatever is wrong as wrong."""

from pathlib import Path
from typing import Any

import pytest

from tests.mail_score.checks import judge
from tests.mail_score.corpus import Case
from tests.mail_score.readers import FIELDS, Answer

RIGHT: dict[str, Any] = {
    **dict.fromkeys(FIELDS),
    "from": {"name": "Ana Ruiz", "address": "Ana@Cliente.example"},
    "to": [{"name": "", "address": "soporte@desk.example"}],
    "subject": "Pedido  4711",
    "date": "2026-11-23T09:00:00+00:00",
    "text": "Hola,\n\nno puedo entrar.",
    "reply_text": "Hola",
    "html": '<p style="color:red">Hola <img src="attachment:ab"></p>',
    "language": "es-ES",
    "auto_submitted": "bounce",
    "bounce": {
        "recipient": "bo@x.example",
        "status": "5.1.1",
        "reason": "user_unknown",
        "diagnostic": "550 no such user",
    },
    "attachments": [{"filename": "a.pdf", "size": 3, "inline": False}],
}
EXPECTED: dict[str, Any] = {
    "from": {"name": "Ana Ruiz", "address": "ana@cliente.example"},
    "to": [{"address": "soporte@desk.example"}],
    "subject": "Pedido 4711",
    "date": "2026-11-23T10:00:00+01:00",
    "text": "Hola, no puedo entrar.",
    "text_contains": ["no puedo"],
    "text_lacks": ["Adiós"],
    "reply_text": "Hola",
    "html_contains": ["Hola"],
    "html_lacks": ["script"],
    "language": "es",
    "auto_submitted": "bounce",
    "bounce": {
        "recipient": "bo@x.example",
        "status": "5.1.1",
        "reason": "user_unknown",
        "diagnostic_contains": "no such user",
    },
    "attachments": [{"filename": "a.pdf"}],
}


def wrong(expected: dict[str, Any], fields: dict[str, Any] | None, seconds: float = 0.0) -> set[str]:
    case = Case("folder/name", Path("name.eml"), expected)
    return {check.field for check in judge(case, Answer(fields, seconds)) if not check.right}


def test_a_right_answer_has_nothing_wrong() -> None:
    assert wrong(EXPECTED, RIGHT) == set()


def test_without_an_answer_everything_is_wrong() -> None:
    checks = judge(Case("folder/name", Path("name.eml"), {**EXPECTED, "message_id": None}), Answer(None, 0.0))

    assert not any(check.right for check in checks)
    assert len(checks) > 15


def test_an_answer_that_takes_too_long_is_none() -> None:
    assert wrong({}, RIGHT, seconds=1.2) == {"answer"}


def test_an_answer_without_a_field_is_none() -> None:
    assert wrong({}, {name: value for name, value in RIGHT.items() if name != "defects"}) == {"answer"}


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("from", {"name": "Bo", "address": "ana@cliente.example"}, {"from"}),
        ("to", [], {"to"}),
        ("subject", "Pedido", {"subject"}),
        ("date", "2026-11-23T10:00:00+00:00", {"date"}),
        ("date", None, {"date"}),
        ("text", "Adiós", {"text", "text_contains", "text_lacks"}),
        ("reply_text", "", {"reply_text"}),
        ("html", None, {"html_contains"}),
        ("language", "en", {"language"}),
        ("auto_submitted", "no", {"auto_submitted"}),
        ("bounce", None, {"recipient", "status", "reason", "diagnostic_contains"}),
        ("attachments", [], {"attachments"}),
        ("attachments", [{"filename": "b.pdf"}], {"attachments"}),
    ],
)
def test_a_wrong_field_is_found(field: str, value: Any, found: set[str]) -> None:
    assert wrong(EXPECTED, {**RIGHT, field: value}) == found


@pytest.mark.parametrize(
    "html",
    [
        "Hola<script>x()</script>",
        'Hola<p onclick="x()">',
        'Hola<a href="java\tscript:x()">a</a>',
        'Hola<img src="http://evil.example/p.gif">',
        'Hola<p style="background:url(x)">',
        "Hola<!-- x -->",
        'Hola<form action="x">',
        'Hola<td background="x">',
    ],
)
def test_dangerous_html_is_wrong(html: str) -> None:
    assert "html" in wrong({"html_contains": ["Hola"]}, {**RIGHT, "html": html})


@pytest.mark.parametrize("taken", [{"auto_submitted": "bounce"}, {"auto_submitted": "no"}])
def test_a_person_taken_for_a_bounce_is_found(taken: dict[str, str]) -> None:
    fields = {**RIGHT, **taken}

    checks = judge(Case("folder/name", Path("name.eml"), {"auto_submitted": "no"}), Answer(fields, 0.0))

    assert [check.right for check in checks if check.kind == "person taken for a bounce"] == [False]
