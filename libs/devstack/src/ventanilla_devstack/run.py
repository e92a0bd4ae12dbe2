"""`make run`: from nothing to a running desk, and in order back to nothing."""

import json
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.credentials import Credentials, load_credentials, store_credentials
from ventanilla_devstack.data_folder import DataFolder
from ventanilla_devstack.desk_services import Programs, ServiceSpec, Wiring, check_ports, environment_of
from ventanilla_devstack.errors import PortInUse, ServerFailed
from ventanilla_devstack.interruption import Interruption
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.samples import (
    already_sent,
    latest_tickets,
    read_samples,
    remember_sent,
    send,
    wait_for_tickets,
)
from ventanilla_devstack.screen import Screen
from ventanilla_devstack.servers import Servers
from ventanilla_devstack.settings import RunSettings
from ventanilla_devstack.shell_file import shell_lines
from ventanilla_devstack.summary import Addresses, render_hints, render_tickets, status_page, ticket_rows
from ventanilla_devstack.supervisor import Supervisor
from ventanilla_devstack.tickets_command import TicketsCommand

_WATCH_SECONDS = 0.2
_SAMPLE_SECONDS = 60.0
_RELEASE_SECONDS = 10.0
_SERVER_STOP_SECONDS, _HURRIED_STOP_SECONDS = 20.0, 2.0
_SERVER_LOG_LIMIT_BYTES = 20_000_000
_LATEST = 10


def run_desk(settings: RunSettings, programs: Programs, screen: Screen, interruption: Interruption) -> None:
    """Start a desk, stay until somebody wants to leave, and stop it.

    Raises:
        CannotRun: it cannot start, or a server died; everything that was started is stopped.
        Interrupted: somebody left before it was ready; everything that was started is stopped.
    """
    with DataFolder(settings.data_dir) as folder, ExitStack() as stack:
        screen.step(f"data in {settings.data_dir}, ports from {settings.port_base}")
        _clear_leftovers(folder, settings, screen)
        desk = _Desk(settings, programs, folder, screen, interruption)
        stack.callback(desk.stop)
        desk.start()
        desk.watch()


