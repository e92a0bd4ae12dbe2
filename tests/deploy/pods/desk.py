"""A desk of the chart's releases on a cluster of one node, with a broker, a database and the world around it."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import httpx

from tests.deploy.chart.test_broker_values import secrets
from tests.deploy.pods.cluster import INGRESS, Cluster
from tests.deploy.pods.container import Node
from tests.restore_drill.relay import CountingRelay
from tests.support import commands
from tests.support.chart import REPOSITORY, render
from tests.support.chat_desk import HELP
from tests.support.images import TAG, Images
from tests.support.listening import listening_as
from tests.support.phone_desk import FLOW, PUBLIC
from ventanilla_devstack.nats_server import NatsServer
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.postgres_server import PostgresServer
from ventanilla_devstack.slack.server import LocalSlack
from ventanilla_devstack.twilio.seed import DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

RELEASES = ("portal", "intake-phone", "intake-chat", "intake-email", "router", "tickets", "topology")
"""In an order in which everybody has to wait for somebody."""
NAMES = ("portal", "intake-phone", "intake-chat", "intake-email", "intake-email-smtp", "router", "tickets", "prober")
_STORAGE_BYTES = 4 * 1024**3


@dataclass
class PodDesk:
    """Releases as their operator would make them, and what is outside of the cluster."""

    cluster: Cluster
    nats: NatsServer
    postgres: PostgresServer
    slack: LocalSlack
    twilio: LocalTwilio
    relay: CountingRelay
    token: str = ""
    rules: str = field(default_factory=lambda: commands.run("router", "rules", environment={}).out)

    async def release(self, service: str, tag: str, **more: Any) -> None:
        """`helm upgrade --install SERVICE deploy/chart -f deploy/values/SERVICE.yaml -f ours.yaml --wait`."""
        ours = REPOSITORY / "deploy" / "values" / f"{service}.yaml"
        image = {"image": {"registry": "localhost", "tag": tag}}
        await self.cluster.apply(service, render(service, ours, self._values(service), {**image, **more}))

    def secret(self, name: str, **content: str) -> None:
        """`kubectl create secret generic`; names of keys have hyphens."""
        held = {key.replace("_", "-"): value for key, value in content.items()}
        self.cluster.node.objects["Secret", name] = held

    async def make_token(self, *scopes: str) -> str:
        """What docs/kubernetes.md says of tokens."""
        asked = [word for scope in scopes for word in ("--scope", scope)]
        said = await self.cluster.execute("tickets", "tickets", "token", "create", "--name", "-".join(scopes), *asked)
        (found,) = re.findall(r"\bvt_\S+|\S{30,}", said.strip().splitlines()[-1])
        return str(found)

    async def watch(self) -> None:
        """Release the prober, which asks the door for mail how it is."""
        self.secret(
            "ventanilla-prober", tickets_token=await self.make_token("probe"), smtp_url="smtp://intake-email-smtp:25"
        )
        await self.release("prober", TAG)
        assert await self.cluster.helm_test("prober") == "ready\n"

    async def lack_broker(self, seconds: float) -> None:
        """Let the broker hang for a while, and wait until all are well again."""
        os.kill(self.nats.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)  # the length of the outage
        finally:
            os.kill(self.nats.pid, signal.SIGCONT)
        await self.cluster.quiet()

    def url(self, service: str) -> str:
        """Where a Service answers by HTTP."""
        return f"http://{self.cluster.node.hosts[service]}:8080"

    async def ledger(self) -> Any:
        """What came of everything that was accepted."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(headers=headers, timeout=20, trust_env=False) as client:
            answer = await client.get(f"{self.url('tickets')}/api/v1/intake/ledger")
        assert answer.is_success, answer.text
        return answer.json()

    async def query(self, statement: str) -> list[Any]:
        """Rows of one statement, asked behind the desk's back."""
        connection = await asyncpg.connect(self.postgres.dsn())
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    def _values(self, service: str) -> dict[str, Any]:
        """What an operator says of this place."""
        if service == "topology":
            return {"topology": {"storageBytes": _STORAGE_BYTES, "replicas": 1}}
        if service == "tickets":
            caps = {"acknowledgementsPerSender": 10000, "acknowledgementsPerMinute": 100000}
            return {"settings": {"mailboxes": ["soporte@desk.example=Soporte"], **caps}}
        if service == "intake-email":
            return {"settings": {"verifySenders": False}}  # there is no DNS here
        if service == "intake-chat":
            slack = {"slackUrl": f"{self.slack.url}/api/", "slackFileHosts": [HOST]}
            slack["slackChannels"] = [self.slack.workspace.channel_named(HELP).id]
            return {"secrets": {"slackAppToken": None, "slackSigningSecret": {}}, "settings": slack}
        if service == "intake-phone":
            twilio = {"twilioAccountSid": self.twilio.account.sid, "twilioUrl": self.twilio.url}
            twilio |= {"publicUrl": PUBLIC, "twilioFileHosts": [HOST], "region": "ES", "reconcileMinutes": 0.1}
            flows = {"flows": {"existingConfigMap": "call-flows"}}
            return {"settings": {**twilio, "flows": [f"/etc/ventanilla/flows/{FLOW.name}"]}, "files": flows}
        if service == "router":
            return {"rules": {"content": self.rules, "note": "from Git"}}
        return {}


