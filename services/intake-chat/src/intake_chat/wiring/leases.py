"""Work that one replica at a time does, as long as it holds the lease for it."""

import asyncio
import secrets
import socket
from collections.abc import Callable

from intake_chat.settings import Settings
from ventanilla_runtime.leases import Job, LeaseKeeper
from ventanilla_runtime.service import Service
from ventanilla_runtime.state import StateBucket


def lease_keeper(state: StateBucket, settings: Settings, lease: str, job: Callable[[], Job]) -> LeaseKeeper:
    """Whoever contends for a lease, under a name that no other replica has."""
    return LeaseKeeper(
        state,
        {lease: job},
        holder=f"{socket.gethostname()}:{settings.http_port or secrets.token_hex(8)}",
        clock=asyncio.get_running_loop().time,
    )


def contend(service: Service, settings: Settings, state: StateBucket, lease: str, job: Callable[[], Job]) -> None:
    """Do the job whenever this replica has the lease, until the service stops."""
    leases = lease_keeper(state, settings, lease, job)
    task = service.tasks.create_task(leases.run())

    async def leave() -> None:
        leases.stop()
        await asyncio.wait([task], timeout=service.budget.drain_left())

    service.stack.push_async_callback(leave)
