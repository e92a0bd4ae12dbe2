"""The tickets service's own commands that a run needs: migrations, tokens, and a desk to start from."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ventanilla_devstack.children import Tick, kill, spawn, wait_until
from ventanilla_devstack.errors import ServiceFailed

_COMMAND_SECONDS = 300.0
_UNKNOWN_TOKEN, _CANNOT_TELL = 1, 2


@dataclass(frozen=True, slots=True)
class TicketsCommand:
    """`tickets …` with everything it needs.

    Attributes:
        command: the program and what comes before its subcommand.
        environment: as for the service itself.
        log: gets what the commands write on standard error.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    tick: Tick

    def migrate(self) -> None:
        """Bring the database to the newest schema.

        Raises:
            ServiceFailed: it cannot; the text holds why.
        """
        status, _, words = self._run("migrate")
        if status:
            raise ServiceFailed(f"tickets migrate failed ({words or status}); see {self.log}")

    def shipped_desk(self) -> str:
        """The desk file that comes with the service.

        Raises:
            ServiceFailed: it cannot be printed.
        """
        status, out, words = self._run("desk")
        if status:
            raise ServiceFailed(f"tickets desk failed ({words or status}); see {self.log}")
        return out

    def import_desk(self, file: Path) -> bool:
        """Make a desk that has nothing yet what a file says; False: it has something and was left as it is.

        Raises:
            ServiceFailed: the file was refused, or nothing is known.
        """
        status, out, words = self._run("import-desk", str(file), "--only-new", "--json")
        if status:
            raise ServiceFailed(f"tickets import-desk failed ({words or out.strip()[:500] or status}); see {self.log}")
        return not json.loads(out)["skipped"]

    def knows_token(self, token: str) -> bool:
        """Whether the database still knows an API token.

        Raises:
            ServiceFailed: that cannot be told.
        """
        if not token:
            return False
        status, _, words = self._run("token", "check", said=token)
        if status not in (0, _UNKNOWN_TOKEN):
            raise ServiceFailed(f"tickets token check failed ({words or status}); see {self.log}")
        return status == 0

    def create_token(self, name: str, scopes: Sequence[str]) -> str:
        """A new API token.

        Raises:
            ServiceFailed: there is none.
        """
        options = [part for scope in scopes for part in ("--scope", scope)]
        status, out, words = self._run("token", "create", "--name", name, *options)
        lines = [line.strip() for line in out.splitlines() if line.strip()]
        if status or not lines:
            raise ServiceFailed(f"tickets token create failed ({words or status}); see {self.log}")
        return lines[-1]

    def _run(self, *arguments: str, said: str = "") -> tuple[int, str, str]:
        # What these commands write fits into a pipe, so nobody needs to read while they run.
        with spawn(
            [*self.command, *arguments],
            env=self.environment,
            cwd=self.log.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE,
        ) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            try:
                with suppress(BrokenPipeError), process.stdin:
                    process.stdin.write(said.encode() + b"\n")
                in_time = wait_until(lambda: process.poll() is not None, _COMMAND_SECONDS, self.tick)
            finally:
                kill(process)
            out, err = process.stdout.read(), process.stderr.read()
        with self.log.open("ab") as log:
            log.write(err)
        words = [line.strip() for line in err.decode(errors="replace").splitlines() if line.strip()]
        if not in_time:
            return _CANNOT_TELL, "", f"no end after {_COMMAND_SECONDS:.0f} s"
        return process.returncode, out.decode(errors="replace"), words[-1] if words else ""