@asynccontextmanager
async def pod_desk(folder: Path, images: Images) -> AsyncIterator[PodDesk]:
    """Everything that releases need, and none of them."""
    made = secrets("--namespace", "desk")
    objects = {("Secret", name): content for name, content in made.items()}
    objects["ConfigMap", "call-flows"] = {FLOW.name: FLOW.read_text(encoding="utf-8")}
    pods = folder / "pods"
    pods.mkdir(parents=True)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(LocalSlack(retry_factor=0.05))
        twilio = await stack.enter_async_context(LocalTwilio(pace=0.02))
        relay = CountingRelay()
        await stack.enter_async_context(listening_as(relay.server, relay.port))
        nats = NatsServer(folder / "nats", made["ventanilla-nats"], storage_bytes=2 * _STORAGE_BYTES)
        postgres = PostgresServer(folder / "postgres", "a:b@c/d?e#f%g h", max_connections=100)
        for server in (nats, postgres):
            await asyncio.to_thread(server.start)
            stack.callback(server.stop)
        cluster = Cluster(Node(pods, {}, objects, dict(images.environment)))
        stack.push_async_callback(cluster.end)
        cluster.reserve(*NAMES, *(f"{INGRESS}{name}" for name in ("intake-chat", "intake-phone")))
        await cluster.expose("nats", 4222, nats.port)
        await cluster.expose("desk-rw", 5432, postgres.port)
        desk = PodDesk(cluster, nats, postgres, slack, twilio, relay)
        _make_secrets(desk)
        _let_them_in(desk)
        yield desk


def _make_secrets(desk: PodDesk) -> None:
    """Those that an operator makes before anything runs; tokens come later."""
    where = urlsplit(desk.postgres.dsn())
    user, password = unquote(where.username or ""), unquote(where.password or "")
    app = {"host": "desk-rw", "port": "5432", "username": user, "password": password}
    desk.secret("desk-app", **app, dbname=where.path.strip("/"))
    desk.secret("ventanilla-tickets", secret="0123456789abcdef" * 4)
    desk.secret("ventanilla-intake-email", relay_url=f"smtp://{HOST}:{desk.relay.port}?starttls=off")


def _let_them_in(desk: PodDesk) -> None:
    """What an Ingress would do."""
    desk.slack.app.request_url = f"{desk.url(f'{INGRESS}intake-chat')}/slack/events"
    desk.twilio.webhooks.routes[PUBLIC] = desk.url(f"{INGRESS}intake-phone")
    desk.twilio.number(
        DESK_ES,
        voice_url=f"{PUBLIC}/twilio/voice",
        sms_url=f"{PUBLIC}/twilio/messages",
        status_callback=f"{PUBLIC}/twilio/status/call",
    )
