"""Rotas as data: read, overridden, and what they leave uncovered."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from tickets.domain.ladders.rota_documents import check_people, read_rota, warnings_of, with_override
from tickets.domain.ladders.rotas import Layer, Override, Rota, on_call
from tickets.domain.service_levels.calendars import Calendar
from tickets.errors import Invalid, Refused

OFFICE = Calendar("office", "1", "Europe/Madrid", dict.fromkeys(range(1, 6), ((540, 1080),)))
FRIDAY = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
WEEKLY = {"members": ["eva", "luis"], "first_day": "2026-11-23", "hand_over": "08:30"}
CONTENT: dict[str, Any] = {
    "zone": "Europe/Madrid",
    "layers": [WEEKLY, {"members": ["ana"], "first_day": "2026-11-23", "turn_days": 1, "hours": "office"}],
    "overrides": [{"agent": None, "since": "2026-12-24T18:00:00+01:00", "until": "2026-12-25T09:00:00+01:00"}],
}


def read(**changes: Any) -> Rota:
    return read_rota("nights", 2, {**CONTENT, **changes}, {"office": OFFICE})


def test_a_rota_is_read_whole() -> None:
    rota = read()
    assert (rota.name, rota.version, rota.zone) == ("nights", 2, "Europe/Madrid")
    assert rota.layers[0] == Layer(("eva", "luis"), date(2026, 11, 23), time(8, 30))
    assert (rota.layers[1].hours, rota.layers[1].turn_days) == (OFFICE, 1)
    assert on_call(rota, datetime(2026, 12, 24, 20, 0, tzinfo=UTC)) is None
    assert rota.people() == {"eva", "luis", "ana"}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"zone": "Europe/Nowhere"}, "/zone"),
        ({"zone": None}, "/zone"),
        ({"layers": []}, "/layers"),
        ({"layers": [{**WEEKLY, "members": []}]}, "/layers/0/members"),
        ({"layers": [{**WEEKLY, "members": ["eva", 7]}]}, "/layers/0/members/1"),
        ({"layers": [{**WEEKLY, "first_day": "2026-02-30"}]}, "/layers/0/first_day"),
        ({"layers": [{**WEEKLY, "hand_over": "25:00"}]}, "/layers/0/hand_over"),
        ({"layers": [{**WEEKLY, "hand_over": "09:00+01:00"}]}, "/layers/0/hand_over"),
        ({"layers": [{**WEEKLY, "turn_days": 0}]}, "/layers/0/turn_days"),
        ({"layers": [WEEKLY, {**WEEKLY, "hours": "ofice"}]}, "/layers/1/hours"),
        ({"layers": [{**WEEKLY, "colour": "red"}]}, "/layers/0/colour"),
        ({"overrides": [{"agent": "eva", "since": "2026-12-24T18:00:00", "until": "x"}]}, "/overrides/0/since"),
        (
            {"overrides": [{"agent": "eva", "since": "2026-12-25T18:00Z", "until": "2026-12-24T18:00Z"}]},
            "/overrides/0/until",
        ),
        ({"members": []}, "/members"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(**changes)
    assert refused.value.pointer == place


def test_people_whom_the_desk_does_not_have_are_refused_with_their_places() -> None:
    content = {**CONTENT, "overrides": [{**CONTENT["overrides"][0], "agent": "zoe"}]}
    with pytest.raises(Invalid) as refused:
        check_people(content, ["eva", "ana"])
    assert [path for path, _ in refused.value.faults] == [("layers", 0, "members", 1), ("overrides", 0, "agent")]
    check_people(CONTENT, ["eva", "ana", "luis"])


def test_the_override_that_was_made_last_counts() -> None:
    since, until = FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=2)
    once = with_override(CONTENT, Override("ana", since, until), FRIDAY)
    twice = with_override(once, Override("luis", since, until), FRIDAY)
    assert on_call(read(), since) == "eva"
    assert on_call(read_rota("n", 3, once, {"office": OFFICE}), since) == "ana"
    assert on_call(read_rota("n", 4, twice, {"office": OFFICE}), since) == "luis"


def test_overrides_that_are_long_over_make_room() -> None:
    later = datetime(2027, 6, 1, tzinfo=UTC)
    after = with_override(CONTENT, Override("ana", later, later + timedelta(days=1)), later)
    assert [one["agent"] for one in after["overrides"]] == ["ana"]


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [(2, 1, "after"), (-3, -1, "over already"), (1, 400, "366 days")],
)
def test_an_override_that_makes_no_sense_is_refused(since: int, until: int, words: str) -> None:
    override = Override("eva", FRIDAY + timedelta(days=since), FRIDAY + timedelta(days=until))
    with pytest.raises(Invalid, match=words):
        with_override(CONTENT, override, FRIDAY)


def test_no_rota_has_more_overrides_than_it_can_have() -> None:
    many = {
        **CONTENT,
        "overrides": [{"agent": "eva", "since": "2027-01-01T00:00Z", "until": "2027-01-02T00:00Z"}] * 1000,
    }
    with pytest.raises(Refused, match="1000 overrides"):
        with_override(many, Override("eva", FRIDAY, FRIDAY + timedelta(days=1)), FRIDAY)


def test_the_first_five_stretches_that_nobody_covers_are_named_and_the_others_counted() -> None:
    rota = read(layers=[{"members": ["ana"], "first_day": "2026-11-02", "hours": "office"}], overrides=[])
    [words] = warnings_of(rota, FRIDAY)
    assert words == (
        "nobody is on call from Fri 27 Nov 18:00 to Mon 30 Nov 09:00, from Mon 30 Nov 18:00 to Tue 1 Dec 09:00,"
        " from Tue 1 Dec 18:00 to Wed 2 Dec 09:00, from Wed 2 Dec 18:00 to Thu 3 Dec 09:00,"
        " from Thu 3 Dec 18:00 to Fri 4 Dec 09:00, and 15 times more (Europe/Madrid)"
    )
    assert warnings_of(read(overrides=[]), FRIDAY) == []


def test_calendars_that_are_not_at_hand_can_be_left_open() -> None:
    assert read_rota("nights", 2, CONTENT, None).layers[1].hours is not None
