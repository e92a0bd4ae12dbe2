"""A worker for webhooks as a process of its own, to be killed: `python -m tests.integration.tickets.webhook_worker`."""

import asyncio
import sys

from tests.integration.tickets.webhook_receiver import SECRET
from tickets.adapters.postgres.database import open_database
from tickets.adapters.postgres.webhook_store import WebhookStore
from tickets.adapters.webhook_sender import WebhookSender
from tickets.domain.webhooks import Webhook, read_secret
from tickets.handlers.sending.send_webhooks import WebhookWorker


async def work(dsn: str, url: str) -> None:
    database = await open_database(dsn)
    sender = WebhookSender(4, answer_seconds=1)
    await WebhookWorker(
        WebhookStore(database), sender, {"status": Webhook("status", url, (read_secret(SECRET),))}, 0.5
    ).run()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
