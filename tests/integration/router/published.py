"""Publishing rules in tests: sets to publish, the store, and `router` as somebody types it."""

import os
from pathlib import Path

from router.adapters.rule_file import read_rules
from router.adapters.rule_store import Publication, RuleStore
from tests.support.broker import Desk
from tests.support.commands import Said, run_beside
from tests.unit.router.samples import NOON, file_with, rule_text
from ventanilla_contracts.routing import IN_FORCE_KEY, RulesInForce, rule_set_key
from ventanilla_runtime.publish import Outgoing, Publisher

ONE, TWO, THREE = (file_with(rule_text(name)) for name in ("one", "two", "three"))
BROKEN = file_with(rule_text("broken", then="{team: nobody}"))
HAND, DEPLOY = Publication("eva"), Publication("acme-7d9f", "deploy")


def hash_of(source: str) -> str:
    return read_rules(source, "x").hash


async def publisher_as(desk: Desk, user: str = "rules") -> Publisher:
    publisher = Publisher(await desk.connect(user))
    await publisher.start()
    return publisher


async def store_of(desk: Desk, user: str = "rules") -> RuleStore:
    broker = await desk.connect(user)
    publisher = Publisher(broker)
    await publisher.start()
    return RuleStore(broker, publisher)


async def publish(store: RuleStore, source: str, publication: Publication = HAND) -> None:
    await store.publish(read_rules(source, "x"), source, publication, NOON)


async def put(desk: Desk, bucket: str, key: str, value: bytes) -> None:
    """Write a key behind everybody's back."""
    publisher = await publisher_as(desk, "operator")
    await publisher.publish(Outgoing(f"KV_{bucket}", f"$KV.{bucket}.{key}", value))


async def put_in_force(desk: Desk, source: str) -> None:
    """Put a set into force that nobody has checked."""
    hash_ = "b" * 64
    entry = RulesInForce(hash=hash_, name="bad", published_by="x", origin="hand", published_at=NOON)
    await put(desk, "routing_rules", rule_set_key(hash_), source.encode())
    await put(desk, "routing_rules", IN_FORCE_KEY, entry.model_dump_json().encode())


class Command:
    """`router` as somebody types it."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "ROUTER_NATS_URL": desk.address,
            "ROUTER_NATS_USER": "rules",
            "ROUTER_NATS_PASSWORD": desk.password("rules"),
        }

    def file(self, name: str, source: str) -> str:
        (self.folder / name).write_text(source)
        return name

    async def __call__(self, *arguments: str, **environment: str) -> Said:
        every = {**self.environment, **environment}
        return await run_beside("router", *arguments, environment=every, folder=self.folder, within_seconds=30)
