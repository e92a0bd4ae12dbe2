"""`make run` from outside, with real servers and stand-ins for the services."""

import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.support import fake_service
from tests.support.desk_runs import ROOT, DeskRun, descendants, free_port_base
from tests.support.polling import eventually
from ventanilla_devstack.children import Account, command_line, identify
from ventanilla_devstack.desk_services import OFFSETS
from ventanilla_devstack.nats_server import NatsServer
from ventanilla_devstack.postgres_binaries import anybody_enters, postgres_account
from ventanilla_devstack.postgres_server import PostgresServer

Starter = Callable[..., DeskRun]


@pytest.fixture
def data_dir(server_folder: Path) -> Path:
    return server_folder / "data dir"


@pytest.fixture
def start(data_dir: Path) -> Iterator[Starter]:
    runs: list[DeskRun] = []

    def start_run(environment: dict[str, str] | None = None, **options: object) -> DeskRun:
        port_base = options.pop("port_base", None) or free_port_base()
        run = DeskRun(data_dir, port_base, environment, **options)  # type: ignore[arg-type]  # options are checked by the class itself
        runs.append(run)
        return run

    yield start_run
    for run in runs:
        run.reap()


async def _execute(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@pytest.fixture
def elsewhere(nats_server: NatsServer, postgres_server: PostgresServer, database: str) -> dict[str, str]:
    """Variables that name the session's servers, which saves a run the making of its own."""
    return {"VENTANILLA_NATS_URL": nats_server.url("operator"), "VENTANILLA_POSTGRES_URL": database}


def _all_gone(pids: list[int]) -> bool:
    return not any(identify(pid) for pid in pids)


async def test_a_desk_says_where_everything_is_and_stops_in_order(start: Starter, data_dir: Path) -> None:
    run = start({"ROUTER_RULES_FILE": "/my/rules.yaml", "TICKETS_MAILBOXES": "ayuda@example.org"})
    said = await run.ready()

    assert said["ready"] is True
    assert said["tickets_api"] == f"http://127.0.0.1:{run.port_base + 1}"
    assert said["smtp"] == f"127.0.0.1:{run.port_base + 25}"
    assert said["mailbox"] == "soporte@desk.example"
    assert said["token"] == fake_service.TOKEN
    assert said["outbox"] == str(data_dir / "outbox")
    assert stat.S_IMODE((data_dir / "run.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((data_dir / "secrets.json").stat().st_mode) == 0o600
    pids = [service["pid"] for service in said["services"].values()]
    services = {"intake-email", "intake-chat", "intake-phone", "router", "tickets", "portal"}
    names = services | {"slack", "twilio", "nats", "postgres"}
    assert set(said["services"]) == names
    assert set(pids) <= descendants(run.process.pid)
    router = json.loads((data_dir / "router.environment.json").read_text())
    assert router["ROUTER_RULES_FILE"] == "/my/rules.yaml"
    assert router["ROUTER_NATS_USER"] == "router"
    assert not any(name.startswith("TICKETS_") for name in router)
    tickets = json.loads((data_dir / "tickets.environment.json").read_text())
    assert tickets["TICKETS_MAILBOXES"] == "ayuda@example.org"
    assert await _execute(said["postgres"], "SELECT current_database()") == "desk"
    secrets = json.loads((data_dir / "secrets.json").read_text())
    assert secrets["postgres"] not in run.said()
    for pid in pids:
        told = " ".join(command_line(pid))
        assert not any(secret in told for secret in (*secrets["nats"].values(), *secrets["slack"].values()))

    assert await run.stop(signal.SIGINT) == 0
    assert _all_gone(pids)
    assert not (data_dir / "run.json").exists()
    assert max(map(len, run.said().split("What to try next")[0].splitlines())) <= 130


async def test_a_second_run_finds_what_the_first_one_kept(start: Starter, data_dir: Path) -> None:
    first = start()
    said = await first.ready()
    await _execute(said["postgres"], "CREATE TABLE kept ()")
    await first.stop(signal.SIGTERM)

    second = start()
    again = await second.ready()

    assert await _execute(again["postgres"], "SELECT to_regclass('kept')::text") == "kept"
    assert again["token"] == said["token"]


async def test_a_new_desk_gets_one_to_start_from_and_keeps_what_became_of_it(
    start: Starter, data_dir: Path, elsewhere: dict[str, str]
) -> None:
    first = start(elsewhere)
    await first.ready()
    given = (data_dir / "desk.yaml").read_text()
    await first.stop()
    (data_dir / "desk.yaml").write_text("agents: []\n")

    second = start(elsewhere)
    await second.ready()

    assert given == "teams: []\n"
    assert str(data_dir / "desk.yaml") in first.said().split("What to try next")[1]
    assert (data_dir / "desk.yaml").read_text() == "agents: []\n"


async def test_a_desk_that_has_something_already_is_left_alone(
    start: Starter, data_dir: Path, elsewhere: dict[str, str]
) -> None:
    run = start({**elsewhere, "TICKETS_FAKE": "grown"})
    await run.ready()

    assert not (data_dir / "desk.yaml").exists()
    assert not (data_dir / "fresh-desk.yaml").exists()
    assert "teams, people" not in run.said()


async def test_after_a_kill_of_the_supervisor_nothing_lives_on_and_the_next_run_works(start: Starter) -> None:
    first = start()
    said = await first.ready()
    pids = [service["pid"] for service in said["services"].values()]
    await _execute(said["postgres"], "CREATE TABLE kept ()")

    first.process.kill()
    first.process.wait()
    second = start(port_base=first.port_base)
    again = await second.ready()

    assert _all_gone(pids)
    assert await _execute(again["postgres"], "SELECT to_regclass('kept')::text") == "kept"


async def test_a_second_run_on_the_same_folder_is_refused_in_one_line(
    start: Starter, elsewhere: dict[str, str]
) -> None:
    first = start(elsewhere)
    await first.ready()

    second = start(elsewhere)
    assert await second.ended() == 1
    (line,) = second.complaint()
    assert f"process {first.process.pid}" in line
    assert "DATA_DIR" in line
    assert first.run_file()["ready"] is True


async def test_a_port_in_use_is_one_line_that_says_what_to_do(start: Starter) -> None:
    port_base = free_port_base()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port_base + 25))
        other.listen()
        run = start(port_base=port_base)
        assert await run.ended() == 1

    (line,) = run.complaint()
    assert f"port {port_base + 25} (SMTP) is in use" in line
    assert "make run PORT_BASE=" in line
    assert run.recorded() == []


async def test_a_service_that_dies_at_start_ends_the_run_with_its_last_words(start: Starter) -> None:
    # With servers of its own: they, too, must be gone afterwards.
    run = start({"ROUTER_FAKE": "die"})

    assert await run.ended() == 1

    (line,) = run.complaint()
    assert "router does not start (router: the moon is in the wrong house); see " in line
    assert _nobody_listens(run)


async def test_ctrl_c_while_it_waits_leaves_nothing_running(start: Starter) -> None:
    # With servers of its own: they, too, must be gone afterwards.
    run = start({"TICKETS_FAKE": "never"})
    others = ("intake-email", "intake-chat", "intake-phone", "router", "portal")
    await eventually(lambda: all(f"{name} is ready" in run.said() for name in others), 30)
    pids = [who.pid for who in run.recorded()]

    assert await run.stop() == 130

    assert len(pids) == 10
    assert _all_gone(pids)
    assert not (run.data_dir / "run.json").exists()


async def test_a_service_that_dies_later_is_started_again(start: Starter, elsewhere: dict[str, str]) -> None:
    run = start(elsewhere)
    router = (await run.ready())["services"]["router"]["pid"]

    os.kill(router, signal.SIGKILL)
    await eventually(lambda: run.run_file()["services"]["router"]["pid"] != router, 15)

    assert "router ended (killed by SIGKILL); it starts again in 1 s" in run.said()
    assert run.process.poll() is None


async def test_without_tokens_there_is_a_local_slack_whose_secrets_stay(
    start: Starter, data_dir: Path, elsewhere: dict[str, str]
) -> None:
    first = start(elsewhere)
    said = (await first.ready())["slack"]
    told = json.loads((data_dir / "slack.options.json").read_text())
    chat = json.loads((data_dir / "intake-chat.environment.json").read_text())
    await first.stop()

    assert said["url"] == f"http://127.0.0.1:{first.port_base + 6}"
    assert said["events"] == f"http://127.0.0.1:{first.port_base + 2}/slack/events"
    assert said["local"] is True
    assert told["--port"] == str(first.port_base + 6)
    assert told["--limits"] == "real"
    assert chat["INTAKE_CHAT_SLACK_URL"] == f"{said['url']}/api/"
    assert chat["INTAKE_CHAT_SLACK_APP_TOKEN"] == said["app_token"]
    assert chat["INTAKE_CHAT_TICKETS_TOKEN"] == fake_service.TOKEN
    logs = "".join(log.read_text() for log in (data_dir / "logs").iterdir())
    assert not any(said[name] in first.said() + logs for name in ("bot_token", "app_token", "signing_secret"))
    assert first.said().index("slack is ready") < first.said().index("starting intake-email, intake-chat")
    assert f"Slack         {said['page']} as carmen or john" in first.said()

    again = (await start(elsewhere, port_base=first.port_base).ready())["slack"]
    assert again == said


async def test_a_local_slack_that_dies_is_started_again(start: Starter, elsewhere: dict[str, str]) -> None:
    run = start(elsewhere)
    before = (await run.ready())["services"]["slack"]

    os.kill(before["pid"], signal.SIGKILL)
    await eventually(lambda: run.run_file()["services"]["slack"]["pid"] != before["pid"], 15)

    after = run.run_file()["services"]["slack"]
    assert "slack ended (killed by SIGKILL); it starts again in 1 s" in run.said()
    assert after["health"] == before["health"]
    assert after["pid"] in descendants(run.process.pid)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"INTAKE_CHAT_SLACK_BOT_TOKEN": "xoxb-theirs", "INTAKE_CHAT_SLACK_APP_TOKEN": "xapp-theirs"}, {"intake-chat"}),
        ({"VENTANILLA_SLACK": "off"}, set()),
    ],
)
async def test_with_tokens_or_without_slack_there_is_no_local_one(
    start: Starter, data_dir: Path, elsewhere: dict[str, str], given: dict[str, str], names: set[str]
) -> None:
    run = start({**elsewhere, **given})
    said = await run.ready()

    always = {"intake-email", "intake-phone", "router", "tickets", "portal", "twilio", "nats", "postgres"}
    assert set(said["services"]) == names | always
    assert (said["slack"] or {}).get("bot_token") == given.get("INTAKE_CHAT_SLACK_BOT_TOKEN")
    assert not (data_dir / "slack").exists()
    assert "carmen" not in run.said()
    if names:
        chat = json.loads((data_dir / "intake-chat.environment.json").read_text())
        assert chat["INTAKE_CHAT_SLACK_BOT_TOKEN"] == "xoxb-theirs"
        assert "INTAKE_CHAT_SLACK_URL" not in chat


