"""What is only read: history, arithmetic, and how tickets are looked for."""

from typing import Any

import pytest

from intake_chat.domain.slack.dialogs import clocks, history, quarantine
from intake_chat.domain.slack.dialogs.leafing import Leaf, leaf_of
from intake_chat.domain.slack.dialogs.searching import number_in, offered, words_in
from tests.unit.intake_chat.dialogs.builders import Json, entry, held, sums, ticket
from ventanilla_contracts.local_times import zone_of


def lines(view: Json) -> list[str]:
    """The paragraphs of a dialog, a time as its fallback."""
    paragraphs = [part for block in view["blocks"] if block["type"] == "rich_text" for part in block["elements"]]
    return ["".join(one.get("text") or one["fallback"] for one in part["elements"]) for part in paragraphs]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h 00 min"), (90_061, "1 d 1 h 01 min"),
     (86_400, "1 d 0 h 00 min"), (-90, "-1 min")],
)  # fmt: skip
def test_a_duration_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert clocks.duration(seconds) == said


MADRID = zone_of("Europe/Madrid")


def test_the_arithmetic_tells_each_stretch_and_why_it_did_not_count_by_the_readers_clock() -> None:
    view = clocks.view(Leaf(1), ticket(), sums(1), "es", zone=MADRID)
    [said] = lines(view)

    assert said.splitlines()[:3] == [
        "Primera respuesta: corre · usado 1 h 00 min de 4 h 00 min · vence vie 27 nov 16:00",
        " + vie 27 nov 10:00 – 11:00            1 h 00 min     cuenta [default]",
        "   vie 27 nov 10:00 – 11:00                           cerrado: sábado [default]",
    ]
    assert "hasta vie 27 nov 16:00" in str(view["blocks"][0])
    assert "Las horas son las de Madrid." in str(view["blocks"][1])
    assert "Nivel 2: corre · usado 1 h 00 min ·" in said


def test_a_stretch_over_days_and_years_says_when_it_ends() -> None:
    night = {"from": "2026-12-31T17:00:00+00:00", "to": "2027-01-01T08:00:00+00:00", "cycle": 1, "counted": True,
             "seconds": 3_600.0, "why": "counted", "calendar": "always 0"}  # fmt: skip
    clock = {**sums()["clocks"]["resolution"], "intervals": [night], "promised_by": "automatic"}
    told = {**sums(until="2027-01-01T08:00:00+00:00"), "clocks": {"update": clock}}

    [said] = lines(clocks.view(Leaf(1), ticket(), told, "en", zone=MADRID))

    first, stretch = said.splitlines()[:2]
    assert first.endswith("due Fri 27 Nov 2026 16:00 · promised by the desk")
    assert stretch == " + Thu 31 Dec 2026 18:00 – Fri 1 Jan 09:00  1 h 00 min     counted [around the clock]"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "2026-11-27 15:00 UTC  Eva Ruiz cambió el estado de «nuevo» a «abierto». (Slack)"),
        ({"via": None, "actor": "customer", "action": "message.added", "detail": {"message": "x", "channel": "slack"}},
         "2026-11-27 15:00 UTC  El cliente escribió, por Slack."),
        ({"actor": "desk", "action": "of.tomorrow", "detail": {"some_thing": [1, None]}, "why": "so be it"},
         "2026-11-27 15:00 UTC  La mesa: of tomorrow. some thing: 1. (Slack)\nSo be it"),
        ({"action": "ticket.snoozed", "detail": {"until": "2026-11-30T17:00:00+00:00"}, "why": "hace falta"},
         "2026-11-27 15:00 UTC  Eva Ruiz la apartó hasta 2026-11-30 17:00 UTC. (Slack)\nHace falta"),
    ],
)  # fmt: skip
def test_the_history_says_who_did_what_and_why(more: dict[str, Any], said: str) -> None:
    assert lines(history.view(Leaf(1), [entry(1, **more)], "es")) == [said]


def quoted(view: Json) -> list[str]:
    """What stands there as somebody else's words."""
    parts = [part for block in view["blocks"] if block["type"] == "rich_text" for part in block["elements"]]
    return [one["text"] for part in parts if part["type"] == "rich_text_quote" for one in part["elements"]]


def test_nobody_decides_about_a_message_of_which_they_read_no_word() -> None:
    item = held(text="<!channel> Compre\n\nya " + "barato " * 900)

    [in_list] = quoted(quarantine.view([item], None, "es"))
    [in_dialog] = quoted(quarantine.deciding(item, "release", "es"))

    assert in_list.startswith("<!channel> Compre ya barato")
    assert (len(in_list), in_list[-1]) == (200, "…")
    assert in_dialog.startswith("<!channel> Compre\n\nya barato")
    assert 2_000 < len(in_dialog) <= 2_500
    assert "original" in str(quarantine.deciding(item, "release", "es"))
    assert "original" not in str(quarantine.deciding(held(), "release", "es"))


def test_a_sender_in_slack_is_a_name_in_the_quarantine() -> None:
    item = held(channel="slack", sender={"address": "T0123/U0456", "name": "Carmen"})

    assert "T0123" not in str(quarantine.view([item], None, "es")["blocks"][0])
    assert "Carmen" in str(quarantine.view([item], None, "es")["blocks"][0])


@pytest.mark.parametrize(
    ("typed", "number"), [("12", 12), (" #12 ", 12), ("12a", None), ("", None), ("٣", None), ("0", None)]
)
def test_a_number_is_known_with_and_without_its_mark(typed: str, number: int | None) -> None:
    assert number_in(typed) == number


def test_what_cannot_be_looked_for_is_left_out() -> None:
    assert words_in("  a\x00b\u2028c \ud800 ") == "a b c"
    assert len(words_in("x" * 900)) == 200


def test_a_ticket_is_offered_once_with_its_state_and_whose_it_is() -> None:
    [one] = offered([ticket(number=9), ticket(number=9), ticket(number=8, merged_into=9), ticket()], 4711, "es")

    assert (one.text, one.value, one.description) == ("#9 No puedo entrar", "9", "abierto · Ana")


@pytest.mark.parametrize("value", ["", "x 1", "1 x", "1 -1"])
def test_a_page_that_no_button_names_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        leaf_of(value)
