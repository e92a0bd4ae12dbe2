"""What the broker answers about streams, consumers and messages, as values."""

from dataclasses import dataclass, field
from typing import Any

from nats.aio.msg import Msg

from ventanilla_runtime.errors import BrokerAway, StreamMissing

_NO_STREAM, _NO_CONSUMER = 10059, 10014
CREATED_AT_METADATA = "ventanilla.created_at"
"""Of a stream that was restored: when the one was made whose messages it holds."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """A stream's identity and position."""

    name: str
    created_at: str
    first_sequence: int
    last_sequence: int
    messages: int
    size_bytes: int
    deleted: tuple[int, ...] = ()
    answered_at: str = ""
    """The broker's clock when it answered."""
    max_bytes: int = -1
    """At which it is full; -1: never."""
    max_age_seconds: float = 0.0
    """After which messages are dropped; 0: never."""
    restored_at: str = ""
    """When it was made out of a backup, by the broker's clock; "": never."""


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """How far a durable consumer has come: everything up to `ack_floor` is settled."""

    created_at: str
    ack_floor: int
    delivered: int
    pending: int
    ack_pending: int
    redelivered: int = 0
    """Of those that are held: how many were handed out more than once."""
    answered_at: str = ""
    """The broker's clock when it answered."""
    filters: tuple[str, ...] = ()
    """Subjects that it gets, with prefix; none: all of its stream."""


@dataclass(slots=True)
class StoredMessage:
    """A message fetched from a stream by its sequence."""

    subject: str
    sequence: int
    stored_at: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def filters_of(config: dict[str, Any]) -> tuple[str, ...]:
    """The subjects of a consumer, whichever of its two ways the broker has them in."""
    only = config.get("filter_subject")
    return (only,) if only else tuple(config.get("filter_subjects") or ())


def stream_identity(info: dict[str, Any]) -> str:
    """What tells a stream from others of its name: when it was made.

    A restored stream is the one that was backed up: it has its messages under their sequences, and the server would
    call it new. All that names a message by its place (ledger, re-drives, dead letters, archived originals) goes on.

    Args:
        info: the answer to `STREAM.INFO`.
    """
    metadata = info["config"].get("metadata") or {}
    return str(metadata.get(CREATED_AT_METADATA) or info["created"])


def read_stream_state(name: str, info: dict[str, Any]) -> StreamState:
    """A stream's identity and position, out of the answer to `STREAM.INFO`."""
    state, config, created_at = info["state"], info["config"], stream_identity(info)
    return StreamState(
        name,
        created_at,
        state["first_seq"],
        state["last_seq"],
        state["messages"],
        state["bytes"],
        tuple(state.get("deleted") or ()),
        info.get("ts", ""),
        config.get("max_bytes", -1),
        config.get("max_age", 0) / 1e9,
        info["created"] if created_at != info["created"] else "",
    )


def read_stored(message: Msg) -> StoredMessage | None:
    """The message in an answer to `DIRECT.GET`; None if there is none."""
    headers = dict(message.headers or {})
    if headers.get("Status"):
        return None
    return StoredMessage(
        headers.pop("Nats-Subject"),
        int(headers.pop("Nats-Sequence")),
        headers.pop("Nats-Time-Stamp"),
        message.data,
        {key: value for key, value in headers.items() if not key.startswith("Nats-Stream")},
    )


def raise_if_missing(answer: dict[str, Any], what: str) -> None:
    """Tell what an answer of the JetStream API complains about.

    Raises:
        StreamMissing: there is no such stream or consumer.
        BrokerAway: anything else.
    """
    error = answer.get("error")
    if not error:
        return
    if error.get("err_code") in (_NO_STREAM, _NO_CONSUMER):
        raise StreamMissing(f"{what} is missing: run `ventanilla topology apply`")
    raise BrokerAway(f"{what}: {error.get('description')}")
