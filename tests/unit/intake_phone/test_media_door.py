"""The door at which Twilio fetches files: with a good token the file and nothing that a browser would run, else 404."""

import httpx
import pytest
from fastapi import FastAPI

from intake_phone.adapters.twilio.media_door import PATH, add_media_door
from intake_phone.handlers.texts.offering import Content
from ventanilla_contracts.errors import Temporary


async def fetched(found: Content | None, path: str = "token", *, error: Exception | None = None) -> httpx.Response:
    async def offers(token: str) -> Content | None:
        if error:
            raise error
        return found if token == "token" else None

    application = FastAPI(openapi_url=None)
    add_media_door(application, offers)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8003") as client:
        return await client.get(f"{PATH}{path}")


async def test_a_file_comes_with_its_type_and_name_and_runs_nothing() -> None:
    answer = await fetched(Content(b"%PDF", "application/pdf", 'guía "1".pdf'))

    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"%PDF", "application/pdf")
    told = answer.headers
    assert told["content-disposition"] == (
        "attachment; filename=\"gu_a _1_.pdf\"; filename*=UTF-8''gu%C3%ADa%20_1_.pdf"
    )
    assert (told["x-content-type-options"], told["cache-control"]) == ("nosniff", "private, no-store")
    assert "sandbox" in told["content-security-policy"]


@pytest.mark.parametrize("path", ["other", "", "..%2F..%2Fetc", "a/b", "token/"])
async def test_anything_else_is_not_there(path: str) -> None:
    answer = await fetched(Content(b"x", "text/plain", "a"), path)
    assert answer.status_code in (404, 307), answer.text
    assert answer.content != b"x"


async def test_while_the_broker_is_away_twilio_is_to_come_again() -> None:
    answer = await fetched(None, error=Temporary("no broker"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
