"""What the ticket service refuses a person is said in words for people: all that its source can say."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import tickets
from intake_chat.domain.slack.dialogs.refusals import in_words

SOURCE = Path(tickets.__file__).parent
PLACES = (
    "domain/lifecycle.py", "domain/joining/links.py", "domain/joining/merging.py", "domain/joining/splitting.py",
    "domain/staffing/escalating.py", "domain/correspondence/held_replies.py", "domain/correspondence/participants.py",
    "domain/correspondence/requesters.py", "domain/correspondence/sent_messages.py", "handlers/joining",
    "handlers/replying", "handlers/settling/sender_list.py", "handlers/settling/quarantine.py", "handlers/working",
    "domain/announcing", "handlers/announcing", "handlers/callbacks/planning.py",
)  # fmt: skip
"""Where it does what somebody in Slack can ask for."""
REFUSALS = frozenset({"Refused", "Invalid", "NotYours", "NotFound", "OnePersonsOwn"})
SAMPLES = {"verb": "solved", "asks": "the category outage asks for one", "example": 'such as "toner replaced"'}
OF_PROGRAMS = re.compile(
    r"\b(GET|POST|PUT|PATCH|DELETE)\b|\b(send|leave out|use) [\"`]|\bscope\b|\btokens?\b|_[A-Z]|\"\w+\":"
)
NOBODYS = ("it is there already", "it stays with ")
"""Of rules, which are nobody in Slack."""


def plain(node: ast.expr, known: Mapping[str, str]) -> str:
    """The words of a string in the source, with something in its blanks."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.BinOp):
        return plain(node.left, known) + plain(node.right, known)
    if isinstance(node, ast.JoinedStr):
        return "".join(plain(part, known) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return plain(node.value, known)
    return known.get(node.id, "7") if isinstance(node, ast.Name) else "7"


def refusals() -> Iterator[tuple[str, str]]:
    for place in PLACES:
        path = SOURCE / place
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            tree = ast.parse(file.read_text())
            constants: dict[str, Any] = {
                target.id: plain(node.value, {})
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.JoinedStr | ast.Constant)
                for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS:
                    words = plain(node.args[-1], {**constants, **SAMPLES})
                    if " " in words and not words.startswith(NOBODYS):
                        yield f"{file.name}: {words}", words


REFUSED = dict(refusals())


def test_the_sentences_are_found() -> None:
    assert len(REFUSED) > 60


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED)
def test_every_refusal_is_said_to_people_in_both_languages(words: str) -> None:
    spanish, english = in_words("refused", words, "es"), in_words("refused", words, "en")

    assert "en inglés" not in spanish
    assert not OF_PROGRAMS.search(english)


SAID = (
    (
        '/resolution: say what solved it: send "resolution" with the status, such as "toner replaced"',
        "Say what solved it.",
        "Di qué la ha resuelto.",
    ),
    (
        'say what solved it: send "resolution" with it, last time it was "new toner", send that again',
        "Say what solved it. Last time it was “new toner”: say it again if it holds.",
        "Di qué la ha resuelto. La última vez fue «new toner»: dilo otra vez si vale.",
    ),
    (
        "team: eva is not of 'technical'; their teams: network",
        "eva is not of the team technical.",
        "eva no es del equipo technical.",
    ),
    (
        "/until: must lie in the future, and at most a year away",
        "It must be a time to come, within a year.",
        "Tiene que ser una hora por venir, dentro de un año como mucho.",
    ),
)


@pytest.mark.parametrize(("detail", "english", "spanish"), SAID)
def test_what_speaks_of_fields_is_said_as_what_to_write(detail: str, english: str, spanish: str) -> None:
    assert (in_words("invalid", detail, "en"), in_words("invalid", detail, "es")) == (english, spanish)
