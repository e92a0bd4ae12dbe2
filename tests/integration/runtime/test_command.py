import json
import os
from pathlib import Path

import pytest

from tests.support.broker import Desk
from tests.support.commands import run_beside
from tests.support.consuming import Handling, consuming
from tests.support.polling import eventually
from tests.support.streams import intake_message, make_anew, stored
from ventanilla_contracts.broker_rights import permissions
from ventanilla_contracts.errors import Permanent
from ventanilla_contracts.events import Redrive
from ventanilla_runtime.delivery import Batch
from ventanilla_runtime.publish import Outgoing, Publisher


async def ventanilla(*arguments: str, desk: Desk | None = None, **environment: str) -> tuple[int, str, str]:
    """Run the real command; exit code, output, errors."""
    settings = {"PATH": os.environ["PATH"], "COLUMNS": "80", "TERM": "dumb", **environment}
    if desk:
        settings |= {"VENTANILLA_NATS_URL": desk.url("operator")}
    said = await run_beside("ventanilla", *arguments, environment=settings)
    return said.code, said.out, said.err


async def make_dead_letters(desk: Desk, count: int) -> None:
    operator = await desk.connect()
    publisher = Publisher(operator)
    await publisher.start()
    first = (await operator.stream_state("DEADLETTER")).last_sequence
    messages = [
        intake_message(f"{first}-{n}", f'{{"de": "ana@bakery.example", "n": {n}}}'.encode()) for n in range(count)
    ]
    await publisher.publish_all(
        [Outgoing(m.stream, m.subject, m.body, {**m.headers, "note": "hola"}) for m in messages]
    )
    handling = Handling()

    def broken(_: Batch) -> None:
        raise Permanent("mail of ana@bakery.example cannot be routed \x1b[31m")

    handling.misbehave = broken

    async def all_there() -> bool:
        return (await operator.stream_state("DEADLETTER")).messages == first + count

    async with consuming(await desk.connect("router"), handling):
        await eventually(all_there)


