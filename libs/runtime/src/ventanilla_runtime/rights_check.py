"""Which rights of a service its broker user lacks, and which of its events no stream takes: tried without any effect.

The server looks at a message's subject before anything else. So each subject that the service sends to is sent what
nobody can store, deliver or carry out: the server says no to a user without the right, and to everybody else nothing
happens.
"""

from typing import Final, NamedTuple

import nats.errors

from ventanilla_contracts.broker_rights import permissions
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.wire import Arrived, Message

_TOKEN: Final = "doctor-looks"  # noqa: S105  # a part of a subject
_STORED_NOWHERE: Final = {"Nats-Expected-Stream": _TOKEN}
"""A stream of another name refuses such a message, and no stream is called like this."""
_SENSELESS: Final = b'{"batch": "?", "seq": "?", "keep": "?", "filter": "doctor-looks"}'
"""What asks for messages, or to remove some, is refused for its form. Should a server overlook that: a pull without an
inbox gets none, and no stream holds that subject. (An empty body would remove all, and one that is no JSON takes one.)
"""


class Lacking(NamedTuple):
    """What a user lacks, in the order of the rows; subjects have wild cards.

    Attributes:
        publish: what he may not publish to.
        subscribe: what he may not listen to: then no answer comes to him.
        streams: what he may publish, and no stream takes.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    streams: tuple[str, ...]


async def lacking(broker: Broker, service: str) -> Lacking:
    """Try every right of a service with a connection of its user. Nothing is stored, delivered or removed.

    Raises:
        BrokerAway: the connection broke meanwhile.
    """
    [user] = [user for user in permissions(broker.settings.prefix) if user.user == service]
    tries = {pattern: pattern.replace("*", _TOKEN).replace(">", _TOKEN) for pattern in user.publish}
    refused: list[str] = []
    unheard: set[str] = set()

    def hear(answer: Arrived) -> None:
        if answer.headers.get("Status") == "503":  # nobody listens there
            unheard.add(user.publish[int(answer.subject.rpartition(".")[2])])

    note = refused.append
    broker.on_refused.append(note)
    answers = await broker.subscribe("doctor.*", hear)
    try:
        await broker.send_all(
            [
                Message(subject, _SENSELESS)
                if pattern.startswith("$JS.")
                else Message(subject, b"", answers.replace("*", str(number)), _STORED_NOWHERE)
                for number, (pattern, subject) in enumerate(tries.items())
            ]
        )
        await broker.round_trip()
    except (nats.errors.Error, TimeoutError, OSError) as error:
        raise BrokerAway(f"the connection broke: {type(error).__name__}") from error
    finally:
        broker.on_refused.remove(note)
        await broker.unsubscribe(answers)
    words = " ".join(refused)
    return Lacking(
        publish=tuple(pattern for pattern, subject in tries.items() if f'publish to "{subject.lower()}"' in words),
        subscribe=user.subscribe if "for subscription to" in words else (),
        streams=tuple(pattern for pattern in tries if pattern in unheard and not pattern.startswith("$")),
    )