class _Desk:
    """One run: the servers, the services, and what is known about them."""

    def __init__(
        self,
        settings: RunSettings,
        programs: Programs,
        folder: DataFolder,
        screen: Screen,
        interruption: Interruption,
    ) -> None:
        self._settings = settings
        self._programs = programs
        self._folder = folder
        self._screen = screen
        self._interruption = interruption
        self._credentials = load_credentials(folder.secrets)
        self._servers = Servers(settings, folder, self._credentials, screen, interruption)
        self._supervisor: Supervisor | None = None

    def start(self) -> None:
        """Everything up to `run.json` and the last page."""
        self._servers.start()
        wiring = self._wire(self._credentials)
        self._prepare_tickets(wiring)
        self._screen.step("starting " + ", ".join(service.name for service in self._programs.services))
        supervisor = Supervisor(self._programs.services, wiring, self._folder, self._screen, self._interruption)
        self._supervisor = supervisor
        supervisor.start()
        page = self._samples(wiring)
        self._check_all_alive()
        self._write_run_file(wiring)
        for text in page:
            self._screen.text(text)
        self._screen.step("the desk is ready")

    def watch(self) -> None:
        """Stay until somebody wants to leave; services that die are started again.

        Raises:
            ServerFailed: one of our own servers died.
        """
        assert self._supervisor
        while not self._interruption.count:
            if problem := self._servers.problem():
                raise ServerFailed(problem)
            if self._supervisor.tend():
                self._write_run_file(self._wire(self._credentials))
            self._bound_server_logs()
            time.sleep(_WATCH_SECONDS)

    def stop(self) -> None:
        """Services first, then the servers."""
        if self._supervisor:
            self._screen.step("stopping the services; press Ctrl-C again to hurry")
            self._supervisor.stop()
        self._screen.step("stopping the servers")
        self._servers.stop(_HURRIED_STOP_SECONDS if self._interruption.count > 1 else _SERVER_STOP_SECONDS)

    def _wire(self, credentials: Credentials) -> Wiring:
        return Wiring(
            self._settings,
            credentials,
            self._servers.services_nats_url,
            self._servers.nats is not None,
            self._servers.database_url,
            self._folder.outbox,
        )

    def _prepare_tickets(self, wiring: Wiring) -> None:
        tickets = TicketsCommand(
            self._programs.tickets,
            environment_of(ServiceSpec("tickets", ()), wiring),
            self._folder.log("tickets"),
            self._interruption.tick,
        )
        self._screen.step("migrating the database")
        tickets.migrate()
        self._found_desk(tickets)
        kept = self._credentials
        if not tickets.knows_token(kept.token):
            self._screen.step("making an API token")
            kept.token = tickets.create_token("make-run", ("read", "write", "admin"))
        if not tickets.knows_token(kept.portal_token):
            kept.portal_token = tickets.create_token("portal", ("portal",))
        store_credentials(self._folder.secrets, kept)

    def _found_desk(self, tickets: TicketsCommand) -> None:
        """Give a desk that has nothing teams, people and promises to start from; never over what is there."""
        file = self._folder.desk_file
        if file.exists():
            return
        self._screen.step("importing a desk to start from")
        fresh = file.with_name("fresh-desk.yaml")  # it has its name once it is what the desk is
        write_whole(fresh, tickets.shipped_desk(), 0o644)
        try:
            if tickets.import_desk(fresh):
                fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)

    def _samples(self, wiring: Wiring) -> list[str]:
        """Send the samples if this desk is new; returns the last page."""
        api, token = wiring.url("tickets"), self._credentials.token
        samples = read_samples()
        if self._settings.samples and not already_sent(self._folder.samples_file):
            self._screen.step(f"sending {len(samples)} sample mails to {wiring.mailbox}")
            send(samples, wiring.mailbox, HOST, wiring.port("smtp"))
            tickets = wait_for_tickets(samples, api, token, _SAMPLE_SECONDS, self._check_all_alive, self._screen.step)
            missing = sum(sample.reply_to is None for sample in samples) - len(tickets)
            if missing > 0:
                self._screen.step(f"{missing} sample mails are no tickets yet; see the logs")
            else:
                remember_sent(self._folder.samples_file, samples)
            title = "The sample mails became these tickets"
        else:
            tickets = latest_tickets(api, token, _LATEST)
            title = "The latest tickets"
        rows = ticket_rows(tickets, api, token)
        table = render_tickets(title, rows, self._screen.width, colour=self._screen.is_terminal) if rows else ""
        hints = render_hints(self._addresses(wiring, tickets))
        return ["", table, "", hints, ""] if table else ["", hints, ""]

    def _addresses(self, wiring: Wiring, tickets: Sequence[dict[str, Any]]) -> Addresses:
        return Addresses(
            smtp_port=wiring.port("smtp"),
            mailbox=wiring.mailbox,
            api=wiring.url("tickets"),
            portal=wiring.url("portal"),
            token=self._credentials.token,
            run_file=self._folder.run_file,
            logs=self._folder.log("tickets").parent,
            desk_file=self._folder.desk_file if self._folder.desk_file.exists() else None,
            outbox=None if wiring.relayed else self._folder.outbox,
            status_page=status_page(tickets),
        )

    def _check_all_alive(self) -> None:
        """Before the desk is ready, any death ends the run."""
        self._interruption.tick()
        assert self._supervisor
        self._supervisor.check_alive()
        if problem := self._servers.problem():
            raise ServerFailed(problem)

    def _write_run_file(self, wiring: Wiring) -> None:
        assert self._supervisor
        supervisor = self._supervisor
        services: dict[str, dict[str, Any]] = {
            service.spec.name: {
                "pid": service.process.pid if service.process else None,
                "health": supervisor.health_url(service.spec.name),
            }
            for service in supervisor.services
        }
        for name, server in (("nats", self._servers.nats), ("postgres", self._servers.postgres)):
            services[name] = {"pid": server.pid if server else None, "health": None}
        content = {
            "ready": True,
            "tickets_api": wiring.url("tickets"),
            "token": self._credentials.token,
            "portal": wiring.url("portal"),
            "smtp": f"{HOST}:{wiring.port('smtp')}",
            "mailbox": wiring.mailbox,
            "trusted_servers": wiring.trusted_servers,
            "outbox": str(self._folder.outbox),
            "nats": self._servers.operator_nats_url,
            "postgres": self._servers.database_url,
            "logs": str(self._folder.log("tickets").parent),
            "supervisor": os.getpid(),
            "services": services,
        }
        write_whole(self._folder.shell_file, shell_lines(wiring, self._credentials))
        write_whole(self._folder.run_file, json.dumps(content, indent=1) + "\n")

    def _bound_server_logs(self) -> None:
        for name in ("nats", "postgres"):
            _bound(self._folder.log(name))


def _bound(log: Path) -> None:
    """Empty a server's log that has grown too large; the server appends and goes on."""
    if log.exists() and log.stat().st_size > _SERVER_LOG_LIMIT_BYTES:
        os.truncate(log, 0)


def _clear_leftovers(folder: DataFolder, settings: RunSettings, screen: Screen) -> None:
    ended = folder.clear_leftovers()
    if ended:
        screen.step(f"ended what an earlier run left: {', '.join(ended)}")
    deadline = time.monotonic() + _RELEASE_SECONDS
    while True:
        try:
            check_ports(settings)
            return
        except PortInUse:
            # What we have just ended may hold its port for another moment; anybody else will not let go.
            if not ended or time.monotonic() > deadline:
                raise
            time.sleep(_WATCH_SECONDS)