async def test_a_local_slack_that_does_not_start_ends_the_run_with_its_last_words(
    start: Starter, data_dir: Path, elsewhere: dict[str, str]
) -> None:
    (data_dir / "slack").mkdir(parents=True)
    (data_dir / "slack" / "state.json").write_text("{}")
    run = start({**elsewhere, "REAL_SLACK": "1"})

    assert await run.ended() == 1

    (line,) = run.complaint()
    assert "slack does not start (ventanilla: " in line
    assert "state.json does not hold a local Slack (KeyError): delete it to begin a new one); see " in line


@pytest.mark.parametrize(("server", "name"), [("nats", "NATS"), ("postgres", "Postgres")])
async def test_a_dead_server_ends_the_run(start: Starter, elsewhere: dict[str, str], server: str, name: str) -> None:
    del elsewhere[f"VENTANILLA_{server.upper()}_URL"]
    run = start(elsewhere)
    said = await run.ready()

    os.kill(said["services"][server]["pid"], signal.SIGKILL)

    assert await run.ended() == 1
    (line,) = run.complaint()
    assert line.startswith(f"ventanilla: {name} ended; see ")
    assert _all_gone([service["pid"] for service in said["services"].values() if service["pid"]])


async def test_servers_of_the_operator_are_used(
    start: Starter, nats_server: NatsServer, postgres_server: PostgresServer, elsewhere: dict[str, str]
) -> None:
    run = start(elsewhere)

    said = await run.ready()

    assert said["nats"] == nats_server.url("operator")
    assert said["postgres"] == elsewhere["VENTANILLA_POSTGRES_URL"]
    assert said["services"]["nats"]["pid"] is None
    router = json.loads((run.data_dir / "router.environment.json").read_text())
    assert router["ROUTER_NATS_URL"] == nats_server.address
    assert router["ROUTER_NATS_USER"] == "operator"
    await run.stop()
    assert nats_server.pid
    assert postgres_server.pid


