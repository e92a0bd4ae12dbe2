"""Many messages of a stream for one request each: the newest under each of many subjects, or a run of them in order.

NATS calls it batch direct get (2.11; https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-31.md):
the broker answers a request with all messages one after the other, and closes with a message without a body.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from ventanilla_runtime.answers import StoredMessage
from ventanilla_runtime.broker import API_TIMEOUT_SECONDS, Broker
from ventanilla_runtime.errors import BrokerAway
from ventanilla_runtime.publish import MSG_ID
from ventanilla_runtime.wire import Arrived

SUBJECTS_LIMIT: Final = 1_000
"""Subjects of one request; the broker refuses more than 1,024."""
PAGE_MESSAGES: Final = 1_000
_MOST_PAGES: Final = 200
PAGE_BYTES: Final = 16 * 1024 * 1024
_END, _NOTHING, _NO_RESPONDERS = "204", "404", "503"


@dataclass(frozen=True, slots=True)
class Page:
    """Messages in order, and whether there were more behind them when the broker answered."""

    messages: list[StoredMessage]
    more: bool


@dataclass(slots=True)
class _Waiting:
    """A question that is not answered to its end yet."""

    done: asyncio.Future[int]
    arrived: list[Arrived] = field(default_factory=list)


class Many:
    """Asks for many messages at once, over a broker's connection. Several questions may be under way."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._waiting: dict[str, _Waiting] = {}
        self._inbox = ""
        self._listening = asyncio.Lock()
        self._number = 0

    async def latest(
        self, stream: str, subjects: Sequence[str], *, within_seconds: float = API_TIMEOUT_SECONDS
    ) -> dict[str, StoredMessage]:
        """The newest message under each subject that has one. A key that was deleted is there, with its marker.

        Raises:
            BrokerAway: no broker, or no whole answer in time.
            NotPermitted: the broker refused the request.
        """
        parts = [list(subjects[start : start + SUBJECTS_LIMIT]) for start in range(0, len(subjects), SUBJECTS_LIMIT)]
        pages = await asyncio.gather(
            *(self._ask(stream, {"multi_last": part, "batch": len(part)}, within_seconds) for part in parts)
        )
        return {message.subject: message for page in pages for message in page.messages}

    async def page(
        self,
        stream: str,
        sequence: int,
        *,
        subject: str | None = None,
        since: datetime | None = None,
        messages: int = PAGE_MESSAGES,
        within_seconds: float = API_TIMEOUT_SECONDS,
    ) -> Page:
        """The messages of a stream from a sequence on, in order; fewer where they are large.

        Args:
            stream: its name.
            sequence: of the first one that may be in it.
            subject: only what lies under it; wild cards allowed.
            since: instead of the sequence, the first that was stored at this time or later.
            messages: so many at most.
            within_seconds: when to give up.

        Raises:
            as `latest`.
        """
        question: dict[str, Any] = {"batch": messages, "max_bytes": PAGE_BYTES}
        if since is None:
            question["seq"] = max(sequence, 1)
        else:
            question["start_time"] = since.isoformat()
        if subject is not None:
            question["next_by_subj"] = subject
        return await self._ask(stream, question, within_seconds)

    async def ids_since(self, stream: str, at: datetime) -> set[str]:
        """Ids (`Nats-Msg-Id`) of what was stored in a stream since a time; of very many the oldest.

        Raises:
            as `latest`.
        """
        found: set[str] = set()
        page = await self.page(stream, 0, since=at)
        for _ in range(_MOST_PAGES):
            found.update(message.headers.get(MSG_ID, "") for message in page.messages)
            if not page.more or not page.messages:
                break
            page = await self.page(stream, page.messages[-1].sequence + 1)
        return found

    async def close(self) -> None:
        """Listen for nothing any more."""
        if self._inbox:
            await self._broker.unsubscribe(f"{self._inbox}.*")
            self._inbox = ""

    async def _ask(self, stream: str, question: dict[str, Any], within_seconds: float) -> Page:
        subject = f"$JS.API.DIRECT.GET.{stream}"
        await self._listen()
        self._number += 1
        token = str(self._number)
        waiting = self._waiting[token] = _Waiting(asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(within_seconds):
                await self._broker.send(subject, orjson.dumps(question), f"{self._inbox}.{token}")
                pending = await waiting.done
        except TimeoutError as error:
            raise self._broker.unanswered(subject) from error
        finally:
            del self._waiting[token]
        return Page(list(map(_stored, waiting.arrived)), pending > 0)

    async def _listen(self) -> None:
        async with self._listening:
            if not self._inbox:
                subject = await self._broker.subscribe(f"many.{secrets.token_hex(6)}.*", self._receive)
                self._inbox = subject.removesuffix(".*")

    def _receive(self, message: Arrived) -> None:
        waiting = self._waiting.get(message.subject.rpartition(".")[2])
        if waiting is None or waiting.done.done():
            return  # whoever asked has given up
        status = message.headers.get("Status")
        if status is None:
            if "Nats-Sequence" in message.headers:  # else nobody fetched it from a stream
                waiting.arrived.append(message)
        elif status == _END:
            waiting.done.set_result(int(message.headers.get("Nats-Num-Pending", "0")))
        elif status == _NOTHING:
            waiting.done.set_result(0)
        elif status == _NO_RESPONDERS:
            waiting.done.set_exception(BrokerAway("nobody answers for this stream: is it there, and JetStream up?"))
        else:
            reason = message.headers.get("Description", "")
            waiting.done.set_exception(BrokerAway(f"the broker does not answer this: {status} {reason}".rstrip()))


def _stored(message: Arrived) -> StoredMessage:
    headers = message.headers
    return StoredMessage(
        headers["Nats-Subject"], int(headers["Nats-Sequence"]), headers["Nats-Time-Stamp"], message.body, headers
    )
