"""What in a text is somebody, what may be, and what is somebody else."""

import unicodedata

import pytest

from tickets.domain.privacy.mentions import BLACK
from tickets.domain.privacy.person import Identity, person_of, spellings

ZOE = person_of([Identity("email", "zoe@forma.example"), Identity("phone", "+34600111222")], ["Zoé Peñalver"])


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("a zoe@forma.example.Gracias", f"a {BLACK}.Gracias"),
        ("a zoe@forma.example. Gracias", f"a {BLACK}. Gracias"),
        ("_zoe@forma.example_", f"_{BLACK}_"),
        ("escriba a...zoe@forma.example", f"escriba a...{BLACK}"),
        ("-zoe@forma.example-", f"-{BLACK}-"),
        ("?e=zoe%40forma.example&a=%20ZOE%40forma.example", f"?e={BLACK}&a=%20{BLACK}"),
        (r'{"body":"hola\nzoe@forma.example\nZoé Peñalver"}', rf'{{"body":"hola\n{BLACK}\n{BLACK}"}}'),
        (unicodedata.normalize("NFD", "dice Zoé Peñalver."), f"dice {BLACK}."),
        ("Zoé\u00a0Peñalver, ZOÉ\nPEÑALVER", f"{BLACK}, {BLACK}"),
        ("<p>Zoé&nbsp;Peñalver</p>", f"<p>{BLACK}</p>"),
        ("<b>Zoé</b> <i>Peñalver</i>", f"<b>{BLACK}</b><i></i>"),
        ("Peñalver, Zoé", BLACK),
        ("+34 600 111 222, 0034 600-11-12-22, (+34) 600.111.222", f"{BLACK}, {BLACK}, ({BLACK}"),
    ],
)
def test_who_is_named_in_another_form_is_taken_out(text: str, without: str) -> None:
    assert ZOE.taken_out(text) == without
    assert ZOE.stands_in(text)
    assert ZOE.may_stand_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "_zoe@forma.example",
        "zoe@forma.example.gracias",
        "llame al 600 111 222",
        "Zoe Penalver",
        "zoe\u200b@forma.example.gracias",
        "<b>zoe</b>&#64;forma.example.gracias",
    ],
)
def test_who_may_be_named_stays_and_is_to_be_looked_at(text: str) -> None:
    assert ZOE.taken_out(text) == text
    assert ZOE.may_stand_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "x.zoe@forma.example", "j-zoe@forma.example", "zoe@forma.example-uno.org", "zoe@forma.examples",
        "Zoé Peñalvera",        "zoe@forma.example@otra", "zoe+1@forma.example", "1346001112229", "Zoé", "600 111 223",
    ],
)  # fmt: skip
def test_somebody_else_is_neither(text: str) -> None:
    assert ZOE.taken_out(text) == text
    assert not ZOE.may_stand_in(text)


@pytest.mark.parametrize(
    ("address", "others"),
    [
        ("ana@müller.example", ['"ana"@müller.example', "ana@xn--mller-kva.example", '"ana"@xn--mller-kva.example']),
        ("ana@xn--mller-kva.example", ["ana@müller.example"]),
        ('"ana"@x.example', ["ana@x.example"]),
        ('"ana b"@x.example', []),
        ("ana@x.example", ['"ana"@x.example']),
        ("ana@straße.example", ['"ana"@straße.example']),
        ("ana@xn--.example", ['"ana"@xn--.example']),
    ],
)
def test_one_mailbox_is_known_by_each_way_to_write_it(address: str, others: list[str]) -> None:
    found = {one.address for one in spellings(Identity("email", address))}
    assert found >= set(others)
    assert (len(found) == 0) == (not others)


def test_whatever_people_call_themselves_what_is_asked_of_the_database_stays_small() -> None:
    sentence = " ".join(f"{letter}ábcdefghijklmnopq" * 3 for letter in "abcdefghijklmnopqrstuvwxyz")
    many = [f"Zoé{at} Peñalver" for at in range(1_000)]
    somebody = person_of([Identity("phone", f"+346001{at:05}") for at in range(100)], [sentence, *many])

    assert max(map(len, (*somebody.loosely, *somebody.loosely_named))) < 5_000
    assert (len(somebody.loosely), len(somebody.loosely_named)) == (5, 10)
    assert person_of([], [sentence]).taken_out(f"Soy {sentence}.") == f"Soy {BLACK}."


def test_what_is_no_address_has_one_spelling() -> None:
    assert spellings(Identity("phone", "+34600111222")) == []