@pytest.mark.parametrize(
    ("variable", "url", "complaint"),
    [
        ("NATS", "nats://127.0.0.1:1", "no NATS server answers there; start it, or leave the variable out"),
        ("NATS", "nats://operator:wrong@{nats}", "the broker refuses the user operator: are user and password right?"),
        ("POSTGRES", "postgresql://me@127.0.0.1:1/desk", "cannot connect ("),
        ("POSTGRES", "no address at all", "cannot connect (invalid DSN"),
        ("POSTGRES", "postgresql://me:pass/word@h/desk", "cannot connect (the URL cannot be read: percent-encode"),
    ],
)
async def test_a_server_of_the_operator_that_cannot_be_used_is_one_line(
    start: Starter, nats_server: NatsServer, elsewhere: dict[str, str], variable: str, url: str, complaint: str
) -> None:
    name = f"VENTANILLA_{variable}_URL"
    run = start({**elsewhere, name: url.format(nats=f"127.0.0.1:{nats_server.port}")})

    assert await run.ended() == 1

    (line,) = run.complaint()
    assert line.startswith(f"ventanilla: {name}: ")
    assert complaint in line
    assert "Traceback" not in run.said()
    assert "{" not in run.said()


async def test_an_ordinary_user_runs_a_desk_too(start: Starter, data_dir: Path) -> None:
    account: Account | None = postgres_account()
    if account is None or not (anybody_enters(ROOT) and anybody_enters(Path(sys.executable))):
        pytest.skip("switching users needs root, and a checkout and a Python that everybody may reach")
    os.chown(data_dir.parent, account.uid, account.gid)

    run = start({"HOME": ""}, account=account)
    said = await run.ready()

    assert os.stat(f"/proc/{said['services']['router']['pid']}").st_uid == account.uid
    assert await run.stop() == 0


def _nobody_listens(run: DeskRun) -> bool:
    for offset in OFFSETS.values():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", run.port_base + offset)) == 0:
                return False
    return True
