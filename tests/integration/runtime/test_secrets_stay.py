"""Secrets stay where they are: distinctive ones in every setting of every service, and peers that repeat them.

Whatever a service says (log, complaint, `/readyz`, `/metrics`, an examination, a crash) holds none of them. A new
setting of a secret is tried without a new test: the settings' own classes say which there are.
"""

import asyncio
import base64
import hashlib
import importlib
import json
import types
import typing
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from tests.support import commands
from tests.support.parrots import Parrots, parrots
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_runtime.settings import ServiceSettings

SETTINGS = {
    "intake-email": "intake_email.settings:Settings",
    "intake-chat": "intake_chat.settings:Settings",
    "intake-phone": "intake_phone.settings:Settings",
    "router": "router.settings:RouterSettings",
    "tickets": "tickets.settings:TicketsSettings",
    "portal": "portal.settings:PortalSettings",
}
FORMS = {"slack_bot_token": "xoxb-{}", "slack_app_token": "xapp-1-{}"}
URLS = {
    "relay_url": "smtp://desk:{}@{host}:{smtp}?starttls=off",
    "postgres_url": "postgresql://desk:{}@{host}:{closed}/desk",
}
PEERS = ("tickets_url", "slack_url", "twilio_url", "transcription_url")
NEEDED = {
    "intake-email": {"MAILBOXES": "help@desk.example"},
    "intake-phone": {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "PUBLIC_URL": "https://phone.desk.example"},
    "tickets": {"MAILBOXES": "help@desk.example=Help"},
    "portal": {"SLACK_CLIENT_ID": "1.2", "SLACK_TEAM": "T024BE7LD", "PUBLIC_URL": "https://desk.example"},
}
LISTS = {
    "intake-email": ("INTAKE_EMAIL_IMAP", '[{{"mailbox": "x", "password": "{}'),
    "tickets": ("TICKETS_WEBHOOKS", '{{"a": {{"secret": "{}'),
}
URL_THAT_IS_NONE: dict[str, typing.Callable[[str], dict[str, str]]] = {
    "intake-email": lambda secret: {"INTAKE_EMAIL_RELAY_URL": f"smtps//desk:{secret}@x:y"},
    "tickets": lambda secret: {"TICKETS_POSTGRES_URL": f"postgres//desk:{secret}@x:y"},
}
NOT_BESIDE = {("tickets", "postgres_password")}
"""One of two ways to say the same, which exclude each other: told by its own test."""


def settings_of(service: str) -> type[ServiceSettings]:
    module, _, name = SETTINGS[service].partition(":")
    found: type[ServiceSettings] = getattr(importlib.import_module(module), name)
    return found


def secret_fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if SecretStr in _types(field.annotation):
            yield name


def _types(annotation: object) -> set[object]:
    found = {annotation}
    for part in typing.get_args(annotation) if isinstance(annotation, types.UnionType | object) else ():
        found |= _types(part)
    return found


def canary(service: str, field: str) -> str:
    """A secret that stands nowhere else."""
    return hashlib.sha256(f"{service}/{field}".encode()).hexdigest()[:32]


def parts_of(secret: str) -> list[str]:
    """Half a secret is one, and so is one in base64, wherever it begins in what was encoded."""
    encoded = [base64.b64encode(b"\0" * before + secret.encode()).decode()[8:24] for before in range(3)]
    return [secret[:10], secret[-10:], *encoded]


class Told:
    """A service's variables with a canary in each secret, and what must not be seen again."""

    def __init__(self, service: str, at: Parrots, nats_port: int) -> None:
        self.service = service
        self.prefix = service.upper().replace("-", "_") + "_"
        self.canaries: dict[str, str] = {}
        self.values = dict(NEEDED.get(service, {}))
        ports = {"host": HOST, "smtp": at.smtp, "closed": at.closed}
        model = settings_of(service)
        for field in secret_fields(model):
            if (service, field) not in NOT_BESIDE:
                form = URLS.get(field, FORMS.get(field, "{}"))
                self.values[field.upper()] = form.format(self.canary(field), **ports)
        for field in PEERS:
            if field in model.model_fields:
                self.values[field.upper()] = f"http://desk:{self.canary(field)}@{HOST}:{at.http}"
        self.values["NATS_URL"] = f"nats://desk:{self.canary('nats_url')}@{HOST}:{nats_port}"
        self.values["OTLP_URL"] = f"http://desk:{self.canary('otlp_url')}@{HOST}:{at.http}"
        if service == "portal":
            self.values["SLACK_ISSUER"] = f"http://{HOST}:{at.http}"
        if service == "intake-email":
            plain = {"mailbox": "help@desk.example", "host": HOST, "tls": "off", "user": "desk", "port": at.imap}
            oauth = {"client_id": "x", "client_secret": self.canary("client"), "refresh_token": self.canary("refresh")}
            entries = [
                {**plain, "password": self.canary("imap")},
                {**plain, "user": "other", "oauth": {**oauth, "token_url": f"http://{HOST}:{at.http}/token"}},
            ]
            self.values["IMAP"] = json.dumps(entries)

    def canary(self, field: str) -> str:
        self.canaries[field] = canary(self.service, field)
        return self.canaries[field]

    @property
    def environment(self) -> dict[str, str]:
        return {f"{self.prefix}{name}": value for name, value in self.values.items()}

    def without(self, text: str) -> None:
        """Nothing of any secret is in a text, not even half of one."""
        leaked = {field: text[max(0, text.find(part) - 80) :][:160] for field, secret in self.canaries.items()
                  for part in parts_of(secret) if part in text}  # fmt: skip
        assert not leaked, leaked


