"""`make run`: from nothing to a running desk, and in order back to nothing."""

import json
import os
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from ventanilla_devstack import local_slack, local_twilio
from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.credentials import load_credentials, store_credentials
from ventanilla_devstack.data_folder import DataFolder
from ventanilla_devstack.desk_services import Programs, ServiceSpec, Wiring, check_ports, environment_of
from ventanilla_devstack.desk_teams import TeamMember, UnreadableDesk, read_members
from ventanilla_devstack.errors import PortInUse, ServerFailed
from ventanilla_devstack.interruption import Interruption
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.run_file import run_content
from ventanilla_devstack.samples import (
    Expected,
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
from ventanilla_devstack.shell_file import service_lines, shell_lines
from ventanilla_devstack.slack_samples import read_slack_samples, write_slack_samples
from ventanilla_devstack.summary import Addresses, render_hints, render_tickets, status_page, ticket_rows
from ventanilla_devstack.supervisor import Supervisor
from ventanilla_devstack.tickets_command import TicketsCommand
from ventanilla_devstack.twilio_samples import TextSample, begin_calls, read_call_samples, read_text_samples, send_texts

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
        self._slack: Supervisor | None = None
        self._twilio: Supervisor | None = None

    @property
    def _supervisors(self) -> list[Supervisor]:
        """Those that have something to look after, in the order in which they are stopped."""
        return [each for each in (self._supervisor, self._slack, self._twilio) if each]

    def start(self) -> None:
        """Everything up to `run.json` and the last page."""
        self._servers.start()
        wiring = self._wire()
        tickets = self._tickets_command(wiring)
        self._screen.step("migrating the database")
        tickets.migrate()
        self._found_desk(tickets)
        wiring = self._launch_slack(wiring, tickets)  # they start while the tokens are made
        self._launch_twilio(wiring)
        self._make_tokens(tickets)
        for local in self._supervisors:
            local.wait_until_ready(self._check_all_alive)
        services = self._programs.services_for(self._settings)
        self._screen.step("starting " + ", ".join(service.name for service in services))
        self._supervisor = Supervisor(services, wiring, self._folder, self._screen, self._interruption)
        self._supervisor.launch()
        self._supervisor.wait_until_ready(self._check_all_alive)
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
        while not self._interruption.count:
            if problem := self._servers.problem():
                raise ServerFailed(problem)
            changed = [supervisor.tend() for supervisor in self._supervisors]
            if any(changed):
                self._write_run_file(self._wire())
            self._bound_server_logs()
            time.sleep(_WATCH_SECONDS)

    def stop(self) -> None:
        """Services first, then the local Slack and Twilio that they talk to, then the servers."""
        if self._supervisors:
            self._screen.step("stopping the services; press Ctrl-C again to hurry")
        for supervisor in self._supervisors:
            supervisor.stop()
        self._screen.step("stopping the servers")
        self._servers.stop(_HURRIED_STOP_SECONDS if self._interruption.count > 1 else _SERVER_STOP_SECONDS)

    def _wire(self) -> Wiring:
        return Wiring(
            self._settings,
            self._credentials,
            self._servers.services_nats_url,
            self._servers.nats is not None,
            self._servers.database_url,
            self._folder.outbox,
        )

    def _tickets_command(self, wiring: Wiring) -> TicketsCommand:
        return TicketsCommand(
            self._programs.tickets,
            environment_of(ServiceSpec("tickets", ()), wiring),
            self._folder.log("tickets"),
            self._interruption.tick,
        )

    def _make_tokens(self, tickets: TicketsCommand) -> None:
        kept = self._credentials
        if not tickets.knows_token(kept.token):
            self._screen.step("making an API token")
            kept.token = tickets.create_token("make-run", ("read", "write", "admin"))
        if not tickets.knows_token(kept.portal_token):
            kept.portal_token = tickets.create_token("portal", ("portal",))
        if self._settings.slack != "off" and not tickets.knows_token(kept.pages_token):
            kept.pages_token = tickets.create_token("portal-agents", ("read", "act"))
        if self._settings.slack != "off" and not tickets.knows_token(kept.chat_token):
            kept.chat_token = tickets.create_token("intake-chat", ("read", "write", "act"))
        if self._settings.phone != "off" and not tickets.knows_token(kept.phone_token):
            kept.phone_token = tickets.create_token("intake-phone", ("read", "write", "act"))
        if not tickets.knows_token(kept.probe_token):
            kept.probe_token = tickets.create_token("prober", ("probe",))
        store_credentials(self._folder.secrets, kept)

    def _found_desk(self, tickets: TicketsCommand) -> None:
        """Give a desk that has nothing teams, people and promises to start from; never over what is there."""
        file = self._folder.desk_file
        if file.exists():
            return
        self._screen.step("importing a desk to start from")
        fresh = file.with_name("fresh-desk.yaml")  # it has its name once it is what the desk is
        desk = tickets.shipped_desk()
        write_whole(fresh, local_twilio.with_telephones(desk) if self._settings.phone == "local" else desk, 0o644)
        try:
            if tickets.import_desk(fresh):
                fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)

    def _launch_slack(self, wiring: Wiring, tickets: TicketsCommand) -> Wiring:
        """Begin to start a Slack of our own, if there is to be one; returns the wiring with what it has."""
        if self._settings.slack != "local":
            return wiring
        folder = self._folder.slack
        members = self._team_members(tickets) if local_slack.is_new(folder) else ()
        local_slack.write_seed(folder, self._credentials, members)
        spec = ServiceSpec(
            "slack",
            (*self._programs.slack, *local_slack.options(folder, wiring.port("slack"))),
            health_path=local_slack.HEALTH_PATH,
            tells_secrets=True,
            death_signal=signal.SIGTERM,  # it keeps its workspace when it ends
        )
        self._slack = Supervisor([spec], wiring, self._folder, self._screen, self._interruption)
        self._slack.launch()
        return replace(wiring, team_channels=local_slack.team_channels(folder))

    def _launch_twilio(self, wiring: Wiring) -> None:
        """Begin to start a Twilio of our own, if there is to be one."""
        if self._settings.phone != "local":
            return
        folder = self._folder.twilio
        local_twilio.write_seed(folder, wiring.url("intake-phone"), self._credentials)
        spec = ServiceSpec(
            "twilio",
            (*self._programs.twilio, *local_twilio.options(folder, wiring.port("twilio"))),
            health_path=local_twilio.HEALTH_PATH,
            tells_secrets=True,
        )
        self._twilio = Supervisor([spec], wiring, self._folder, self._screen, self._interruption)
        self._twilio.launch()

    def _team_members(self, tickets: TicketsCommand) -> tuple[TeamMember, ...]:
        """The desk's people, as its file has them or else the shipped one; none if nobody can read it."""
        file = self._folder.desk_file
        try:
            return read_members(file.read_text(encoding="utf-8") if file.exists() else tickets.shipped_desk())
        except (UnreadableDesk, UnicodeDecodeError, OSError) as error:
            self._screen.step(f"the local Slack begins with a team of its own: {file} cannot be read ({error})")
            return ()

    def _samples(self, wiring: Wiring) -> list[str]:
        """Send the samples if this desk is new; returns the last page."""
        api, token = wiring.url("tickets"), self._credentials.token
        if self._settings.samples and not already_sent(self._folder.samples_file):
            tickets = self._send_samples(wiring)
            title = "The samples became these tickets"
        else:
            tickets = latest_tickets(api, token, _LATEST)
            title = "The latest tickets"
        rows = ticket_rows(tickets, api, token)
        table = render_tickets(title, rows, self._screen.width, colour=self._screen.is_terminal) if rows else ""
        hints = render_hints(self._addresses(wiring, tickets))
        return ["", table, "", hints, ""] if table else ["", hints, ""]

    def _send_samples(self, wiring: Wiring) -> list[dict[str, Any]]:
        """The tickets that became of the samples, which are sent through every door that is ours."""
        mails, chats = read_samples(), read_slack_samples() if self._slack else ()
        self._screen.step(f"sending {len(mails)} sample mails to {wiring.mailbox}")
        send(mails, wiring.mailbox, HOST, wiring.port("smtp"))
        if chats:
            self._screen.step(f"writing {len(chats)} sample messages in the local Slack")
            write_slack_samples(chats, wiring.url("slack"))
        api, token = wiring.url("tickets"), self._credentials.token
        texts = self._phone_samples(wiring, api, token) if self._twilio else ()
        sent: tuple[Expected, ...] = (*mails, *chats, *texts)
        tickets = wait_for_tickets(sent, api, token, _SAMPLE_SECONDS, self._check_all_alive, self._screen.step)
        missing = sum(sample.reply_to is None for sample in sent) - len(tickets)
        if missing > 0:
            self._screen.step(f"{missing} samples are no tickets yet; see the logs")
        else:
            remember_sent(self._folder.samples_file, sent)
        return tickets

    def _phone_samples(self, wiring: Wiring, api: str, token: str) -> Sequence[TextSample]:
        """Text the desk and call it; returns the texts. The call is not waited for: it takes as long as a call does.

        The local Twilio keeps nothing: what an earlier start has texted already is known by its ticket.
        """
        texts = read_text_samples()
        known = {ticket.get("subject") for ticket in latest_tickets(api, token, 100)}
        if any(sample.subject in known for sample in texts):
            return ()
        self._screen.step(f"texting {len(texts)} samples and calling once; the voicemail is a ticket in half a minute")
        begin_calls(read_call_samples(), wiring.url("twilio"))
        send_texts(texts, wiring.url("twilio"))
        return texts

    def _addresses(self, wiring: Wiring, tickets: Sequence[dict[str, Any]]) -> Addresses:
        return Addresses(
            smtp_port=wiring.port("smtp"),
            mailbox=wiring.mailbox,
            api=wiring.url("tickets"),
            portal=wiring.url("portal"),
            token=self._credentials.token,
            slack=f"{wiring.url('slack')}/" if self._slack else None,
            twilio=f"{wiring.url('twilio')}/" if self._twilio else None,
            run_file=self._folder.run_file,
            logs=self._folder.log("tickets").parent,
            desk_file=self._folder.desk_file if self._folder.desk_file.exists() else None,
            outbox=None if wiring.relayed else self._folder.outbox,
            status_page=status_page(tickets),
        )

    def _check_all_alive(self) -> None:
        """Before the desk is ready, any death ends the run."""
        self._interruption.tick()
        for supervisor in self._supervisors:
            supervisor.check_alive()
        if problem := self._servers.problem():
            raise ServerFailed(problem)

    def _write_run_file(self, wiring: Wiring) -> None:
        logs = self._folder.log("tickets").parent
        content = run_content(wiring, self._servers, self._supervisors, self._folder.outbox, logs)
        write_whole(self._folder.shell_file, shell_lines(wiring, self._credentials))
        services = self._programs.services_for(self._settings)
        told = service_lines(wiring, services, self._servers.operator_nats_url)
        write_whole(self._folder.services_file, told)
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
