"""The yardstick: the straightest way from SMTP to a committed ticket that this machine and these libraries allow.

SMTP → one acknowledged publish → batches → one statement → ack. No parsing beyond what the row needs, no rules, no
ledger, no answers. What it keeps is the promise: 250 only after the broker's acknowledgement, the broker's ack only
after the commit, and nothing twice. One process a role, as in the product.
"""

import argparse
import asyncio
import json
import re
import sys
import uuid
from collections.abc import Awaitable, Callable, Mapping

import asyncpg
import nats
import nats.aio.client
import uvloop
from aiosmtpd.smtp import SMTP
from fast_mail_parser import parse_email
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, RetentionPolicy, StreamConfig

from ventanilla_runtime.service import tune_garbage_collection

nats.aio.client.parse_email = None  # it would read message headers as a mail's, and return lists

STREAM, SUBJECT, DURABLE = "LIMIT", "limit.in", "sink"
_BATCH, _WORKERS, _LINGER_SECONDS = 200, 2, 0.002
_SCHEMA = """
create table tickets (id uuid primary key, external_id text not null unique, requester text not null,
  subject text not null, status text not null default 'open', created_at timestamptz not null default now());
create table messages (id uuid primary key, ticket_id uuid not null references tickets (id), body text not null);
create index on messages (ticket_id);
create table outbox (id bigint generated always as identity primary key, subject text not null, payload jsonb not null);
"""
_INSERT = """
with fresh as (
  insert into tickets (id, external_id, requester, subject)
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) on conflict (external_id) do nothing
  returning id
), bodies as (
  insert into messages (id, ticket_id, body)
  select given.message, given.ticket, given.body
  from unnest($5::uuid[], $1::uuid[], $6::text[]) as given (message, ticket, body) join fresh on fresh.id = given.ticket
)
insert into outbox (subject, payload) select 'ticket.created', jsonb_build_object('id', id) from fresh
"""
_ADDRESS = re.compile(r"<([\w.!#$%&*+/=?^{|}~-]{1,64}@[A-Za-z0-9.-]{1,255})>(?:\s+(.*))?$", re.ASCII)


async def prepare(nats_url: str, dsn: str) -> None:
    """Make stream, consumer and tables."""
    client = await nats.connect(nats_url)
    context = client.jetstream()
    await context.add_stream(StreamConfig(name=STREAM, subjects=[SUBJECT], retention=RetentionPolicy.WORK_QUEUE))
    await context.add_consumer(STREAM, ConsumerConfig(durable_name=DURABLE, max_ack_pending=10_000, ack_wait=60))
    await client.close()
    connection = await asyncpg.connect(dsn)
    await connection.execute(_SCHEMA)
    await connection.close()


async def serve_smtp(arguments: argparse.Namespace) -> None:
    """aiosmtpd with its two hot spots replaced; 250 after the broker's acknowledgement."""
    client = await nats.connect(arguments.nats)
    context = client.jetstream(publish_async_max_pending=4096)

    class Door(SMTP):
        line_length_limit = 1 << 20

        def _getaddr(self, text: str) -> tuple[str | None, str | None]:
            found = _ADDRESS.match(text)
            return (found[1], found[2] or "") if found else super()._getaddr(text)

        async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # aiosmtpd's name
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            content = (await self._reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n.", b"\r\n")
            acknowledgement = await context.publish_async(SUBJECT, content)
            await asyncio.wait_for(acknowledgement, 10)
            self._set_post_data_state()
            await self.push("250 OK")

    loop = asyncio.get_running_loop()
    await loop.create_server(
        lambda: Door(object(), hostname="limit", ident="limit", loop=loop), "127.0.0.1", arguments.port, backlog=512
    )
    tune_garbage_collection()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


class _Puller:
    """A standing pull request, refilled at half."""

    def __init__(self, client: nats.aio.client.Client, window: int) -> None:
        self._client, self._window, self._open = client, window, 0
        self.queue: asyncio.Queue[Msg] = asyncio.Queue()

    async def start(self) -> None:
        self._inbox = self._client.new_inbox()
        await self._client.subscribe(self._inbox, cb=self._receive)
        await self._pull(self._window)

    async def _pull(self, count: int) -> None:
        self._open += count
        request = json.dumps({"batch": count, "expires": 30_000_000_000}).encode()
        await self._client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{DURABLE}", request, self._inbox)

    async def _receive(self, message: Msg) -> None:
        if message.headers and message.headers.get("Status"):
            self._open -= int(message.headers.get("Nats-Pending-Messages", 0))
        else:
            self._open -= 1
            self.queue.put_nowait(message)
        if self._open < self._window // 2:
            await self._pull(self._window - self._open)

    async def batch(self) -> list[Msg]:
        found = [await self.queue.get()]
        if self.queue.qsize() < _BATCH:
            await asyncio.sleep(_LINGER_SECONDS)
        while len(found) < _BATCH and not self.queue.empty():
            found.append(self.queue.get_nowait())
        return found


async def consume(arguments: argparse.Namespace) -> None:
    """Batches into Postgres, one statement each."""
    pool = await asyncpg.create_pool(arguments.dsn, min_size=_WORKERS, max_size=_WORKERS)
    puller = _Puller(await nats.connect(arguments.nats), _BATCH * (_WORKERS + 1))
    await puller.start()

    async def work() -> None:
        while True:
            messages = await puller.batch()
            rows = []
            for message in messages:
                mail = parse_email(message.data)
                headers = mail.headers
                rows.append(
                    (
                        uuid.uuid4(),
                        headers["Message-ID"][0],
                        headers["From"][0],
                        mail.subject,
                        uuid.uuid4(),
                        mail.text_plain[0],
                    )
                )
            await pool.execute(_INSERT, *zip(*rows, strict=True))
            for message in messages:
                await message.ack()

    tune_garbage_collection()
    await asyncio.gather(*(work() for _ in range(_WORKERS)))


ROLES: Mapping[str, Callable[[argparse.Namespace], Awaitable[None]]] = {"smtp": serve_smtp, "sink": consume}


def main() -> None:
    """One role as its own process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--nats", required=True)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    uvloop.run(ROLES[arguments.role](arguments))


if __name__ == "__main__":
    main()
