"""What the API says of a body that is wrong: in its own words, which clients translate, never a library's."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tickets.adapters.http.announcement_routes import AnnouncementBody
from tickets.adapters.http.bodies import Body
from tickets.adapters.http.callback_routes import AttemptBody, CallbackBody
from tickets.adapters.http.desk_bodies import AgentBody, CustomerBody
from tickets.adapters.http.problems import answer_problems
from tickets.adapters.http.verifying_routes import CodeGiven, CodeWanted

FINE = "No hay internet en Málaga."


async def refused(body: type[Body], given: Any) -> str:
    application = FastAPI()
    answer_problems(application)

    @application.post("/")
    async def _take(_: body) -> None:  # type: ignore[valid-type]  # each case has a body of its own
        pass

    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://desk") as client:
        answer = await client.post("/", json=given)
    assert answer.status_code == 422, answer.text
    return str(answer.json()["detail"])


@pytest.mark.parametrize(
    ("body", "given", "words"),
    [
        (
            AnnouncementBody,
            {"texts": {"es": "x" * 501, "en": FINE}},
            "/texts/es: is too long: at most 500 characters",
        ),
        (AnnouncementBody, {"texts": [FINE]}, "/texts: must be an object"),
        (AnnouncementBody, {"texts": {"es": FINE, "fr": FINE}}, "/texts/fr: must be 'es' or 'en'"),
        (AnnouncementBody, {"texts": {"es": FINE, "en": 7}}, "/texts/en: must be a text"),
        (AnnouncementBody, {"texts": {"es": FINE, "en": FINE}, "importance": 10}, "/importance: must be at most 9"),
        (
            AnnouncementBody,
            {"texts": {"es": FINE, "en": FINE}, "until": "2026-12-01T09:00:00"},
            "/until: must be a time with its zone: 2026-12-01T09:00:00+01:00",
        ),
        (CallbackBody, {"at": "tomorrow"}, "/at: must be a time with its zone: 2026-12-01T09:00:00+01:00"),
        (CallbackBody, {"number": "+34" * 200}, "/number: is too long: at most 300 characters"),
        (CallbackBody, {"number": 34600111222}, "/number: must be a text"),
        (AttemptBody, {"outcome": "talked", "seconds": -1}, "/seconds: must be at least 0"),
        (AttemptBody, {"outcome": "talked", "seconds": "long"}, "/seconds: must be a whole number"),
        (CodeGiven, {"code": "12345"}, "/code: must be six digits, as in the message that was sent"),
        (CodeWanted, {"factor": ""}, "/factor: must not be empty"),
        (
            AgentBody,
            {"name": "Ana", "email": "a@b.example", "phone": "+34" * 20},
            "/phone: is too long: at most 40 characters",
        ),
        (CustomerBody, {"ways": ["a@b.example"] * 11}, "/ways: are too many: at most 10"),
    ],
)
async def test_each_fault_of_a_body_is_said_in_words_of_the_api(body: type[Body], given: Any, words: str) -> None:
    assert await refused(body, given) == words
