"""Webhooks over real sockets and a real Postgres: whatever a receiver does, and whoever dies in the middle."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from tests.integration.tickets.api_desk import ApiDesk, open_api_desk
from tests.integration.tickets.routed_mails import routed, settle
from tests.integration.tickets.webhook_receiver import Received, Receiver, receiving, verified
from tests.support.polling import eventually
from tickets.adapters.postgres.webhook_store import WebhookStore, save_webhooks
from tickets.adapters.webhook_sender import MOST_ANSWER_BYTES, WebhookSender
from tickets.domain.webhooks import MOST_BODY_BYTES, Webhook, WebhookCall
from tickets.errors import DatabaseAway
from tickets.handlers.sending.send_webhooks import AT_ONCE, WebhookWorker

ANSWER_SECONDS = 2.5
"""A receiver on a busy machine answers within them."""


@pytest.fixture
async def api(database: str) -> AsyncIterator[ApiDesk]:
    async with open_api_desk(database) as desk:
        await settle(desk, routed(1))
        yield desk


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def sender() -> AsyncIterator[WebhookSender]:
    found = WebhookSender(8, ANSWER_SECONDS)
    yield found
    await found.close()


def worker(api: ApiDesk, sender: WebhookSender, *webhooks: Webhook, lease_margin: float = 10) -> WebhookWorker:
    return WebhookWorker(WebhookStore(api.database), sender, {hook.name: hook for hook in webhooks}, lease_margin)


async def save(api: ApiDesk, *names: str, **body: Any) -> list[str]:
    """Have something posted about ticket 1 to each of these; returns the ids."""
    calls = [WebhookCall(uuid4(), name, {"type": "ladder.step", "ticket": {"number": 1}, **body}) for name in names]
    async with api.database.transaction() as connection:
        await save_webhooks(connection, calls)
    return [str(call.id) for call in calls]


async def history(api: ApiDesk) -> list[tuple[str, str]]:
    rows = await api.database.fetch("select action, why from history where action like 'webhook.%' order by id")
    return [(row["action"], row["why"]) for row in rows]


async def waiting(api: ApiDesk) -> list[tuple[int, str, float]]:
    """Tries, what the last came to, and seconds until the next, of what is on its way."""
    rows = await api.database.fetch(
        "select tries, said, extract(epoch from due_at - clock_timestamp())::float8 as seconds from webhook_call"
        " where given_up_at is null order by due_at"
    )
    return [(row["tries"], row["said"], row["seconds"]) for row in rows]


async def now_due(api: ApiDesk) -> None:
    await api.database.execute("update webhook_call set due_at = clock_timestamp()")


async def test_a_call_arrives_once_signed_and_enters_the_history(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    [id_] = await save(api, "status", words="¡avería!")

    assert await worker(api, sender, receiver.webhook()).send_once() == 1
    assert await worker(api, sender, receiver.webhook()).send_once() == 0

    [call] = receiver.calls
    assert (call.method, call.path, call.id) == ("POST", "/hooks/desk?token=of-the-address", id_)
    assert call.headers["content-type"] == "application/json"
    assert call.data["words"] == "¡avería!"
    assert verified(call)
    assert abs(int(call.headers["webhook-timestamp"]) - time.time()) < 5
    assert await waiting(api) == []
    assert await history(api) == [("webhook.delivered", "answered 200")]


async def test_nothing_leaves_unless_the_transaction_commits(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    with suppress(ZeroDivisionError):
        async with api.database.transaction() as connection:
            await save_webhooks(connection, [WebhookCall(uuid4(), "status", {})])
            raise ZeroDivisionError
    assert await worker(api, sender, receiver.webhook()).send_once() == 0
    assert receiver.calls == []


async def test_saving_a_call_again_changes_nothing(api: ApiDesk, receiver: Receiver, sender: WebhookSender) -> None:
    call = WebhookCall(UUID(int=7), "status", {"n": 1})
    for body in ({"n": 1}, {"n": 2}):
        async with api.database.transaction() as connection:
            await save_webhooks(connection, [WebhookCall(call.id, "status", body)])
    await worker(api, sender, receiver.webhook()).send_once()
    assert [call.data for call in receiver.calls] == [{"n": 1}]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("500", "answered 500"),
        ("404", "answered 404"),
        ("302", "answered 302, which leads elsewhere"),
        ("hang", f"no answer within {ANSWER_SECONDS} s"),
        ("close", "the connection broke before an answer came"),
        ("midway", "the connection broke before an answer came"),
    ],
)
async def test_what_a_receiver_does_not_take_is_sent_again_with_the_same_id(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender, answer: str, words: str
) -> None:
    [id_] = await save(api, "status")
    receiver.answers = [answer]
    with capture_logs() as logs:
        assert await worker(api, sender, receiver.webhook()).send_once() == 1

    [(tries, said, seconds)] = await waiting(api)
    assert (tries, said.startswith(words)) == (1, True), said
    assert 3 < seconds < 5.6
    assert [line["event"] for line in logs] == ["webhook.failed"]
    assert "of-the-address" not in str(logs)
    assert await history(api) == []

    await now_due(api)
    await worker(api, sender, receiver.webhook()).send_once()
    assert receiver.ids == [id_, id_]
    assert {call.path for call in receiver.calls} == {"/hooks/desk?token=of-the-address"}
    assert await history(api) == [("webhook.delivered", "answered 200")]


async def test_a_receiver_that_is_not_there_is_tried_again(api: ApiDesk, sender: WebhookSender) -> None:
    async with receiving() as gone:
        webhook = gone.webhook()
    await save(api, "status")
    await worker(api, sender, webhook).send_once()
    assert [said for _, said, _ in await waiting(api)] == ["no connection to it"]


async def test_a_receiver_that_asks_for_time_gets_it(api: ApiDesk, receiver: Receiver, sender: WebhookSender) -> None:
    await save(api, "status")
    receiver.answers = ["503 retry-after: 90"]
    await worker(api, sender, receiver.webhook()).send_once()
    [(_, _, seconds)] = await waiting(api)
    assert 80 < seconds <= 90


async def test_of_an_endless_answer_next_to_nothing_is_read(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    await save(api, "status")
    receiver.answers = ["huge"]
    began = time.monotonic()

    await worker(api, sender, receiver.webhook()).send_once()

    assert time.monotonic() - began < 5
    assert await history(api) == [("webhook.delivered", "answered 200")]
    # What lies in the sockets' buffers was sent, and not read.
    assert receiver.sent_bytes < 64 * 1024 * 1024
    assert MOST_ANSWER_BYTES < 1024 * 1024


async def test_a_slow_receiver_is_waited_for_and_connections_are_used_again(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    receiver.usually = "slow"
    for _ in range(3):
        await save(api, "status")
        await worker(api, sender, receiver.webhook()).send_once()
    assert len(receiver.calls) == 3
    assert receiver.connections == 1


async def test_a_body_that_is_too_large_is_never_sent(api: ApiDesk, receiver: Receiver, sender: WebhookSender) -> None:
    await save(api, "status", words="x" * MOST_BODY_BYTES)
    await worker(api, sender, receiver.webhook()).send_once()
    assert receiver.calls == []
    [(_, said, _)] = await waiting(api)
    assert "more than 65536 are not sent" in said


async def test_after_three_days_a_call_is_given_up_and_everybody_can_see_it(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    [id_] = await save(api, "status")
    receiver.usually = "500"
    await api.database.execute("update webhook_call set began_at = began_at - $1::interval", timedelta(days=3))
    with capture_logs() as logs:
        await worker(api, sender, receiver.webhook()).send_once()

    assert await history(api) == [("webhook.given_up", "answered 500")]
    assert [line["event"] for line in logs] == ["webhook.failed", "webhook.given_up"]
    assert await worker(api, sender, receiver.webhook()).send_once() == 0

    receiver.usually = "200"  # as docs/webhooks.md says how to order it again
    await api.database.execute(
        "update webhook_call set given_up_at = null, began_at = now(), due_at = now() where id = $1", UUID(id_)
    )
    await worker(api, sender, receiver.webhook()).send_once()
    assert receiver.ids == [id_, id_]


async def test_a_receiver_that_wants_no_more_is_not_asked_again(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    await save(api, "status")
    receiver.answers = ["410"]
    await worker(api, sender, receiver.webhook()).send_once()
    assert await history(api) == [("webhook.given_up", "answered 410")]
    assert await waiting(api) == []


async def test_a_name_that_the_settings_do_not_know_is_said_once_and_sent_when_they_do(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    [id_] = await save(api, "nobody")
    for _ in range(3):
        assert await worker(api, sender, receiver.webhook()).send_once() == 1
        await now_due(api)
    assert await history(api) == [
        ("webhook.unknown", "TICKETS_WEBHOOKS names no such webhook; it is sent once it does")
    ]

    await worker(api, sender, receiver.webhook("nobody")).send_once()

    assert receiver.ids == [id_]
    assert [action for action, _ in await history(api)] == ["webhook.unknown", "webhook.delivered"]


async def test_a_name_that_stays_unknown_is_given_up(api: ApiDesk, sender: WebhookSender) -> None:
    await save(api, "nobody")
    await api.database.execute("update webhook_call set began_at = began_at - $1::interval", timedelta(days=3))
    await worker(api, sender).send_once()
    assert [action for action, _ in await history(api)] == ["webhook.unknown", "webhook.given_up"]


async def test_four_workers_at_once_send_each_call_once(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    ids = await save(api, *["status"] * 60)
    workers = [worker(api, sender, receiver.webhook()) for _ in range(4)]
    while sum(await asyncio.gather(*(one.send_once() for one in workers))):
        pass
    assert sorted(receiver.ids) == sorted(ids)
    assert len(await history(api)) == 60


async def test_a_backlog_leaves_as_fast_as_the_receiver_takes_it(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    ids = await save(api, *["status"] * 300)
    began = time.monotonic()
    running = asyncio.create_task(worker(api, sender, receiver.webhook()).run())
    await eventually(lambda: len(receiver.calls) == 300, 35)
    assert time.monotonic() - began < 30, "by looking twice a second it would be 37 s"
    running.cancel()
    await asyncio.wait([running])
    assert sorted(receiver.ids) == sorted(ids)
    assert receiver.most_open <= AT_ONCE


async def test_one_that_hangs_keeps_no_other_waiting(api: ApiDesk, receiver: Receiver) -> None:
    patient = WebhookSender(20, answer_seconds=30)
    async with receiving() as stuck:
        stuck.usually = "hang"
        await save(api, *["stuck"] * 40)
        await save(api, *["status"] * 20)
        running = asyncio.create_task(worker(api, patient, stuck.webhook("stuck"), receiver.webhook()).run())
        try:
            await eventually(lambda: len(set(receiver.ids)) == 20)
            assert len(stuck.calls) == stuck.most_open == AT_ONCE
        finally:
            running.cancel()
            await asyncio.wait([running])
            await patient.close()


async def test_what_a_killed_worker_was_sending_is_sent_again_with_the_same_id(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender, database: str
) -> None:
    module = "tests.integration.tickets.webhook_worker"
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, database, receiver.url)

    def kill(_: Received) -> None:
        receiver.on_call = None
        os.kill(process.pid, signal.SIGKILL)

    receiver.on_call = kill
    try:
        [id_] = await save(api, "status")
        assert await asyncio.wait_for(process.wait(), 20) == -signal.SIGKILL
        assert receiver.ids == [id_]
        assert await history(api) == []
        other = worker(api, sender, receiver.webhook())

        await eventually(other.send_once, 10, 0.1)

        assert receiver.ids == [id_, id_]
        assert await history(api) == [("webhook.delivered", "answered 200")]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_database_that_is_away_after_sending_costs_a_repeat_and_no_more(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    class Forgetful(WebhookStore):
        async def done(self, *_: Any) -> None:
            raise DatabaseAway("gone")

    [id_] = await save(api, "status")
    await WebhookWorker(Forgetful(api.database), sender, {"status": receiver.webhook()}).send_once()
    await now_due(api)
    await worker(api, sender, receiver.webhook()).send_once()
    assert receiver.ids == [id_, id_]
    assert len(await history(api)) == 1


async def test_whoever_was_too_slow_changes_nothing_any_more(
    api: ApiDesk, receiver: Receiver, sender: WebhookSender
) -> None:
    """A lease ran out, another worker took the call and delivered it: the first one's failure is no news."""
    await save(api, "status")
    store = WebhookStore(api.database)
    [first] = await store.take({"status": 1}, 0)
    [second] = await store.take({"status": 1}, 60)
    assert second.tries == first.tries + 1
    await store.again(first, first.taken_at, "late")
    await store.give_up(first, "late")
    assert await store.take({"status": 1}, 60) == []
    await store.done(second, "answered 200")
    await store.done(first, "answered 200")
    assert await history(api) == [("webhook.delivered", "answered 200")]


async def test_a_stopped_worker_leaves_no_connection_behind(api: ApiDesk, receiver: Receiver) -> None:
    receiver.usually = "hang"
    patient = WebhookSender(4, answer_seconds=30)
    running = asyncio.create_task(worker(api, patient, receiver.webhook()).run())
    [id_] = await save(api, "status")
    await eventually(lambda: receiver.ids == [id_])
    running.cancel()
    await asyncio.wait([running])
    await patient.close()
    assert [tries for tries, _, _ in await waiting(api)] == [1]
