"""The release before is rolled to this one, and back, service by service, while mails, chats, texts and calls come in.

It begins on the schema and the streams of the release before, as every real update does. The services of this release
are started there once: those that need the new schema wait for it, and take nothing meanwhile.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.faults.traffic import Sender, stream
from tests.support import clusters
from tests.support.balancer import Balancer
from tests.support.broker import STORAGE_BYTES
from tests.support.chat_desk import HELP, chat_settings
from tests.support.desk import RunningDesk
from tests.support.phone_desk import PUBLIC, phone_settings
from tests.support.polling import eventually
from tests.support.processes import ServiceProcess
from tests.support.releases import MODULES, Release, unpack
from tickets.adapters.postgres.migrate import migrate
from ventanilla_devstack.ports import free_port
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

ORDER = ("tickets", "router", "intake-email", "intake-chat", "intake-phone")
"""As docs/kubernetes.md says: whoever understands more comes before whoever says more."""
MAILS_EACH, CHATS_EACH, TEXTS_EACH = 12, 4, 4
"""For each service that is rolled, in each direction."""


@dataclass
class Rolling:
    """A desk whose services are of two releases, and everything that was said to it."""

    desk: RunningDesk
    slack: LocalSlack
    twilio: LocalTwilio
    release: Release
    sender: Sender
    doors: dict[str, tuple[int, int]]
    dice: random.Random = field(default_factory=lambda: random.Random(20261128))
    mails: list[str] = field(default_factory=list)
    chats: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    callers: list[str] = field(default_factory=list)

    async def add(self, name: str, *, old: bool) -> ServiceProcess:
        """A replica of one release; each release has a port of its own behind the balancer."""
        port = self.doors[name][0 if old else 1] if name in self.doors else free_port()
        variable = "INTAKE_EMAIL_SMTP_PORT" if name == "intake-email" else f"{name.upper().replace('-', '_')}_HTTP_PORT"
        process = self.desk.prepare(
            name,
            f"{'old' if old else 'new'}-{name}",
            self.release.command(name) if old else None,
            {variable: str(port), **(self.release.environment if old else {})},
        )
        await process.start(ready_within_seconds=60)
        return process

    async def traffic(self, run: str) -> None:
        """What customers of every channel say while one service is rolled."""
        await asyncio.gather(self._mail(run), self._chat(run), self._text(run), self._call(run))

    async def _mail(self, run: str) -> None:
        self.mails += await stream(self.sender, run, MAILS_EACH, self.dice.randrange(10**6), pause_seconds=0.05)

    async def _chat(self, run: str) -> None:
        for number in range(CHATS_EACH):
            text = f"{run} en Slack, cosa {number}"
            self.slack.hands.write(self.dice.choice(("carmen", "john")), HELP, text)
            self.chats.append(text)
            await asyncio.sleep(self.dice.random() * 0.4)

    async def _text(self, run: str) -> None:
        for number in range(TEXTS_EACH):
            text = f"{run} por SMS, cosa {number}"
            await self.twilio.hands.text(f"+346{self.dice.randrange(10**7, 10**8)}", DESK_ES, text)
            self.texts.append(text)

    async def _call(self, run: str) -> None:
        number = f"+346{self.dice.randrange(10**7, 10**8)}"
        self.twilio.person(number)
        call = self.twilio.call(number, DESK_ES)
        await call.hear("Bienvenido", timeout_seconds=20)
        call.hang_up()
        await call.ended(20)
        self.callers.append(number)

    async def roll(self, name: str, *, back: bool = False) -> None:
        """One more replica of the other release, then the one before is told to stop, as Kubernetes does it."""
        run = f"{'atrás' if back else 'adelante'} {name}"
        async with asyncio.TaskGroup() as both:
            both.create_task(self.traffic(run))
            await self.add(name, old=back)
            leaving = self.desk.services.pop(f"{'new' if back else 'old'}-{name}")
            assert await leaving.stop() == 0, leaving.events()[-3:]
        self.desk.services["tickets"] = self.desk.services.get("new-tickets") or self.desk.services["old-tickets"]

    async def reckon(self) -> None:
        """Everything was settled, once, whoever of the two releases had it in hand."""
        expected = Counter([*self.mails, *self.chats, *self.texts])

        async def settled() -> bool:
            try:
                read = await self.desk.api("GET", "/intake/ledger")
            except httpx.HTTPError as error:
                raise AssertionError(repr(error)) from error
            counts = {
                name: (one["accepted"], one["in_flight"], one["missing"]) for name, one in read["channels"].items()
            }
            accepted = sum(one[0] for one in counts.values())
            assert accepted >= expected.total() + len(self.callers), counts
            assert not any(one[1] or one[2] for one in counts.values()), counts
            assert not read["outbound_pending"], read["outbound_pending"]
            return True

        await eventually(settled, 120, every_seconds=0.3)
        rows = await self.desk.query("select subject, body from message where kind = 'customer' and channel <> 'voice'")
        found = Counter(row["subject"] if row["subject"] in expected else row["body"] for row in rows)
        assert found == expected, (expected - found, found - expected)
        calls = await self.desk.query(
            "select address, count(*) as tickets from ticket join identity on contact_id = requester_id "
            "where channel = 'voice' group by address"
        )
        assert {row["address"]: row["tickets"] for row in calls} == dict.fromkeys(self.callers, 1)
        assert not await self.desk.query("select 1 from ledger where outcome = 'dead_lettered'")
        answers = Counter((str(one["To"]), str(one["Message-ID"])) for one in self.desk.sent())
        assert set(answers.values()) == {1}, "an answer left twice"
        assert len(answers) == len(self.mails), "each mail is acknowledged"


@asynccontextmanager
async def rolling(folder: Path, release: Release) -> AsyncIterator[Rolling]:
    """A desk of the release before, whole, on its own schema and streams."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(LocalSlack(retry_factor=0.05))
        twilio = await stack.enter_async_context(LocalTwilio(pace=0.02))
        caps = {"TICKETS_ACKNOWLEDGEMENTS_PER_SENDER": "1000", "TICKETS_ACKNOWLEDGEMENTS_PER_MINUTE": "10000"}
        doors = {name: (free_port(), free_port()) for name in ("intake-email", "intake-phone", "tickets")}
        tickets = await stack.enter_async_context(Balancer(*doors["tickets"]))
        smtp = await stack.enter_async_context(Balancer(*doors["intake-email"]))
        phone = await stack.enter_async_context(Balancer(*doors["intake-phone"]))
        desk = RunningDesk(folder, {**chat_settings(slack), **phone_settings(twilio), **caps})
        stack.push_async_callback(desk.end)
        desk.nats.start()
        await clusters.plant_cluster(desk.postgres.directory)
        desk.postgres.start()
        await prepare(desk, release)
        acts = await desk.token("read", "write", "act")
        for prefix in ("INTAKE_CHAT", "INTAKE_PHONE"):
            desk._settings |= {f"{prefix}_TICKETS_URL": tickets.url, f"{prefix}_TICKETS_TOKEN": acts}
        twilio.webhooks.routes[PUBLIC] = phone.url
        twilio.number(
            DESK_ES,
            voice_url=f"{PUBLIC}/twilio/voice",
            sms_url=f"{PUBLIC}/twilio/messages",
            status_callback=f"{PUBLIC}/twilio/status/call",
        )
        at = Rolling(desk, slack, twilio, release, Sender(int(smtp.url.rpartition(":")[2])), doors)
        await asyncio.gather(*(at.add(name, old=True) for name in ORDER))
        desk.services["tickets"] = desk.services["old-tickets"]
        yield at


