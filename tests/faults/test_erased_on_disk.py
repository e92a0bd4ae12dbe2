"""What the broker's files say of what was erased: of what was there at the end nothing, of what was there before some
until the stream is written anew. docs/privacy.md says so, and the step that ends it.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.support.broker import Desk, new_nats_server
from tests.support.nats_cluster import ClusterDesk, NatsCluster
from tests.support.polling import eventually
from tests.support.streams import intake_message
from ventanilla_runtime.backups.snapshots import restore_snapshot, take_snapshot
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import Outgoing, Publisher

_STREAM, _WORDS = "KV_chat_state", b"WORDS-OF-EVA"
_ROUNDS = 5


def said_in(folder: Path) -> dict[str, int]:
    """File → how often it says the words."""
    counts = {str(path.relative_to(folder)): path.read_bytes().count(_WORDS) for path in folder.rglob("*.blk")}
    return {name: count for name, count in counts.items() if count}


async def written_and_erased(operator: Broker, stream: str = _STREAM) -> int:
    """Write words several times, into a bucket under one key, and erase what is there of them; returns the sequence
    of somebody else's that stay.
    """
    publisher = Publisher(operator)
    await publisher.start()
    is_bucket = stream == _STREAM

    def said(key: int, body: bytes) -> Outgoing:
        return Outgoing(stream, f"$KV.chat_state.card.{key}", body) if is_bucket else intake_message(key, body)

    acks = [await publisher.publish(said(1 if is_bucket else n, _WORDS + b" %d" % n)) for n in range(_ROUNDS)]
    others = await publisher.publish(said(99, b"others"))  # a file in which nothing is left would go whole
    for ack in acks[-1:] if is_bucket else acks:
        answer = await operator.api(f"STREAM.MSG.DELETE.{stream}", {"seq": ack.sequence})
        assert answer["success"]
    return others.sequence


async def test_a_stream_that_is_restored_from_its_snapshot_says_nothing_of_what_was_erased(server_folder: Path) -> None:
    server = new_nats_server(server_folder / "single")
    server.start()
    desk = Desk(server)
    try:
        await desk.apply_topology()
        operator = await desk.connect("operator")
        await written_and_erased(operator)
        assert sum(said_in(server.directory).values()) == _ROUNDS - 1, "what a later one had taken the place of"

        pieces: list[bytes] = []
        taken = await take_snapshot(operator, _STREAM, pieces.append)
        await operator.api(f"STREAM.DELETE.{_STREAM}")
        await restore_snapshot(operator, _STREAM, taken["config"], taken["state"], iter(pieces))

        assert said_in(server.directory) == {}
    finally:
        await desk.close()
        server.stop()


@pytest.mark.long
@pytest.mark.parametrize("stream", [_STREAM, "INTAKE"])
async def test_in_a_cluster_two_rounds_over_one_copy_leave_nothing_of_it_on_any_server(
    server_folder: Path, stream: str
) -> None:
    cluster = NatsCluster(server_folder / "three")
    cluster.start()
    desk = ClusterDesk(cluster)
    try:
        await desk.apply_topology()
        operator = await desk.connect("operator")
        kept = await written_and_erased(operator, stream)
        folders = [node.directory for node in cluster.nodes]
        logs = [name for folder in folders for name in said_in(folder) if "_js_" in name]
        assert len(logs) == len(folders), "the log of each replica"

        for _ in range(2):
            leader = await desk.leader_of(stream)
            await copies(operator, stream, 1)
            await copies(operator, stream, len(folders))
            await another_leads(operator, stream, leader.name)

        assert [said_in(folder) for folder in folders] == [{}] * len(folders)
        there = await operator.stored_message(stream, kept)
        assert there is not None
        assert there.body == b"others"
        if stream == "INTAKE":
            assert (await operator.consumer_state(stream, "router")).pending == 1, "the router goes on where it was"
    finally:
        await desk.close()
        cluster.stop()


async def another_leads(operator: Broker, stream: str, before: str) -> None:
    """Let another server lead; the one that stepped down may be elected again."""

    async def led() -> bool:
        answer = await operator.api(f"STREAM.INFO.{stream}")
        now = (answer.get("cluster") or {}).get("leader") or ""
        if now == before:
            await operator.api(f"STREAM.LEADER.STEPDOWN.{stream}")
        return now not in ("", before)

    await eventually(led, 60, every_seconds=0.5)


async def copies(operator: Broker, stream: str, count: int) -> None:
    """Let so many servers keep a stream, and wait until each of them has all of it."""
    config = (await operator.api(f"STREAM.INFO.{stream}"))["config"]
    await operator.api(f"STREAM.UPDATE.{stream}", {**config, "num_replicas": count})

    async def there() -> bool:
        cluster: dict[str, Any] = (await operator.api(f"STREAM.INFO.{stream}")).get("cluster") or {}
        others = cluster.get("replicas") or []
        return bool(cluster.get("leader")) and len(others) == count - 1 and all(one["current"] for one in others)

    await eventually(there, 30)
