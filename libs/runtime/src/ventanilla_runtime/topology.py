"""Makes the broker look like `ventanilla_contracts.topology` says: before the services, and after each upgrade."""

import json
from collections.abc import Callable
from typing import Any

from ventanilla_contracts.broker_rights import permissions
from ventanilla_contracts.topology import BUCKETS, CONSUMERS, DEFAULT_PREFIX, REVISION, STREAMS, Consumer
from ventanilla_runtime.broker import Broker

DEFAULT_STORAGE_BYTES = 64 * 1024**3
REVISION_METADATA = "ventanilla.topology"
"""Of streams and consumers: by which revision of the topology they were made or changed last."""
_NOT_FOUND = 10059
_NO_CONSUMER = 10014
_NOT_CLUSTERED = 10074
_NO_ROOM = 10047


class TopologyRefused(RuntimeError):
    """The broker does not take a stream or consumer as it is described."""


class BrokerTooSmall(TopologyRefused):
    """Several copies were asked for of one server, or more bytes than its disk gives: no waiting makes it larger."""


async def apply(
    broker: Broker,
    *,
    prefix: str = DEFAULT_PREFIX,
    storage_bytes: int = DEFAULT_STORAGE_BYTES,
    replicas: int = 1,
    report: Callable[[str], None] = lambda _: None,
) -> None:
    """Create or update every stream, bucket and consumer; what is right already stays untouched.

    Nothing is ever deleted. What a newer release made or changed stays as that release wants it.

    Args:
        broker: connected as `topology` or `operator`.
        prefix: first word of every subject.
        storage_bytes: what all streams together may fill.
        replicas: 1 for one server, 3 in a cluster.
        report: gets one line for each thing that was made or changed.

    Raises:
        TopologyRefused: the broker refused one; those before it are in place.
        BrokerTooSmall: it refused the number of replicas or the bytes, and will.
    """
    wanted = [thing.config(prefix, storage_bytes, replicas) for thing in (*STREAMS, *BUCKETS)]
    found = [(config, await broker.api(f"STREAM.INFO.{config['name']}")) for config in wanted]
    # What gives room comes before what needs it: the broker promises no byte twice.
    for config, current in sorted(found, key=_growth):
        name = config["name"]
        if (current.get("error") or {}).get("err_code") == _NOT_FOUND:
            _checked(await broker.api(f"STREAM.CREATE.{name}", _marked(config)), f"stream {name}")
            report(f"stream {name} made")
        elif _differs(_checked(current, f"stream {name}")["config"], config):
            if _is_newer(current):
                report(f"stream {name} left as a newer release made it")
                continue
            changed = _marked({**current["config"], **config})
            _checked(await broker.api(f"STREAM.UPDATE.{name}", changed), f"stream {name}")
            report(f"stream {name} changed")
    for consumer in CONSUMERS:
        await _apply_consumer(broker, consumer, consumer.config(prefix, replicas), report)


async def _apply_consumer(
    broker: Broker, consumer: Consumer, config: dict[str, Any], report: Callable[[str], None]
) -> None:
    current = await broker.api(f"CONSUMER.INFO.{consumer.stream}.{consumer.durable}")
    if "error" not in current and not _differs(current["config"], config):
        return
    if "error" not in current and _is_newer(current):
        report(f"consumer {consumer.durable} left as a newer release made it")
        return
    subject = f"CONSUMER.CREATE.{consumer.stream}.{consumer.durable}"
    if only := config.get("filter_subject"):
        subject += f".{only}"
    question = {"stream_name": consumer.stream, "config": _marked(config)}
    _checked(await broker.api(subject, question), f"consumer {consumer.durable}")
    report(f"consumer {consumer.durable} {'made' if 'error' in current else 'changed'}")


def server_users(passwords: dict[str, str], prefix: str = DEFAULT_PREFIX) -> str:
    """The `authorization` block of a nats-server configuration file: every user with exactly its rights.

    Args:
        passwords: user → password (or its bcrypt hash), for each user of `permissions()`.
        prefix: first word of every subject.
    """
    users = [
        {
            "user": user.user,
            "password": passwords[user.user],
            "permissions": {"publish": {"allow": list(user.publish)}, "subscribe": {"allow": list(user.subscribe)}},
        }
        for user in permissions(prefix)
    ]
    return f"authorization: {json.dumps({'users': users}, indent=1, ensure_ascii=False)}\n"


async def differences(
    broker: Broker,
    *,
    prefix: str = DEFAULT_PREFIX,
    storage_bytes: int | None = None,
    replicas: int | None = None,
) -> list[str]:
    """What the broker lacks or has otherwise, one line each; empty when `apply` would change nothing.

    Args:
        broker: connected as `topology` or `operator`.
        prefix: first word of every subject.
        storage_bytes: None does not compare limits.
        replicas: None does not compare the number of replicas.
    """
    found: list[str] = []
    ignored = {key for key, value in (("max_bytes", storage_bytes), ("num_replicas", replicas)) if value is None}
    for thing in (*STREAMS, *BUCKETS):
        config = thing.config(prefix, storage_bytes or DEFAULT_STORAGE_BYTES, replicas or 1)
        found += _compared(
            await broker.api(f"STREAM.INFO.{config['name']}"), config, ignored, f"stream {config['name']}"
        )
    for consumer in CONSUMERS:
        current = await broker.api(f"CONSUMER.INFO.{consumer.stream}.{consumer.durable}")
        found += _compared(current, consumer.config(prefix, replicas or 1), ignored, f"consumer {consumer.durable}")
    return found


def _compared(current: dict[str, Any], wanted: dict[str, Any], ignored: set[str], what: str) -> list[str]:
    if (current.get("error") or {}).get("err_code") in (_NOT_FOUND, _NO_CONSUMER):
        return [f"{what} is missing"]
    config = _checked(current, what)["config"]
    if _is_newer(current):  # as it should be, and not by these rows
        return []
    return [
        f"{what}: {key} is {config.get(key)}, should be {value}"
        for key, value in wanted.items()
        if key not in ignored and _differs(config, {key: value})
    ]


def _is_newer(current: dict[str, Any]) -> bool:
    """Whether a newer topology than ours made or changed this."""
    mark = str((current["config"].get("metadata") or {}).get(REVISION_METADATA, ""))
    return mark.isascii() and mark.isdigit() and int(mark) > REVISION


def _marked(config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "metadata": {**(config.get("metadata") or {}), REVISION_METADATA: str(REVISION)}}


def _growth(described: tuple[dict[str, Any], dict[str, Any]]) -> int:
    """How many bytes more a stream is to have than it has."""
    config, current = described
    return int(config["max_bytes"] - (current.get("config") or {}).get("max_bytes", 0))


def _differs(current: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return any(current.get(key, False if value is False else None) != value for key, value in wanted.items())


def _checked(answer: dict[str, Any], what: str) -> dict[str, Any]:
    if error := answer.get("error"):
        if error.get("err_code") == _NOT_CLUSTERED:
            raise BrokerTooSmall(
                "this broker is one server and keeps one copy of each stream: say --replicas 1 (topology.replicas: 1 in"
                " the values of the chart), or give it a cluster"
            )
        if error.get("err_code") == _NO_ROOM:
            raise BrokerTooSmall(
                f"{what}: the broker's disk has no room for what all streams together may fill: say less with"
                " --storage-bytes (topology.storageBytes in the values of the chart), or give the broker more"
                " (max_file_store; config.jetstream.fileStore in the values of the nats chart)"
            )
        raise TopologyRefused(f"{what}: {error.get('description')} ({error.get('err_code')})")
    return answer