async def test_apply_makes_everything_and_check_agrees(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    await operator.api("STREAM.DELETE.INTAKE")
    await operator.api("CONSUMER.DELETE.ACCEPTED.intake-email-parser")

    code, said, _ = await ventanilla("topology", "check", desk=fresh_desk)
    assert code == 1
    assert "stream INTAKE is missing" in said
    assert "consumer intake-email-parser is missing" in said
    assert "consumer router is missing" in said

    code, said, _ = await ventanilla("topology", "apply", "--storage-bytes", str(4 * 1024**3), desk=fresh_desk)
    assert code == 0
    assert "stream INTAKE made" in said

    assert await ventanilla("topology", "check", desk=fresh_desk) == (0, "the broker is as the topology says\n", "")


async def test_check_says_what_differs_in_which_way(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    config = (await operator.api("STREAM.INFO.ROUTED"))["config"]
    await operator.api("STREAM.UPDATE.ROUTED", {**config, "max_age": 86_400 * 10**9})

    code, said, _ = await ventanilla("topology", "check", desk=fresh_desk)

    assert code == 1
    assert "stream ROUTED: max_age is 86400000000000, should be 7776000000000000" in said


async def test_applying_again_changes_nothing(fresh_desk: Desk) -> None:
    code, said, _ = await ventanilla("topology", "apply", "--storage-bytes", str(4 * 1024**3), desk=fresh_desk)
    assert (code, said) == (0, "nothing to change\n")


async def test_users_prints_what_the_server_takes(tmp_path: Path) -> None:
    passwords = {user.user: 'sécret "quoted" \\ $' + user.user for user in permissions()}
    path = tmp_path / "passwords.json"
    path.write_text(json.dumps(passwords))
    code, said, _ = await ventanilla("topology", "users", str(path))
    assert code == 0
    assert said.startswith("authorization: {")
    assert json.loads(said.removeprefix("authorization: "))["users"][0]["password"] == passwords["operator"]

    path.write_text(json.dumps({"router": "x"}))
    code, _, complaint = await ventanilla("topology", "users", str(path))
    assert code == 1
    assert f"no password for {', '.join(user.user for user in permissions() if user.user != 'router')}" in complaint


async def test_an_empty_box_says_so(fresh_desk: Desk) -> None:
    assert await ventanilla("deadletters", "list", desk=fresh_desk) == (0, "no dead letters\n", "")


async def test_the_list_fits_80_columns_and_ends_with_the_newest(fresh_desk: Desk) -> None:
    await make_dead_letters(fresh_desk, 40)

    code, said, _ = await ventanilla("deadletters", "list", "--limit", "35", desk=fresh_desk)

    lines = said.splitlines()
    assert code == 0
    assert max(map(len, lines)) <= 80
    assert [int(line.split()[0]) for line in lines[1:36]] == list(range(6, 41))
    assert "router" in lines[1]
    assert "INTAKE/6" in lines[1]
    assert "permanent: mail of [" in lines[1]
    assert "ana@" not in said
    assert "\x1b" not in said
    assert "older ones" in lines[36]


async def test_the_list_is_filtered_by_service_and_time_and_comes_as_json(fresh_desk: Desk) -> None:
    publisher = Publisher(await fresh_desk.connect())
    await publisher.start()
    await publisher.publish(Outgoing("DEADLETTER", "desk.deadletter.tickets", b"no letter"))
    await make_dead_letters(fresh_desk, 3)

    _, said, _ = await ventanilla("deadletters", "list", "--json", "--service", "router", desk=fresh_desk)
    _, other, _ = await ventanilla("deadletters", "list", "--service", "intake-email", desk=fresh_desk)
    _, shown, _ = await ventanilla("deadletters", "show", "4", desk=fresh_desk)
    _, later, _ = await ventanilla("deadletters", "list", "--since", "2099-01-01", desk=fresh_desk)
    _, recent, _ = await ventanilla("deadletters", "list", "--since", "1h", desk=fresh_desk)

    letters = [json.loads(line) for line in said.splitlines()]
    assert [letter["sequence"] for letter in letters] == [2, 3, 4], "as `show` and `replay` take them"
    assert [letter["stream_sequence"] for letter in letters] == [1, 2, 3]
    assert shown.startswith("sequence: 4\n")
    assert "stream_sequence: 3\n" in shown
    assert not any("body_base64" in letter or "headers" in letter for letter in letters)
    assert other == later == "no dead letters\n"
    assert len(recent.splitlines()) == 5


async def test_show_gives_the_reason_and_only_on_request_the_message(fresh_desk: Desk) -> None:
    await make_dead_letters(fresh_desk, 1)

    _, shown, _ = await ventanilla("deadletters", "show", "1", desk=fresh_desk)
    _, whole, _ = await ventanilla("deadletters", "show", "1", "--body", desk=fresh_desk)

    assert "reason: permanent" in shown
    assert "stream: INTAKE" in shown
    assert "header note: hola" in shown
    assert '"de"' not in shown
    assert '"de": "ana@bakery.example"' in whole


async def test_replay_orders_the_service_each_time_anew(fresh_desk: Desk) -> None:
    await make_dead_letters(fresh_desk, 2)

    code, said, _ = await ventanilla("deadletters", "replay", "1", "2", desk=fresh_desk)
    assert code == 0
    assert "1: router will handle it again" in said

    operator = await fresh_desk.connect()
    created_at = (await operator.stream_state("DEADLETTER")).created_at
    orders = [Redrive.model_validate_json(message.body) for message in await stored(operator, "REDRIVE")]
    assert [(order.stream, order.created_at, order.sequence) for order in orders] == [
        ("DEADLETTER", created_at, 1),
        ("DEADLETTER", created_at, 2),
    ]
    assert all(order.attempt > 1_000_000_000 for order in orders)
    assert {message.subject for message in await stored(operator, "REDRIVE")} == {"desk.redrive.v1.router"}


async def test_replay_of_many_needs_a_yes(fresh_desk: Desk) -> None:
    await make_dead_letters(fresh_desk, 12)
    operator = await fresh_desk.connect()

    code, _, complaint = await ventanilla("deadletters", "replay", "--all-of", "router", desk=fresh_desk)
    assert code == 1
    assert "give --yes" in complaint
    assert (await operator.stream_state("REDRIVE")).messages == 0

    code, said, _ = await ventanilla("deadletters", "replay", "--all-of", "router", "--yes", desk=fresh_desk)
    assert code == 0
    assert "12 of 12 ordered" in said
    assert (await operator.stream_state("REDRIVE")).messages == 12


async def test_replay_reports_what_is_not_there(fresh_desk: Desk) -> None:
    await make_dead_letters(fresh_desk, 1)
    code, said, _ = await ventanilla("deadletters", "replay", "1", "99", desk=fresh_desk)
    assert code == 1
    assert "99: there is no such dead letter" in said
    assert "1 of 2 ordered" in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["deadletters", "replay"], "give numbers of letters"),
        (["deadletters", "replay", "--all-of", "nobody"], "nobody is not a service"),
        (["deadletters", "list", "--since", "yesterday"], "--since yesterday"),
        (["deadletters", "show", "4711"], "no dead letter 4711"),
        (["topology", "users", "/nothing.json"], "/nothing.json: No such file or directory"),
    ],
)
async def test_a_mistake_is_one_clear_line(nats: Desk, arguments: list[str], complaint: str) -> None:
    code, _, complained = await ventanilla(*arguments, desk=nats)
    assert code == 1
    assert complaint in complained
    assert complained.count("\n") == 1


async def test_a_missing_stream_says_what_to_run(fresh_desk: Desk) -> None:
    operator = await fresh_desk.connect()
    await operator.api("STREAM.DELETE.DEADLETTER")
    code, _, complaint = await ventanilla("deadletters", "list", desk=fresh_desk)
    assert (code, complaint) == (1, "ventanilla: stream DEADLETTER is missing: run `ventanilla topology apply`\n")
    await make_anew(operator, "DEADLETTER")


async def test_no_broker_and_a_wrong_password_are_told_apart(nats: Desk) -> None:
    code, _, complaint = await ventanilla("topology", "check", VENTANILLA_NATS_URL="nats://operator:hush@127.0.0.1:1")
    assert code == 1
    assert "no NATS server answers" in complaint
    assert "hush" not in complaint

    url = nats.url("operator").replace(nats.password("operator"), "wrong")
    code, _, complaint = await ventanilla("topology", "check", VENTANILLA_NATS_URL=url)
    assert code == 1
    assert "user and password" in complaint


@pytest.mark.parametrize("command", [[], ["topology", "apply"], ["deadletters", "replay"]])
async def test_help_shows_an_example(command: list[str]) -> None:
    code, said, _ = await ventanilla(*command, "--help")
    assert code == 0
    assert "Example: " in said
