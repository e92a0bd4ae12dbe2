"""What an account starts with."""

import json
from pathlib import Path
from typing import Any

import pytest

from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.twilio.pace import Pace
from ventanilla_devstack.twilio.page.words import words_of
from ventanilla_devstack.twilio.records import Call, Message
from ventanilla_devstack.twilio.seed import DESK_ES, Seed, add_person, new_exchange, read_seed


def test_a_seed_file_names_account_numbers_and_people(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    given = {
        "account": {"sid": "AC" + "1" * 32, "auth_token": "secret"},
        "desk": "http://127.0.0.1:8003",
        "numbers": [{"number": "+34910000777", "sms": False}],
        "people": [{"number": "+34600000777", "answers": "answers", "script": ["hear:Hola", "press:1", "hang up"]}],
    }
    path.write_text(json.dumps(given), encoding="utf-8")

    exchange = new_exchange(read_seed(path), Pace())

    assert exchange.account.auth_token == "secret"
    assert exchange.numbers["+34910000777"].voice_url == "http://127.0.0.1:8003/twilio/voice"
    assert not exchange.numbers["+34910000777"].sms
    assert exchange.people["+34600000777"].script == ("hear:Hola", "press:1", "hang up")


@pytest.mark.parametrize("text", ["[]", "{", '{"else": 1}', '{"numbers": [5]}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "seed.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(Unsuitable, match=r"docs/fidelity\.md"):
        read_seed(path)


@pytest.mark.parametrize(
    ("number", "habits"),
    [
        ("600", {}),
        ("+34600000001", {"answers": "maybe"}),
        ("+34600000001", {"script": ["dance"]}),
        ("+34600000001", {"colour": "red"}),
    ],
)
def test_a_person_who_cannot_be_is_refused(number: str, habits: dict[str, Any]) -> None:
    with pytest.raises(Unsuitable):
        add_person(new_exchange(Seed(), Pace()), number=number, **habits)


def test_an_account_keeps_its_ids_from_one_start_to_the_next() -> None:
    first, second = new_exchange(Seed(), Pace()), new_exchange(Seed(), Pace())

    assert first.account.sid == second.account.sid
    assert first.numbers[DESK_ES].sid == second.numbers[DESK_ES].sid


def test_the_oldest_make_room_but_calls_that_go_on_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ventanilla_devstack.twilio.exchange.CALLS", 10)
    monkeypatch.setattr("ventanilla_devstack.twilio.exchange.MESSAGES", 10)
    exchange = new_exchange(Seed(), Pace())
    now = exchange.pace.now()
    exchange.add_call(Call("CA-going-on", "+1", "+2", "inbound", now, status="in-progress"))

    for number in range(30):
        exchange.add_call(Call(f"CA{number}", "+1", "+2", "inbound", now, status="completed"))
        exchange.add_message(Message(f"SM{number}", "+1", "+2", "x", "inbound", now))

    assert len(exchange.calls) == len(exchange.messages) == 10
    assert "CA-going-on" in exchange.calls
    assert "CA29" in exchange.calls


def test_the_page_has_each_word_in_both_languages() -> None:
    assert words_of("es").table.keys() == words_of("en").table.keys()
