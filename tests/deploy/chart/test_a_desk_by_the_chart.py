"""What the chart renders, run: real services with the variables and files of their pods, started in the wrong order."""

import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from tests.deploy.chart.test_broker_values import secrets
from tests.support import commands
from tests.support.chart import Manifest, container, of_kind, pods, render, values_of
from tests.support.chart_pods import lay_out
from tests.support.polling import eventually
from tests.support.processes import Processes, ServiceProcess
from ventanilla_devstack.nats_server import NatsServer
from ventanilla_devstack.ports import HOST, free_port
from ventanilla_devstack.postgres_server import PostgresServer

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

_SERVICES = ("intake-email", "router", "tickets", "portal")
_PASSWORD = "a:b@c/d?e#f%g h"  # breaks every address that it is put into unquoted


class Cluster:
    """Stands in for Kubernetes: Secrets, ports, and who runs where."""

    def __init__(self, folder: Path, processes: Processes, nats: NatsServer) -> None:
        self.folder = folder
        self.processes = processes
        self.nats = nats
        self.secrets: dict[str, dict[str, str]] = {}
        self.rules = commands.run("router", "rules", environment={}).out
        self.ports = {name: free_port() for name in (*_SERVICES, "smtp")}

    def rendered(self, service: str) -> list[Manifest]:
        """The objects of a release, with values of this place."""
        values: dict[str, Any] = {"nats": {"url": f"nats://{HOST}:{self.nats.port}"}, "listenAddress": HOST}
        if service == "portal":
            values["settings"] = {"ticketsUrl": f"http://{HOST}:{self.ports['tickets']}"}
        if service == "tickets":
            values["settings"] = {"mailboxes": ["soporte@desk.example=Soporte"]}
        if service == "intake-email":
            outbox = self.folder / "outbox"
            outbox.mkdir(exist_ok=True)
            values |= {"secrets": {"relayUrl": None}, "settings": {"outbox": str(outbox), "verifySenders": False}}
        if service == "router":
            values["rules"] = {"content": self.rules, "note": "from Git"}
        if service == "topology":
            values["topology"] = {"storageBytes": 4 * 1024**3, "replicas": 1}
        return render(service, *values_of(service, "default"), values)

    def environment(self, service: str, owner: str) -> tuple[list[str], dict[str, str]]:
        """(command, variables) of a pod, by the kind of its owner."""
        found = {name.split()[0]: pod for name, pod in pods(self.rendered(service))}[owner]
        told = lay_out(found, self.folder / f"{service}-{owner}", lambda name, key, _: self.secrets[name][key])
        prefix = service.upper().replace("-", "_")
        if f"{prefix}_HTTP_PORT" in told:  # pods have addresses of their own, processes do not
            told[f"{prefix}_HTTP_PORT"] = str(self.ports[service])
        if f"{prefix}_SMTP_PORT" in told:
            told[f"{prefix}_SMTP_PORT"] = str(self.ports["smtp"])
        return container(found).get("command", []), told

    def start(self, service: str) -> ServiceProcess:
        """The pod of a release, not waited for."""
        return self.processes.add(service, self.environment(service, "Deployment")[1])

    def run_job(self, service: str) -> str:
        """Run the Job of a release to its end, and return what it said."""
        command, told = self.environment(service, "Job")
        folder = self.folder / f"{service}-Job"
        for one in of_kind(self.rendered(service), "ConfigMap"):
            for name, content in one["data"].items():
                (folder / "rules" / name).write_text(content, encoding="utf-8")
        words = [word.replace("/etc/ventanilla/", f"{folder}/") for word in command]
        done = commands.run(words[0], *words[1:], environment=told)
        assert done.code == 0, done.err
        return done.out

    def test(self, service: str) -> str:
        """What `helm test` runs, and what that says."""
        command, _ = self.environment(service, "Pod")
        command[3] = f"http://{HOST}:{self.ports[service]}/readyz"
        if service == "intake-email":
            command[5] = f"{HOST}:{self.ports['smtp']}"
        done = subprocess.run([sys.executable, *command[1:]], capture_output=True, text=True, timeout=90, check=False)
        return done.stdout + done.stderr


@pytest.fixture
async def database_secret(postgres_server: PostgresServer) -> dict[str, str]:
    """What CloudNativePG would have made for a database without tables, whose owner has an awkward password."""
    where = urlsplit(postgres_server.dsn())
    name = f"chart_{time.time_ns()}"
    connection = await asyncpg.connect(postgres_server.dsn())
    try:
        await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{_PASSWORD}'")
        await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    finally:
        await connection.close()
    return {
        "host": str(where.hostname),
        "port": str(where.port),
        "username": name,
        "password": _PASSWORD,
        "dbname": name,
    }


async def test_a_desk_by_the_chart_takes_a_mail_whatever_is_started_first(
    tmp_path: Path, server_folder: Path, processes: Processes, database_secret: dict[str, str]
) -> None:
    made = secrets("--namespace", "desk")
    nats = NatsServer(server_folder / "nats", made["ventanilla-nats"])
    nats.start()
    try:
        cluster = Cluster(tmp_path, processes, nats)
        cluster.secrets = {
            **made,
            "desk-app": database_secret,
            "ventanilla-tickets": {"secret": "0123456789abcdef" * 4},
        }
        running = {service: cluster.start(service) for service in _SERVICES if service != "portal"}
        for process in running.values():
            await process.start(ready_within_seconds=0)
        assert all(process.pid for process in running.values())
        assert "changes" in cluster.run_job("topology")
        assert "applied" in cluster.run_job("tickets")
        for process in running.values():
            await process.wait_ready()

        _, told = cluster.environment("tickets", "Deployment")
        token = commands.run(
            "tickets", "token", "create", "--name", "portal", "--scope", "portal", environment=told
        ).out.split()[-1]
        reader = commands.run(
            "tickets", "token", "create", "--name", "me", "--scope", "read", environment=told
        ).out.split()[-1]
        cluster.secrets["ventanilla-portal"] = {"tickets-token": token}
        portal = cluster.start("portal")
        await portal.start()

        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "ana@cliente.example", "soporte@desk.example", "No puedo entrar"
        mail.set_content("Hola, no puedo entrar desde ayer.")
        with smtplib.SMTP(HOST, cluster.ports["smtp"], timeout=10) as door:
            door.send_message(mail)

        async def tickets() -> list[dict[str, Any]]:
            async with httpx.AsyncClient(headers={"Authorization": f"Bearer {reader}"}) as client:
                answer = await client.get(f"{running['tickets'].url}/api/v1/tickets")
                return list(answer.json()["items"])

        (ticket,) = await eventually(tickets, 30)
        assert ticket["subject"] == "No puedo entrar"
        for service in _SERVICES:
            assert cluster.test(service) == "ready\n"
        assert "nothing to change" in cluster.run_job("topology")
        assert "up to date" in cluster.run_job("tickets")
        first, again = cluster.run_job("router"), cluster.run_job("router")
        assert ": in force now" in first
        assert ": in force now" not in again, "the same rules again change nothing"
        assert [await process.stop() for process in [*running.values(), portal]] == [0, 0, 0, 0]
    finally:
        nats.stop()
