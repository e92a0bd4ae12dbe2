"""Which ids a mail names, and in which words it names them."""

import time

import pytest

from intake_email.domain.identities import message_id, references
from intake_email.domain.mail import Mail


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<1@a.example> <2@a.example>", ["1@a.example", "2@a.example"]),
        ("<1@a.example> 2@a.example <3@a.example>", ["1@a.example", "2@a.example", "3@a.example"]),
        ("1@a.example, 2@a.example", ["1@a.example", "2@a.example"]),
        ("<1@a.example> and others", ["1@a.example"]),
        ("<lar go@a.example>", ["largo@a.example"]),
        ('<"dos palabras"@a.example>', ['"dos palabras"@a.example']),
        ("", []),
    ],
)
def test_references_are_read_with_brackets_and_without(value: str, expected: list[str]) -> None:
    assert references(Mail({"references": [value]})) == expected


def test_white_space_between_quotes_belongs_to_an_id_and_elsewhere_it_does_not() -> None:
    assert message_id(Mail({"message-id": ['< "dos palabras" @ a.example >']})) == '"dos palabras"@a.example'


@pytest.mark.parametrize("value", ["a" * 100_000 + "@", "a@" * 50_000, "<a" * 50_000, '<"a b' * 20_000])
def test_references_of_any_length_are_read_at_once(value: str) -> None:
    started = time.process_time()

    references(Mail({"references": [value]}))

    assert time.process_time() - started < 1
