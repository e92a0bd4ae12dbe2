"""A whole service on one screen, run as a process of its own by `test_service.py`: it notes what it handles in a file.

The name is `router`, whose durable it consumes. BEHAVIOUR makes it misbehave.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

from pydantic_settings import SettingsConfigDict

from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.consume import Consumer
from ventanilla_runtime.deadletters import DeadLetters
from ventanilla_runtime.delivery import Batch
from ventanilla_runtime.health import Application, Health
from ventanilla_runtime.service import Service, run
from ventanilla_runtime.settings import ServiceSettings

BEHAVIOUR = os.environ.get("BEHAVIOUR", "")
NOTES = Path(os.environ["NOTES"])


class Settings(ServiceSettings):
    """The router's."""

    model_config = SettingsConfigDict(env_prefix="ROUTER_", extra="ignore", frozen=True)


def note(*lines: str) -> None:
    """Add lines to the file that the test reads."""
    with NOTES.open("a") as notes:
        notes.writelines(f"{line}\n" for line in lines)


async def handle(batch: Batch) -> None:
    """Note each message; a slow one takes its time, a stuck one never ends."""
    note("begun")
    if BEHAVIOUR == "slow":
        await asyncio.sleep(1)
    if BEHAVIOUR == "stuck":
        await asyncio.Event().wait()
    note(*(delivery.body.decode() for delivery in batch.deliveries))


def with_a_door(health: Health) -> Application:
    """An application that takes its time for one of its pages."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if health.answer(scope["path"]):
            await health(scope, receive, send)
            return
        if scope["path"] == "/slow":
            await asyncio.sleep(0.5)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    return answer


async def main(service: Service) -> None:
    """Wire, serve, wait."""
    service.serve_http(with_a_door(service.health) if BEHAVIOUR == "door" else None)
    await service.connect()
    if BEHAVIOUR == "bug":
        raise KeyError("a bug at start")
    spec = next(spec for spec in CONSUMERS if spec.durable == "router")
    letters = DeadLetters(service.publisher, service.settings.prefix, service.name)
    service.consume(Consumer(service.broker, spec, handle, letters, batch_size=1))
    await service.work()
    if BEHAVIOUR == "door":
        note("service.stopping")
    if BEHAVIOUR == "hangs":
        await asyncio.Event().wait()


if __name__ == "__main__":
    run("router", Settings(), main)