@pytest.fixture
async def at() -> typing.AsyncIterator[Parrots]:
    async with parrots(free_port()) as ports:
        yield ports


async def everything_said(process: ServiceProcess) -> str:
    """What a service says at its doors, if it has not ended before."""
    said = ""
    async with httpx.AsyncClient(base_url=process.url, timeout=2) as client:
        for path in ("/readyz", "/metrics", "/livez", "/no/such/page"):

            async def answered(path: str = path) -> bool:
                nonlocal said
                try:
                    said += (await client.get(path)).text
                except httpx.HTTPError:
                    return not process.pid
                return True

            await eventually(answered, 10)
    return said


@pytest.mark.parametrize("broker", ["away", "refuses"])
async def test_a_service_that_cannot_get_on_says_none_of_its_secrets(at: Parrots, broker: str, tmp_path: Path) -> None:
    told = [Told(service, at, at.closed if broker == "away" else at.nats) for service in SETTINGS]
    processes = Processes(tmp_path)
    running = [processes.add(one.service, one.environment) for one in told]
    try:
        await asyncio.gather(*(process.start(ready_within_seconds=0) for process in running))
        said = await asyncio.gather(*(everything_said(process) for process in running))
        for process in running:
            process.ask_to_stop()
        with suppress(AssertionError):  # whoever takes its time has said what it has to say
            await eventually(lambda: not any(process.pid for process in running), 3)
    finally:
        await asyncio.to_thread(processes.reap)
    for one, process, answers in zip(told, running, said, strict=True):
        assert process.log.read_text()
        one.without(answers)
        one.without(process.log.read_text())


async def test_an_examination_says_none_of_the_secrets_that_peers_repeat(at: Parrots) -> None:
    async def examined(service: str, *arguments: str) -> None:
        told = Told(service, at, at.nats)
        said = await commands.run_beside(service, "doctor", *arguments, environment=told.environment)
        assert said.out or said.err
        told.without(said.out + said.err)

    await asyncio.gather(*(examined(service, *how) for service in SETTINGS for how in ([], ["--json"])))


def wrong_settings(told: Told) -> Iterator[dict[str, str]]:
    yield {name: f" {value} x\n" for name, value in told.environment.items()}
    number = told.canary("number")
    yield {**told.environment, f"{told.prefix}HTTP_PORT": number, f"{told.prefix}DRAIN_SECONDS": number}
    if told.service in LISTS:
        name, value = LISTS[told.service]
        yield {**told.environment, name: value.format(told.canary("list"))}
        yield {**told.environment, **URL_THAT_IS_NONE[told.service](told.canary("url"))}


async def test_a_wrong_setting_is_told_without_what_was_given(at: Parrots) -> None:
    async def examined(service: str) -> None:
        told = Told(service, at, at.closed)
        for environment in wrong_settings(told):
            said = await commands.run_beside(service, "doctor", environment=environment)
            assert said.code != 0
            told.without(said.out + said.err)

    await asyncio.gather(*map(examined, SETTINGS))


def test_a_file_of_a_secret_that_is_no_text_is_told_without_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"\xff\xfe" + canary("tickets", "file").encode())
    said = commands.run("tickets", "serve", environment={"TICKETS_SECRET_FILE": str(path)})
    assert said.code != 0
    assert str(path) in said.err
    assert canary("tickets", "file")[:10] not in said.err


def test_a_crash_is_printed_without_secrets(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = (
        "from ventanilla_runtime.settings import ServiceSettings\n"
        "settings = ServiceSettings(nats_password='k3pt-away-from-you')\n"
        "raise ExceptionGroup('both', [ValueError('k3pt-away-from-you'), KeyError('nats://x:k3pt-away-from-you@h')])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    assert "ValueError" in ended.stderr
    assert "k3pt" not in ended.stderr


def test_every_setting_whose_name_says_so_is_a_secret() -> None:
    """A password that is a plain string would be shown by whoever prints the settings."""
    words = ("password", "token", "secret", "key")
    plain = {
        f"{service}.{name}"
        for service in SETTINGS
        for name, field in settings_of(service).model_fields.items()
        if name.rpartition("_")[2] in words and SecretStr not in _types(field.annotation)
    }
    assert plain == {"intake-email.tls_key"} | {f"{service}.nats_tls_key" for service in SETTINGS}  # paths of files


def test_commands_print_no_variables_when_they_crash() -> None:
    for name in (
        "intake_email",
        "intake_chat",
        "intake_phone",
        "router",
        "tickets",
        "portal",
        "prober",
        "ventanilla_runtime",
    ):
        module = importlib.import_module(f"{name}.__main__")
        application = getattr(module, "app", None) or module.cli
        assert application.pretty_exceptions_enable is False, name
