"""Every broker user against every stream, bucket, consumer and inbox: the real server refuses what no row allows.

The matrix is generated from the topology, so that a new stream, bucket, consumer or user is tried without a new test.
What an allowed request would destroy is not sent; who may destroy is said in `MAY_DESTROY`, in words of its own.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

import nats as nats_client
import pytest

from tests.support.broker import Desk
from tests.support.polling import eventually
from ventanilla_contracts.broker_rights import RIGHTS, inbox_prefix, permissions
from ventanilla_contracts.topology import BUCKETS, CONSUMERS, STREAMS

USERS: Final = {user.user: user for user in permissions()}
SERVICES: Final = {rights.service for rights in RIGHTS}
ALL_STREAMS: Final = (*(stream.name for stream in STREAMS), *(bucket.stream for bucket in BUCKETS))
DESTROYS: Final = (
    "STREAM.CREATE", "STREAM.UPDATE", "STREAM.DELETE", "STREAM.PURGE", "STREAM.MSG.DELETE", "STREAM.RESTORE",
    "STREAM.PEER.REMOVE", "STREAM.LEADER.STEPDOWN",
)  # fmt: skip
READS: Final = ("STREAM.INFO", "STREAM.MSG.GET", "STREAM.SNAPSHOT", "DIRECT.GET", "CONSUMER.NAMES", "CONSUMER.LIST")
OF_CONSUMERS: Final = (
    "CONSUMER.CREATE", "CONSUMER.DURABLE.CREATE", "CONSUMER.DELETE", "CONSUMER.PAUSE", "CONSUMER.RESET",
    "CONSUMER.UNPIN", "CONSUMER.LEADER.STEPDOWN", "CONSUMER.INFO", "CONSUMER.MSG.NEXT",
)  # fmt: skip
MAY_DESTROY: Final[Mapping[str, frozenset[str]]] = {
    "operator": frozenset({*DESTROYS, *OF_CONSUMERS}),
    "topology": frozenset({*DESTROYS, *OF_CONSUMERS}),
    "tickets": frozenset({"STREAM.PURGE", "STREAM.MSG.DELETE"}),
    "privacy": frozenset({"STREAM.MSG.DELETE"}),
}
"""Who may make, change, empty or delete anything at all."""
EMPTIED_BY_TICKETS: Final = {"ACCEPTED", "OBJ_raw", "OBJ_attachments"}
_VIOLATION = re.compile(r'(?i)permissions violation for (?:publish|subscription) to "?([^"\s]+)"?')


def allowed(user: str, subject: str) -> bool:
    """Whether one of a user's rows lets it publish to a subject."""
    return any(_covers(pattern.split("."), subject.split(".")) for pattern in USERS[user].publish)


def _covers(pattern: list[str], subject: list[str]) -> bool:
    if pattern[-1] == ">":
        pattern, subject = pattern[:-1], subject[: len(pattern) - 1] if len(subject) >= len(pattern) else []
    return len(pattern) == len(subject) and all(one in ("*", word) for one, word in zip(pattern, subject, strict=True))


def requests() -> Iterable[str]:
    """Everything that could be asked of the broker about what is in it."""
    for stream in ALL_STREAMS:
        yield from (f"$JS.API.{verb}.{stream}" for verb in (*DESTROYS, *READS))
        yield f"$JS.API.CONSUMER.CREATE.{stream}.spy.>"
        yield f"$JS.API.CONSUMER.CREATE.{stream}"
        yield f"$JS.API.DIRECT.GET.{stream}.desk.message"
    for consumer in CONSUMERS:
        yield from (f"$JS.API.{verb}.{consumer.stream}.{consumer.durable}" for verb in OF_CONSUMERS)
        yield f"$JS.ACK.{consumer.stream}.{consumer.durable}.1.1.1.1.0"
    for bucket in BUCKETS:
        yield from (subject.replace(">", "key") for subject in bucket.subjects)
    for stream in STREAMS:
        yield from (f"desk.{subject.replace('*', 'anything')}" for subject in stream.subjects)
    yield from (f"{inbox_prefix(user)}.ack.1" for user in USERS)
    yield from ("$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$SYS.REQ.SERVER.PING", "$SYS.ACCOUNT.X.CLAIMS.UPDATE")


