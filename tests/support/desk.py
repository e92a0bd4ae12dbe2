"""A whole desk for a test: its own servers and every service as its own process, to be killed at will."""

import asyncio
import email
import email.policy
import smtplib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from tests.support import clusters
from tests.support.broker import Desk as DeskBroker
from tests.support.broker import new_nats_server
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess, warm_up
from tickets.adapters.postgres.migrate import migrate
from tickets.adapters.postgres.tokens import TokenStore
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_devstack.postgres_server import PostgresServer

MAILBOX = "soporte@desk.example"
SECRET = "a-secret-for-tests-only"
SERVICES = ("intake-email", "router", "tickets")


class RunningDesk:
    """Servers and services of one desk on free ports of 127.0.0.1."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str] | None = None, *, postgres_programs: Path | None = None
    ) -> None:
        """Nothing is started yet.

        Args:
            settings: more variables for the services.
            postgres_programs: of another Postgres than the wheel's.
        """
        self.folder = folder
        self.nats = new_nats_server(folder / "nats")
        self.postgres = PostgresServer(
            folder / "postgres", clusters.PASSWORD, max_connections=60, programs=postgres_programs
        )
        self._postgres_programs = postgres_programs
        self.broker = DeskBroker(self.nats)
        self.outbox = folder / "outbox"
        self.smtp_port = free_port()
        self.services: dict[str, ServiceProcess] = {}
        self._processes = Processes(folder)
        self._settings = dict(settings or {})
        self._http: httpx.AsyncClient | None = None

    async def start(self, services: tuple[str, ...] = SERVICES) -> None:
        """Bring everything up; returns when every service is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        warm_up(services)
        self.nats.start()
        await clusters.plant_cluster(self.postgres.directory, self._postgres_programs)
        self.postgres.start()
        await self.broker.apply_topology()
        await migrate(self.postgres.dsn())
        await asyncio.gather(*(self.add(name) for name in services))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["RunningDesk"]:
        """Bring everything up, and end it afterwards, whatever happened."""
        try:
            await self.start()
            yield self
        finally:
            await self.end()

    async def query(self, statement: str, *arguments: Any) -> list[Any]:
        """Rows of one statement, asked behind the desk's back."""
        connection = await asyncpg.connect(self.postgres.dsn())
        try:
            rows: list[Any] = await connection.fetch(statement, *arguments)
            return rows
        finally:
            await connection.close()

    async def add(
        self,
        name: str,
        key: str = "",
        command: list[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> ServiceProcess:
        """Start one more process of a service; `key` tells replicas apart, `command` runs another release."""
        process = self.prepare(name, key, command, environment)
        await process.start()
        return process

    async def add_portal(self) -> ServiceProcess:
        """Start the portal, with a token of its own."""
        self._settings["PORTAL_TICKETS_URL"] = self.services["tickets"].url
        self._settings["PORTAL_TICKETS_TOKEN"] = await self.token("portal")
        return await self.add("portal")

    def prepare(
        self,
        name: str,
        key: str = "",
        command: list[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> ServiceProcess:
        """A process of a service that is not started yet."""
        settings = {**self.environment(name), **self._settings, **(environment or {})}
        process = self._processes.add(name, settings, command)
        self.services[key or name] = process
        return process

    def environment(self, name: str) -> dict[str, str]:
        """The variables of a service of this desk."""
        own = {
            "intake-email": {
                "INTAKE_EMAIL_SMTP_PORT": str(self.smtp_port),
                "INTAKE_EMAIL_MAILBOXES": MAILBOX,
                "INTAKE_EMAIL_OUTBOX": str(self.outbox),
            },
            "router": {},
            "tickets": {
                "TICKETS_POSTGRES_URL": self.postgres.dsn(),
                "TICKETS_SECRET": SECRET,
                "TICKETS_MAILBOXES": f"{MAILBOX}=Soporte",
            },
            "intake-chat": {},
            "intake-phone": {},
            "portal": {},
            "prober": {},
        }
        return {**({} if name in ("portal", "prober") else self.broker.environment(name)), **own[name]}

    async def end(self) -> None:
        """Close the connections of the test and end everything that is still running.

        Meanwhile the loop goes on: services that drain still have answers from a Slack or a relay that lives in it.
        """
        await self.close()
        await asyncio.to_thread(self.stop)

    def stop(self) -> None:
        """End everything that is still running, and hold up the loop until it has."""
        self._processes.reap()
        self.postgres.stop()
        self.nats.stop()

    # The customer's side.

    def send(self, mail: EmailMessage | bytes, sender: str = "ana@cliente.example", to: str = MAILBOX) -> None:
        """Send a mail through the real door; returns when it got its 250.

        Raises:
            smtplib.SMTPException, OSError: it did not.
        """
        data = mail if isinstance(mail, bytes) else mail.as_bytes(policy=email.policy.SMTP)
        with smtplib.SMTP(HOST, self.smtp_port, timeout=20) as client:
            client.sendmail(sender, [to], data)

    async def send_later(self, mail: EmailMessage | bytes, **envelope: str) -> None:
        """`send`, without holding up the event loop."""
        await asyncio.to_thread(self.send, mail, **envelope)

    def sent(self) -> list[EmailMessage]:
        """The mails in the outbox, oldest first."""
        return [message for _, message in self.sent_files()]

    def sent_files(self) -> list[tuple[Path, EmailMessage]]:
        """The files of the outbox with what they hold, oldest first."""
        files = sorted((self.outbox / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        found = []
        for path in files:
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            found.append((path, message))
        return found

    async def sent_to(self, address: str, count: int = 1, within_seconds: float = 20) -> list[EmailMessage]:
        """Wait for so many mails to an address."""

        def arrived() -> list[EmailMessage]:
            return [mail for mail in self.sent() if address in str(mail["To"])]

        await eventually(lambda: len(arrived()) >= count, within_seconds)
        return arrived()

    # The agent's side.

    async def api(self, method: str, path: str, **arguments: Any) -> Any:
        """Call the tickets API as an agent with all rights; returns the JSON of a 2xx answer."""
        answer = await self.call(method, path, **arguments)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Call the tickets API as an agent with all rights."""
        if self._http is None:
            token = await self.token("read", "write", "admin")
            self._http = httpx.AsyncClient(
                base_url=self.services["tickets"].url,
                headers={"Authorization": f"Bearer {token}"},
                timeout=20,
            )
        return await self._http.request(method, f"/api/v1{path}", **arguments)

    async def token(self, *scopes: str) -> str:
        """A new API token, as `tickets token create` makes it: a process less for every desk of a test."""
        connection = await asyncpg.connect(self.postgres.dsn())
        try:
            token, _ = await TokenStore(connection).create(f"test-{time.monotonic_ns()}", scopes, None, None)
        finally:
            await connection.close()
        return token

    async def ledger(self) -> dict[str, Any]:
        """The mail channel's row of the ledger, with the names of what is unsettled."""
        read = await self.api("GET", "/intake/ledger")
        empty = {"accepted": 0, "settled": {}, "in_flight": 0, "missing": 0}
        return {**read["channels"].get("email", empty), "unsettled": read["unsettled"]}

    async def settled(self, accepted: int, within_seconds: float = 30) -> dict[str, Any]:
        """Wait until at least so many mails are accepted and nothing is in flight any more; returns the ledger."""

        async def done() -> dict[str, Any]:
            try:
                ledger = await self.ledger()
            except httpx.HTTPError as error:
                raise AssertionError(repr(error)) from error
            assert ledger["accepted"] >= accepted, ledger
            assert not ledger["in_flight"], ledger
            return ledger

        return await eventually(done, within_seconds, every_seconds=0.1)

    async def close(self) -> None:
        """Close the connections of the test itself."""
        await self.broker.close()
        if self._http:
            await self._http.aclose()
            self._http = None


def mail(
    subject: str,
    text: str,
    *,
    sender: str = "Ana García <ana@cliente.example>",
    message_id: str | None = None,
    to: str = MAILBOX,
    **headers: str,
) -> EmailMessage:
    """A plain mail; `headers` are given with underscores (`in_reply_to=…`)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = "Mon, 23 Nov 2026 10:00:00 +0100"
    if message_id:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message
