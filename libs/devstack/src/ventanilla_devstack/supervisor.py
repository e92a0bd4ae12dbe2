"""Keeps the services of a desk running: starts them, waits until they are ready, restarts them, ends them in order."""

import signal
import subprocess
import time
from collections.abc import Sequence

from ventanilla_devstack.children import Tick, kill, spawn, wait_until
from ventanilla_devstack.data_folder import DataFolder
from ventanilla_devstack.desk_services import ServiceSpec, Wiring, environment_of
from ventanilla_devstack.errors import ServiceFailed
from ventanilla_devstack.interruption import Interruption
from ventanilla_devstack.probes import readiness
from ventanilla_devstack.screen import Screen, ServiceLog

_READY_SECONDS = 60.0
_DRAIN_SECONDS = 25.0
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0
_WORD_SECONDS = 5.0


class RunningService:
    """One service, over all its restarts."""

    def __init__(self, spec: ServiceSpec, folder: DataFolder, screen: Screen) -> None:
        self.spec = spec
        self.log_path = folder.log(spec.name)
        self.log = ServiceLog(spec.name, self.log_path, screen)
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.pause_seconds = _FIRST_PAUSE_SECONDS
        self.due_at: float | None = None
        """When to start it again (monotonic), while it is down."""

    @property
    def alive(self) -> bool:
        """Whether its process runs now."""
        return self.process is not None and self.process.poll() is None

    def how_it_ended(self) -> str:
        """Its last words, or its exit status."""
        self.log.finish()
        status = self.process.returncode if self.process else None
        fallback = f"killed by {signal.Signals(-status).name}" if status and status < 0 else f"exit status {status}"
        return self.log.last_words or fallback


class Supervisor:
    """All services of a desk."""

    def __init__(
        self,
        specs: Sequence[ServiceSpec],
        wiring: Wiring,
        folder: DataFolder,
        screen: Screen,
        interruption: Interruption,
    ) -> None:
        self._wiring = wiring
        self._folder = folder
        self._screen = screen
        self._interruption = interruption
        self._next_word_at = 0.0
        self.services = [RunningService(spec, folder, screen) for spec in specs]

    def health_url(self, name: str) -> str:
        """Where a service says whether it is ready."""
        service = next(service for service in self.services if service.spec.name == name)
        return f"{self._wiring.url(name)}{service.spec.health_path}"

    def launch(self) -> None:
        """Start every service, and wait for none."""
        for service in self.services:
            self._start(service)

    def wait_until_ready(self, tick: Tick) -> None:
        """Wait until all services that were launched are ready; `tick` may raise to give up.

        Raises:
            ServiceFailed: one ended or is not ready in time; the text says which, why, and where to look.
        """
        waiting = list(self.services)
        reasons: dict[str, str] = {}
        self._next_word_at = time.monotonic() + _WORD_SECONDS

        def all_ready() -> bool:
            self.check_alive()
            for service in tuple(waiting):
                ready, reasons[service.spec.name] = readiness(self.health_url(service.spec.name))
                if ready:
                    waiting.remove(service)
                    self._screen.step(f"{service.spec.name} is ready")
            if waiting and time.monotonic() > self._next_word_at:
                self._next_word_at = time.monotonic() + _WORD_SECONDS
                late = waiting[0].spec.name
                self._screen.step(f"waiting for {late} ({reasons[late] or 'no answer'})")
            return not waiting

        if not wait_until(all_ready, _READY_SECONDS, tick):
            late = waiting[0]
            why = reasons.get(late.spec.name) or "no answer"
            raise ServiceFailed(
                f"{late.spec.name} is not ready after {_READY_SECONDS:.0f} s ({why}); see {late.log_path}"
            )

    def check_alive(self) -> None:
        """Make sure that every service runs.

        Raises:
            ServiceFailed: one has ended; the text holds its last words.
        """
        for service in self.services:
            if not service.alive:
                why = service.how_it_ended()
                raise ServiceFailed(f"{service.spec.name} does not start ({why}); see {service.log_path}")

    def tend(self) -> bool:
        """Start again what has died and whose pause is over; True if a process changed."""
        changed = False
        now = time.monotonic()
        for service in self.services:
            if service.alive:
                continue
            if service.due_at is None:
                if now - service.started_at > _STEADY_SECONDS:
                    service.pause_seconds = _FIRST_PAUSE_SECONDS
                service.due_at = now + service.pause_seconds
                self._screen.step(
                    f"{service.spec.name} ended ({service.how_it_ended()}); "
                    f"it starts again in {service.pause_seconds:.0f} s"
                )
                service.pause_seconds = min(_LONGEST_PAUSE_SECONDS, 2 * service.pause_seconds)
            elif now >= service.due_at:
                self._start(service)
                changed = True
        return changed

    def stop(self) -> None:
        """SIGTERM to all, in the order in which a message passes them; a second Ctrl-C, or time, kills them."""
        for service in self.services:
            if service.process and service.alive:
                service.process.send_signal(signal.SIGTERM)
        wait_until(
            lambda: self._interruption.count > 1 or not any(service.alive for service in self.services),
            _DRAIN_SECONDS,
        )
        for service in self.services:
            if service.process:
                if service.alive:
                    self._screen.step(f"{service.spec.name} does not stop; it is killed")
                kill(service.process)
            service.log.finish()
            service.log.close()

    def _start(self, service: RunningService) -> None:
        service.due_at = None
        service.started_at = time.monotonic()
        service.log.last_words = ""
        service.process = spawn(
            service.spec.command,
            env=environment_of(service.spec, self._wiring),
            cwd=self._folder.path,
            stdout=subprocess.DEVNULL if service.spec.tells_secrets else subprocess.PIPE,
            stderr=subprocess.PIPE,
            death_signal=service.spec.death_signal,
        )
        assert service.process.stderr
        service.log.follow(service.process.stdout, service.process.stderr)
        self._folder.record(service.spec.name, service.process.pid, service.spec.command[0])
