import json

import httpx
import pytest

from ventanilla_runtime.health import Health


@pytest.fixture
def health() -> Health:
    return Health()


async def get(health: Health, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(health), base_url="http://probe") as client:
        return await client.get(path)


async def test_without_problems_it_is_ready(health: Health) -> None:
    health.add("broker", lambda: None)
    answer = await get(health, "/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": {}})


async def test_readiness_names_what_is_wrong(health: Health) -> None:
    health.add("broker", lambda: "not connected")
    health.add("rights", lambda: None)
    answer = await get(health, "/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == {"broker": "not connected"}


async def test_while_it_stops_it_is_alive_but_not_ready(health: Health) -> None:
    health.draining = True
    assert (await get(health, "/livez")).status_code == 200
    assert (await get(health, "/readyz")).status_code == 503


async def test_a_door_opens_once_all_was_ready_and_stays_open_while_the_broker_is_away(health: Health) -> None:
    problem: list[str] = ["not connected"]
    health.add("broker", lambda: problem[0] if problem else None)
    assert (await get(health, "/doorz")).status_code == 503
    problem.clear()
    assert (await get(health, "/doorz")).text == "open\n"
    problem.append("not connected")
    assert (await get(health, "/readyz")).status_code == 503
    assert (await get(health, "/doorz")).status_code == 200
    health.draining = True
    assert ((await get(health, "/doorz")).status_code, (await get(health, "/livez")).status_code) == (503, 200)


async def test_metrics_are_prometheus_text(health: Health) -> None:
    answer = await get(health, "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE ventanilla_broker_connected gauge" in answer.text


async def test_any_other_path_is_not_found(health: Health) -> None:
    assert (await get(health, "/")).status_code == 404


def test_a_service_with_pages_of_its_own_can_ask_for_the_answers(health: Health) -> None:
    answer = health.answer("/readyz")
    assert answer
    assert json.loads(answer[2])["ready"]
    assert health.answer("/api/v1/tickets") is None
