"""What a running service says of its token at the ticket service."""

from pathlib import Path

import pytest

from tests.unit.runtime.test_desk_rights import SECRET, always, answering, desk_that_permits
from ventanilla_runtime.desk_rights import DeskToken
from ventanilla_runtime.desk_watch import CONTENT_SECONDS, DeskWatch

TOKEN = DeskToken("intake-chat", "X_TICKETS_TOKEN", "X_TICKETS_URL", ("read", "write", "act"), "nobody is an agent")
MAKE_ONE = "make one: tickets token create --name intake-chat --scope read --scope write --scope act"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_refused_token_is_named_with_its_scopes_and_a_right_one_is_seen_without_a_restart() -> None:
    taken = always(401, {"type": "urn:ventanilla:problem:token_invalid"})
    clock, asked = Clock(), list[bytes]()
    async with answering(lambda head: taken(head), asked) as url:  # noqa: PLW0108  # what it calls changes below
        watch = DeskWatch(url, SECRET, TOKEN, clock=clock)
        await watch.look()
        assert watch.worry() == f"X_TICKETS_TOKEN is unknown there, expired or revoked; {MAKE_ONE}"

        taken = desk_that_permits("read", "write", "act")
        await watch.look()
        assert watch.worry() is None

        taken = desk_that_permits("read")
        so_far = len(asked)
        await watch.look()
        assert (watch.worry(), len(asked)) == (None, so_far), "a good answer stands for a while"
        clock.now += CONTENT_SECONDS
        await watch.look()
        assert watch.worry() == f"X_TICKETS_TOKEN lacks write, act; {MAKE_ONE}"


async def test_a_ticket_service_that_does_not_answer_is_told() -> None:
    watch = DeskWatch("http://127.0.0.1:1", SECRET, TOKEN)
    await watch.look()
    assert watch.worry() == "http://127.0.0.1:1 does not answer (URLError); start it, or set X_TICKETS_URL"


async def test_a_token_that_is_not_there_is_told_from_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    watch = DeskWatch("http://127.0.0.1:1", "", TOKEN)
    await watch.look()
    assert watch.worry() == f"X_TICKETS_TOKEN is not set: nobody is an agent; {MAKE_ONE}"

    monkeypatch.setenv("X_TICKETS_TOKEN_FILE", str(tmp_path / "token"))
    told = DeskWatch("http://127.0.0.1:1", "", TOKEN).worry() or ""
    assert told.startswith("X_TICKETS_TOKEN is not set (X_TICKETS_TOKEN_FILE names an empty file): nobody is an agent;")
