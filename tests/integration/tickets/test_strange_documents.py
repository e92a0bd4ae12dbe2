"""Whatever stands where in a document of the desk, putting it is answered with words and never breaks anything."""

import copy
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk

ALWAYS = {"minutes": 60, "calendar": "always"}
EVENT = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261207\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
WHOLE: dict[str, dict[str, Any]] = {
    "calendars/office": {
        "zone": "UTC",
        "week": {"mon": ["09:00-17:00"]},
        "days": {"2026-12-24": ["09:00-12:00"]},
        "names": {"2026-12-24": "Nochebuena"},
        "holidays": {"country": "ES", "subdivision": "MD", "language": "es"},
        "ics": "BEGIN:VCALENDAR\r\n" + EVENT + "END:VCALENDAR\r\n",
    },
    "lifecycles/default": {
        "pending": [{"after_days": 3, "do": "remind"}],
        "solved": [{"after_days": 7, "do": "close"}],
    },
    "rotas/nights": {
        "zone": "UTC",
        "layers": [
            {"members": ["eva"], "first_day": "2026-11-30", "hand_over": "09:00", "turn_days": 7, "hours": "office"}
        ],
        "overrides": [{"agent": "eva", "since": "2026-12-24T18:00:00+01:00", "until": "2026-12-25T09:00:00+01:00"}],
    },
    "ladders/outage": {
        "starts": [{"on": "arrival", "priorities": ["urgent"]}, {"on": "warning", "clocks": ["first_response"]}],
        "stops": ["taken", "acknowledged"],
        "steps": [
            {"after_minutes": 5, "do": "notify_assignee"},
            {"after_minutes": 10, "do": "notify_team", "role": "lead"},
            {"after_minutes": 0, "do": "page", "rota": "nights", "answer_within_minutes": 5, "times": 3},
            {"after_minutes": 0, "do": "webhook", "webhook": "status"},
            {"after_minutes": 30, "do": "repeat", "from_step": 2, "times": 2},
        ],
    },
    "policies/standard": {
        "targets": {"resolution": {"normal": ALWAYS}},
        "tiers": {"1": {"normal": ALWAYS}},
        "pauses": {"resolution": ["pending"]},
        "warn_at": [0.5],
        "page_at_night": ["urgent"],
        "apology": ALWAYS,
        "ladder": "outage",
    },
    "templates/hello": {
        "title": {"es": "Hola", "en": "Hello"},
        "texts": {"es": "Hola", "en": "Hello"},
        "teams": ["first-line"],
        "status": "pending",
        "shortcut": "hi",
    },
}
STRANGE: tuple[Any, ...] = ("a\ud800b", 2**62, 1e300, [[]], None, {"\x00": 1})
JSON = {"content-type": "application/json"}


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        yield desk


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


def put_in(whole: Any, path: tuple[str | int, ...], value: Any) -> Any:
    changed = copy.deepcopy(whole)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


async def desk(api: ApiDesk) -> httpx.AsyncClient:
    """The desk that these documents are of, without them."""
    admin = await api.client("read", "write", "admin", name="boss")
    team = {"title": {"es": "Primera línea", "en": "First line"}, "tier": "1"}
    eva = {"name": "Eva Ruiz", "email": "eva@desk.example", "teams": [{"team": "first-line", "role": "lead"}]}
    for path, body in (("teams/first-line", team), ("agents/eva", eva)):
        assert (await admin.put(f"/api/v1/{path}", json=body)).status_code == 201
    return admin


async def test_whatever_stands_anywhere_in_a_document_is_taken_or_refused_with_words(api: ApiDesk) -> None:
    admin = await desk(api)
    for address, whole in WHOLE.items():
        made = await admin.put(f"/api/v1/desk/{address}", json=whole)
        assert made.status_code == 201, made.text
        for path in places(whole):
            for strange in STRANGE:
                body = json.dumps(put_in(whole, path, strange))
                answer = await admin.put(f"/api/v1/desk/{address}", content=body, headers=JSON)
                assert answer.status_code in (200, 201, 422), (address, path, strange, answer.text)
                assert answer.json().get("detail") != "", (address, path, strange)


@pytest.mark.parametrize("letter", ["\x00", "\ud800"])
async def test_a_day_whose_name_cannot_be_kept_is_refused_at_its_place(api: ApiDesk, letter: str) -> None:
    admin = await desk(api)
    body = json.dumps({"zone": "UTC", "week": {"mon": ["09:00-17:00"]}, "names": {"2026-12-24": f"a{letter}"}})

    answer = await admin.put("/api/v1/desk/calendars/office", content=body, headers=JSON)

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/names/2026-12-24"
