"""Putting consumers and sequences where they belong after a restore, in a broker whose services are stopped."""

import asyncio
from datetime import datetime

from ventanilla_contracts.errors import Permanent
from ventanilla_runtime.answers import StreamState, raise_if_missing
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.many import Many
from ventanilla_runtime.publish import Outgoing, Publisher

_FILLERS_AT_ONCE = 1_000
MOST_FILLERS = 5_000_000
"""About four minutes."""


class PositionRefused(Permanent):
    """The server does not put it there; the text says why."""

    slug = "position_refused"


async def is_pulled(broker: Broker, stream: str, durable: str) -> bool:
    """Whether a service takes messages from a consumer at this moment.

    Raises:
        StreamMissing, BrokerAway: it cannot be known.
    """
    answer = await broker.api(f"CONSUMER.INFO.{stream}.{durable}")
    raise_if_missing(answer, f"consumer {durable} of {stream}")
    return bool(answer.get("num_waiting"))


async def first_since(broker: Broker, stream: str, at: datetime) -> int:
    """The sequence of the first message that was stored at a time or later; behind the last one if there is none."""
    page = await Many(broker).page(stream, 0, since=at, messages=1)
    return page.messages[0].sequence if page.messages else (await broker.stream_state(stream)).last_sequence + 1


async def rewind(broker: Broker, stream: str, durable: str, sequence: int) -> bool:
    """Have a consumer hand out everything from a sequence on, again; False if it is not beyond that.

    Raises:
        PositionRefused: the server cannot (before 2.14), or will not.
        BrokerAway: it may be done or not.
    """
    if (await broker.consumer_state(stream, durable)).ack_floor < sequence:
        return False
    try:
        answer = await broker.api(f"CONSUMER.RESET.{stream}.{durable}", {"seq": sequence})
    except BrokerAway as error:
        version = broker.client.connected_server_version
        if (version.major, version.minor) < (2, 14):
            raise PositionRefused("resetting a consumer needs a NATS server of 2.14 or later") from error
        raise
    if refusal := answer.get("error"):
        raise PositionRefused(f"consumer {durable} of {stream}: {refusal.get('description')}")
    return True


async def skip_to(broker: Broker, publisher: Publisher, state: StreamState, last: int, prefix: str) -> int:
    """Let a stream's next message get a sequence beyond `last`: numbers that were given out are not given out again.

    JetStream has no word for that: messages under a subject of their own, which no consumer reads, take the numbers
    and are removed. Broken off and done again it goes on.

    Returns:
        How many sequences were skipped.

    Raises:
        PositionRefused: there are too many.
        BrokerAway: it is not done.
    """
    count = max(last - state.last_sequence, 0)
    if count > MOST_FILLERS:
        raise PositionRefused(f"stream {state.name} would have to skip {count} sequences")
    info = await broker.api(f"STREAM.INFO.{state.name}")
    raise_if_missing(info, f"stream {state.name}")
    filler = f"{prefix}.restore.skipped.{state.name.lower()}"
    subjects = [subject for subject in info["config"]["subjects"] if subject != filler]
    if not count and filler not in info["config"]["subjects"]:  # else one was killed before it had cleaned up
        return 0
    await _update(broker, {**info["config"], "subjects": [*subjects, filler]})
    try:
        for begun in range(0, count, _FILLERS_AT_ONCE):
            size = min(_FILLERS_AT_ONCE, count - begun)
            await publisher.publish_all([Outgoing(state.name, filler, b"")] * size)
            await asyncio.sleep(0)
    finally:
        await broker.prune(state.name, filler)
        await _update(broker, {**info["config"], "subjects": subjects})
    return count


async def _update(broker: Broker, config: dict[str, object]) -> None:
    answer = await broker.api(f"STREAM.UPDATE.{config['name']}", config)
    if error := answer.get("error"):
        raise PositionRefused(f"stream {config['name']}: {error.get('description')}")
