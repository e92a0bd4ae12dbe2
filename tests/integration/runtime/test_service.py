import asyncio
import socket
import sys
from pathlib import Path

import httpx

from tests.support.broker import Desk
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess
from tests.support.streams import be_impatient, intake_message
from ventanilla_runtime.publish import Publisher

COMMAND = [sys.executable, str(Path(__file__).with_name("small_service.py"))]


def small_service(
    processes: Processes, desk: Desk, tmp_path: Path, behaviour: str = "", **environment: str
) -> ServiceProcess:
    settings = {
        "NOTES": str(tmp_path / "notes"),
        "BEHAVIOUR": behaviour,
        "ROUTER_DRAIN_SECONDS": "2",
        **desk.environment("router"),
        **environment,
    }
    return processes.add("router", settings, COMMAND)


def notes(tmp_path: Path) -> list[str]:
    path = tmp_path / "notes"
    return path.read_text().split() if path.exists() else []


async def publish(desk: Desk, *numbers: int) -> None:
    publisher = Publisher(await desk.connect())
    await publisher.start()
    await publisher.publish_all([intake_message(n) for n in numbers])


async def test_a_service_answers_its_probes_and_stops_on_sigterm(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = small_service(processes, fresh_desk, tmp_path)
    await service.start()
    async with httpx.AsyncClient(base_url=service.url) as client:
        live, ready, metrics = [await client.get(path) for path in ("/livez", "/readyz", "/metrics")]
        missing = await client.get("/nothing")

    assert (live.status_code, live.text) == (200, "alive\n")
    assert ready.json() == {"ready": True, "problems": {}}
    assert "ventanilla_broker_connected 1.0" in metrics.text
    assert missing.status_code == 404
    assert await service.stop() == 0
    assert service.events()[-1]["event"] == "service.stopped"


async def test_sigterm_lets_the_message_in_hand_finish_and_gives_the_others_back(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    await publish(fresh_desk, 1, 2)
    service = small_service(processes, fresh_desk, tmp_path, "slow")
    await service.start()
    await eventually(lambda: notes(tmp_path) == ["begun"])

    assert await service.stop() == 0

    assert notes(tmp_path) == ["begun", "1"]
    await small_service(processes, fresh_desk, tmp_path).start()
    await eventually(lambda: notes(tmp_path)[-1] == "2", 5)


async def test_a_handler_that_is_stuck_is_cut_off_when_the_time_to_drain_is_up(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    await publish(fresh_desk, 1)
    service = small_service(processes, fresh_desk, tmp_path, "stuck")
    await service.start()
    await eventually(lambda: notes(tmp_path) == ["begun"])

    assert await service.stop(6) == 0

    assert "consumer.cut_off" in [event["event"] for event in service.events()]


async def test_a_service_that_hangs_while_stopping_ends_itself_and_says_so(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = small_service(processes, fresh_desk, tmp_path, "hangs", ROUTER_DRAIN_SECONDS="0.1")
    await service.start()

    assert await service.stop(10) == 1

    assert "router: still busy" in service.log.read_text()


async def test_sigterm_while_waiting_for_a_broker_ends_the_service(
    own_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = small_service(processes, own_desk, tmp_path)
    own_desk.server.kill()
    await service.start(ready_within_seconds=0)

    async def not_ready() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"{service.url}/readyz")
        except httpx.HTTPError:
            return False
        return answer.status_code == 503 and "not connected" in answer.text

    await eventually(not_ready)

    assert await service.stop(5) == 0


async def test_a_service_started_before_its_broker_becomes_ready_when_it_comes(
    own_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = small_service(processes, own_desk, tmp_path)
    own_desk.server.kill()
    await service.start(ready_within_seconds=0)
    own_desk.server.start()
    await service.wait_ready()


async def test_a_wrong_password_ends_the_service_with_one_clear_line(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = small_service(processes, fresh_desk, tmp_path, ROUTER_NATS_PASSWORD="wrong")
    await service.start(ready_within_seconds=0)
    await eventually(lambda: not service.pid, 15)

    lines = [line for line in service.log.read_text().splitlines() if line.startswith("router:")]
    assert len(lines) == 1
    assert "password" in lines[0].lower() or "authorization" in lines[0].lower()
    assert "Traceback" not in service.log.read_text()


async def test_a_port_in_use_is_one_clear_line_that_names_the_variable(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        service = small_service(processes, fresh_desk, tmp_path, ROUTER_HTTP_PORT=port)
        await service.start(ready_within_seconds=0)
        await eventually(lambda: not service.pid, 15)

    [line] = [line for line in service.log.read_text().splitlines() if line.startswith("router:")]
    assert f"port {port} is in use" in line
    assert "ROUTER_HTTP_PORT" in line
    assert "Traceback" not in service.log.read_text()


async def test_a_bug_at_start_ends_the_process(fresh_desk: Desk, processes: Processes, tmp_path: Path) -> None:
    service = small_service(processes, fresh_desk, tmp_path, "bug")
    await service.start(ready_within_seconds=0)
    await eventually(lambda: not service.pid, 15)
    assert "a bug at start" in service.log.read_text()


async def test_a_message_whose_process_is_killed_is_handled_by_the_next(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    await be_impatient(await fresh_desk.connect())
    await publish(fresh_desk, 1)
    first = small_service(processes, fresh_desk, tmp_path, "stuck")
    await first.start()
    await eventually(lambda: notes(tmp_path) == ["begun"])
    await first.kill()

    await small_service(processes, fresh_desk, tmp_path).start()
    await eventually(lambda: notes(tmp_path) == ["begun", "begun", "1"], 15)


async def test_after_sigterm_a_connection_gets_its_last_answer_and_is_told_so(
    fresh_desk: Desk, processes: Processes, tmp_path: Path
) -> None:
    service = small_service(processes, fresh_desk, tmp_path, "door")
    await service.start()
    async with httpx.AsyncClient(base_url=service.url) as client:
        before = await client.get("/page")
        stopping = asyncio.create_task(service.stop(10))
        await eventually(lambda: "service.stopping" in notes(tmp_path))
        ready = await client.get("/readyz")
        slow = await client.get("/slow")

        assert "connection" not in before.headers
        assert (ready.status_code, ready.headers["connection"]) == (503, "close")
        assert ready.json()["problems"]["service"] == "it is stopping"
        assert (slow.text, slow.headers["connection"]) == ("done", "close")
        assert await stopping == 0