async def prepare(desk: RunningDesk, release: Release) -> None:
    """Streams and schema as the release before makes them."""
    variables = {"TICKETS_POSTGRES_URL": desk.postgres.dsn(), "TICKETS_SECRET": "a-secret-for-tests-only"}
    await release.run(release.command("tickets", "migrate"), variables)
    topology = release.command("ventanilla_runtime", "topology", "apply", "--storage-bytes", str(STORAGE_BYTES))
    await release.run(topology, {"VENTANILLA_NATS_URL": desk.broker.url("topology")})


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """The newest release."""
    return unpack(-1, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_every_service_is_rolled_forward_and_back_under_traffic(servers_folder: Path, release: Release) -> None:
    folder = servers_folder / "rolling"
    folder.mkdir()
    async with rolling(folder, release) as at:
        await at.traffic("antes")
        early = at.desk.prepare("tickets", "early")
        await early.start(ready_within_seconds=0)
        await at.traffic("sin esquema")
        assert early.pid, "a service that is early waits"
        async with asyncio.TaskGroup() as updating:
            updating.create_task(at.traffic("esquema nuevo"))
            updating.create_task(at.desk.broker.apply_topology())
            await migrate(at.desk.postgres.dsn())
        await early.wait_ready(60)
        assert await early.stop() == 0

        for name in ORDER:
            await at.roll(name)
        await at.traffic("nuevo entero")
        for name in reversed(ORDER):
            await at.roll(name, back=True)
        await at.traffic("de nuevo como antes")
        await at.reckon()
        print(f"{len(at.mails)} mails, {len(at.chats)} chats, {len(at.texts)} texts, {len(at.callers)} calls")


def test_every_service_has_its_place_in_the_order() -> None:
    assert set(ORDER) == set(MODULES) - {"portal"}, "the portal keeps nothing: it may be rolled whenever one likes"
