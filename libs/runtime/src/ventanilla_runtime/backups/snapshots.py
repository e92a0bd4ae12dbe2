"""JetStream's own snapshots of a stream, in and out (`$JS.API.STREAM.SNAPSHOT` and `$JS.API.STREAM.RESTORE`).

Neither holds more than the server's window in memory. The archive is the server's business: compressed, in a format
that only servers of the same or a later version read.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import nats.errors
import orjson

from ventanilla_contracts.errors import Permanent
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.wire import Arrived, Message

CHUNK_BYTES = 128 * 1024
SILENCE_SECONDS = 60.0
"""A server that says nothing for so long has given up, or is gone."""
_HEARD_SECONDS = 10.0
_AGAIN_SECONDS = 0.25
_EXISTS = 10130


class SnapshotRefused(Permanent):
    """The server does not make, or does not take, this snapshot."""

    slug = "snapshot_refused"


async def take_snapshot(broker: Broker, stream: str, write: Callable[[bytes], None]) -> dict[str, Any]:
    """Hand the archive of a stream, consumers included, to `write` piece by piece.

    Args:
        broker: connected as `backup` or `operator`.
        write: gets each piece in order; the next one is asked for after it returns.

    Returns:
        The server's answer: `config` and `state` of the stream at that moment, which a restore needs.

    Raises:
        SnapshotRefused: the server has no such stream, or broke off; the archive is worth nothing.
        BrokerAway: as above, the connection was lost.
    """
    arrived: asyncio.Queue[Arrived] = asyncio.Queue()
    subject = await broker.subscribe(f"snapshot.{stream}", arrived.put_nowait)
    try:
        question = {"deliver_subject": subject, "no_consumers": False, "chunk_size": CHUNK_BYTES}
        answer = await broker.api(f"STREAM.SNAPSHOT.{stream}", question)
        if error := answer.get("error"):
            raise SnapshotRefused(f"stream {stream}: {error.get('description')}")
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    piece = await arrived.get()
            except TimeoutError as error:
                raise BrokerAway(f"stream {stream}: the server fell silent in the middle of its snapshot") from error
            if (status := piece.headers.get("Status", "204")) != "204":
                raise SnapshotRefused(f"stream {stream}: {status} {piece.headers.get('Description', '')}".rstrip())
            if not piece.body:
                return answer
            write(piece.body)
            if piece.reply:
                await broker.send_all([Message(piece.reply, b"")])
    finally:
        await broker.unsubscribe(subject)


async def restore_snapshot(
    broker: Broker, stream: str, config: dict[str, Any], state: dict[str, Any], pieces: Iterator[bytes]
) -> dict[str, Any]:
    """Make a stream out of its archive. There may be no stream of that name.

    Args:
        broker: connected as `operator`.
        config, state: as `take_snapshot` returned them; of the configuration, limits and metadata may differ.
        pieces: the archive, in pieces that fit into a message of the server's.

    Returns:
        The server's answer about the stream it has made.

    Raises:
        SnapshotRefused: the server does not take it; the text says why.
        BrokerAway: the connection was lost; what is there of the stream is not whole.
    """
    answer = await broker.api(f"STREAM.RESTORE.{stream}", {"config": config, "state": state})
    if error := answer.get("error"):
        raise SnapshotRefused(f"stream {stream}: {_why(error)}")
    subject = answer["deliver_subject"]
    for piece in pieces:
        said = await _hand_over(broker, stream, subject, piece)
        if said:  # only a refusal says something in the middle
            raise SnapshotRefused(f"stream {stream}: {_why(_read(said).get('error') or {})}")
    made = _read(await _hand_over(broker, stream, subject, b""))
    if error := made.get("error"):
        raise SnapshotRefused(f"stream {stream}: {_why(error)}")
    return made


async def _hand_over(broker: Broker, stream: str, subject: str, piece: bytes) -> bytes:
    """Hand a piece over; what the server said to it. In a cluster, who takes it may be known here only in a moment."""
    deadline = time.monotonic() + _HEARD_SECONDS
    while True:
        try:
            answer = await broker.client.request(subject, piece, timeout=SILENCE_SECONDS)
        except nats.errors.NoRespondersError as error:
            if time.monotonic() > deadline:
                raise BrokerAway(f"stream {stream}: nobody takes its archive") from error
            await asyncio.sleep(_AGAIN_SECONDS)
        except (nats.errors.Error, OSError) as error:
            raise BrokerAway(f"stream {stream}: the server does not go on with the restore ({error})") from error
        else:
            return bytes(answer.data)


def _read(data: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(data or b"{}")
    except ValueError:
        return {"error": {"description": data[:200].decode(errors="replace")}}
    return found if isinstance(found, dict) else {}


def _why(error: dict[str, Any]) -> str:
    if error.get("err_code") == _EXISTS:
        return "there is a stream of that name"
    return str(error.get("description") or "the server gives no reason")
