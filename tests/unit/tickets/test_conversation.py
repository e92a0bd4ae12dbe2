"""The conversation below a reply: what of it, for whom, and how much."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.unit.tickets.builders import ANA, BOX, NOON, ticket
from tickets.domain.correspondence.conversation import MOST_BYTES, Said, quoted, said

LUIS = "luis@cliente.example"


def line(words: str, *, kind: str = "customer", author: str = ANA, to: tuple[str, ...] = (), **changes: Any) -> Said:
    values = {"author_name": "Ana", "at": NOON + timedelta(hours=1), **changes}
    return Said(kind=kind, author_address=author, words=words, readers=frozenset({author, *to}), **values)


def test_lines_stand_behind_marks_and_blank_ones_stay() -> None:
    (found,) = quoted([line("Hola:\n\nno va.\n> vieja cita")], ticket(), [ANA], "Soporte")

    assert found.text == "> Hola:\n>\n> no va.\n> > vieja cita"
    assert found.paragraphs == [["Hola:"], ["no va.", "> vieja cita"]]
    assert (found.name, found.at) == ("Ana", NOON + timedelta(hours=1))


def test_the_desks_people_go_by_the_desks_name_and_the_nameless_are_masked() -> None:
    ours = line("Ya", kind="agent", author=BOX, author_name="eva", to=(ANA,))
    nameless = line("Hola", author_name=" \n ")

    caller = line("Llamada", author="withheld/CA25bed0bc", author_name="", to=(ANA,))

    names = [one.name for one in quoted([ours, nameless, caller], ticket(), [ANA], "Soporte")]

    assert names == ["Soporte", "a…@cliente.example", "número oculto"]


def test_at_most_five_messages_and_twenty_kilobytes_are_quoted() -> None:
    many = [line(f"mensaje {number}") for number in range(9)]
    long = [line("ñ" * 30_000) for _ in range(5)]

    assert len(quoted(many, ticket(), [ANA], "")) == 5
    found = quoted(long, ticket(), [ANA], "")
    assert MOST_BYTES <= sum(len(one.text.encode()) for one in found) <= MOST_BYTES + 100
    assert all(one.text.endswith("\n> […]") for one in found)


def test_many_short_lines_are_cut_with_a_mark() -> None:
    (found,) = quoted([line("a\n" * 5000)], ticket(), [ANA], "")

    assert found.text.count("\n") <= 200
    assert found.text.endswith("> […]")


def test_what_one_of_the_recipients_may_not_read_is_not_quoted() -> None:
    to_both = line("a los dos", kind="agent", author=BOX, to=(ANA, LUIS))
    to_ana = line("solo a Ana", kind="agent", author=BOX, to=(ANA,))
    from_ana = line("de Ana al servicio", to=(BOX,))
    from_luis = line("de Luis", author=LUIS, to=(BOX,))
    aside = line("de fuera", kind="aside", author="x@x.example")
    everything = [to_both, to_ana, from_ana, from_luis, aside]

    def words(*recipients: str) -> list[str]:
        return [one.text[2:] for one in quoted(everything, ticket(), recipients, "")]

    assert words(ANA) == ["a los dos", "solo a Ana", "de Ana al servicio", "de Luis"]
    assert words(ANA, LUIS) == ["a los dos", "de Luis"]
    assert words(LUIS) == ["a los dos", "de Luis"]
    assert words("new@x.example") == []


@pytest.mark.parametrize("words", ["", "  \n\t\n"])
def test_a_message_without_new_words_is_passed_over(words: str) -> None:
    assert quoted([line(words)], ticket(), [ANA], "") == []


def test_a_row_knows_everybody_who_got_the_message() -> None:
    addressed = {"to": [{"address": ANA}], "cc": [{"address": LUIS}], "bcc": [{"address": "b@x.example"}]}
    row = {
        "kind": "agent",
        "author_address": BOX,
        "author_name": "eva",
        "accepted_at": NOON,
        "words": "Ya",
        "cut": False,
        "addressed": orjson.dumps(addressed).decode(),
    }

    assert said(row).readers == {BOX, ANA, LUIS, "b@x.example"}