async def refusals(
    desk: Desk, user: str, publishes: Iterable[str], subscribes: Iterable[str] = (), expected: Iterable[str] = ()
) -> set[str]:
    """What the server refuses of all these, in lower case; waits a moment for what is expected."""
    found: set[str] = set()
    missing = {subject.lower() for subject in expected}

    async def heard(error: Exception) -> None:
        found.update(match[1].lower() for match in _VIOLATION.finditer(str(error)))

    client = await nats_client.connect(
        desk.address, user=user, password=desk.password(user), error_cb=heard, allow_reconnect=False
    )
    try:
        for subject in publishes:
            await client.publish(subject, b"")
        for subject in subscribes:
            await client.subscribe(subject)
        await client.flush()
        with suppress(AssertionError):  # the test says which
            await eventually(lambda: not missing or missing <= found, 5)
    finally:
        await client.close()
    return found


@pytest.mark.parametrize("user", sorted(USERS.keys() - {"operator"}))
async def test_a_user_is_refused_everything_that_no_row_allows(nats: Desk, user: str) -> None:
    forbidden = [subject for subject in requests() if not allowed(user, subject)]
    assert len(forbidden) > 100
    refused = await refusals(nats, user, forbidden, expected=forbidden)
    assert {subject.lower() for subject in forbidden} - refused == set()


@pytest.mark.parametrize("user", sorted(USERS.keys() - {"operator"}))
async def test_a_user_is_refused_nothing_that_a_row_allows(nats: Desk, user: str) -> None:
    infos = ("$JS.API.STREAM.INFO", "$JS.API.CONSUMER.INFO")
    harmless = [subject for subject in requests() if allowed(user, subject) and subject.startswith(infos)]
    assert harmless
    assert await refusals(nats, user, harmless) == set()


@pytest.mark.parametrize("user", sorted(USERS.keys() - {"operator"}))
async def test_a_user_can_listen_to_its_own_inbox_and_to_nothing_else(nats: Desk, user: str) -> None:
    foreign = [f"{inbox_prefix(other)}.>" for other in USERS if other != user]
    streams = [f"desk.{subject.replace('*', 'x')}" for stream in STREAMS for subject in stream.subjects]
    buckets = [subject for bucket in BUCKETS for subject in bucket.subjects]
    others = [*foreign, *streams, *buckets, ">", "desk.>", "_INBOX.>", "$JS.>", "$JS.EVENT.ADVISORY.>", "$SYS.>"]
    refused = await refusals(nats, user, (), [f"{inbox_prefix(user)}.mine", *others], others)
    assert {subject.lower() for subject in others} - refused == set()
    assert f"{inbox_prefix(user)}.mine" not in refused


@pytest.mark.parametrize("user", sorted(USERS))
def test_only_few_may_destroy_and_nobody_but_topology_makes_consumers(user: str) -> None:
    found = {
        verb
        for verb in (*DESTROYS, *OF_CONSUMERS)
        for stream in ALL_STREAMS
        for subject in (f"$JS.API.{verb}.{stream}", f"$JS.API.{verb}.{stream}.x")
        if verb not in ("CONSUMER.INFO", "CONSUMER.MSG.NEXT") and allowed(user, subject)
    }
    assert found <= MAY_DESTROY.get(user, frozenset())


def test_tickets_removes_messages_only_where_it_archives_and_collects() -> None:
    emptied = {stream for stream in ALL_STREAMS if allowed("tickets", f"$JS.API.STREAM.PURGE.{stream}")}
    assert emptied == EMPTIED_BY_TICKETS


def test_a_durable_is_pulled_and_settled_by_its_own_service_alone() -> None:
    for consumer in CONSUMERS:
        pulled = f"$JS.API.CONSUMER.MSG.NEXT.{consumer.stream}.{consumer.durable}"
        settled = f"$JS.ACK.{consumer.stream}.{consumer.durable}.1.1.1.1.0"
        assert {user for user in SERVICES if allowed(user, pulled) or allowed(user, settled)} == {consumer.service}


def test_whoever_only_takes_backups_reads_states_and_snapshots_and_writes_nothing() -> None:
    may = [subject for subject in requests() if allowed("backup", subject)]
    assert {subject.split(".")[2] + "." + subject.split(".")[3] for subject in may} == {
        "STREAM.INFO", "STREAM.SNAPSHOT", "CONSUMER.INFO",
    }  # fmt: skip
