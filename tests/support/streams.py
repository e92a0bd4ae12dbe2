"""Looking into streams and shaping them from a test, as the operator may."""

import json

from ventanilla_contracts.topology import CONSUMERS, STREAMS
from ventanilla_runtime import topology
from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.publish import MSG_ID, Outgoing

INTAKE = "desk.message.received.v1.email"


def intake_message(number: int | str, body: bytes | None = None, **headers: str) -> Outgoing:
    """A message for INTAKE whose id and body are its number."""
    return Outgoing("INTAKE", INTAKE, str(number).encode() if body is None else body, {MSG_ID: f"m{number}", **headers})


async def stored(broker: Broker, stream: str) -> list[StoredMessage]:
    """Everything that lies in a stream, oldest first."""
    state = await broker.stream_state(stream)
    places = range(state.first_sequence, state.last_sequence + 1)
    return [message for number in places if (message := await broker.stored_message(stream, number))]


async def bodies(broker: Broker, stream: str) -> list[str]:
    """The bodies that lie in a stream, oldest first."""
    return [message.body.decode() for message in await stored(broker, stream)]


async def limit(broker: Broker, stream: str, max_bytes: int) -> None:
    """Give a stream another limit."""
    spec = next(spec for spec in STREAMS if spec.name == stream)
    answer = await broker.api(f"STREAM.UPDATE.{stream}", {**spec.config("desk", 1024**3, 1), "max_bytes": max_bytes})
    assert "error" not in answer, json.dumps(answer["error"])


async def make_anew(broker: Broker, stream: str) -> None:
    """Delete a stream with its consumers and make all of it again, empty: its sequences start at 1."""
    await broker.api(f"STREAM.DELETE.{stream}")
    await topology.apply(broker, storage_bytes=4 * 1024**3)


async def be_impatient(broker: Broker, seconds: float = 2.0) -> None:
    """Let the broker hand out again after so long what the router's durable took and never settled (usually 10 s)."""
    spec = next(spec for spec in CONSUMERS if spec.durable == "router")
    config = {**spec.config("desk", 1), "ack_wait": int(seconds * 10**9)}
    only = config.get("filter_subject")
    subject = f"CONSUMER.CREATE.{spec.stream}.{spec.durable}" + (f".{only}" if only else "")
    answer = await broker.api(subject, {"stream_name": spec.stream, "config": config})
    assert "error" not in answer, json.dumps(answer["error"])
