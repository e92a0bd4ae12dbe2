"""IMAP servers in tests: pymap and Dovecot as processes of their own, and a client that puts mail into them."""

import asyncio
import imaplib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ventanilla_devstack.children import end, kill, last_line, open_log, spawn
from ventanilla_devstack.ports import HOST, free_port

DOVECOT = Path("/usr/sbin/dovecot")
NO_DOVECOT = "Dovecot (Debian: dovecot-imapd) is not installed here, or this is not root"
_READY_SECONDS = 15.0


def has_dovecot() -> bool:
    """Dovecot is installed, and may be started."""
    return DOVECOT.exists() and os.geteuid() == 0


class ImapProcess:
    """A server of its own on a port of its own, with one user and an INBOX; may be killed and started again."""

    user = "desk"
    password = "pass-word"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process and self._process.poll() is None else 0

    def command(self) -> Sequence[str | Path]:
        raise NotImplementedError

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log_path = self.folder / "imap.log"
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            if not self.pid:  # children of one that was killed may hold the port for a moment more
                with open_log(log_path) as log:
                    command = list(map(str, self.command()))
                    self._process = spawn(command, env=dict(os.environ), cwd=self.folder, stdout=log, stderr=log)
            if await asyncio.to_thread(self._answers) and self.pid:
                return
            assert time.monotonic() < deadline, f"the IMAP server does not answer: {last_line(log_path)}"
            await asyncio.sleep(0.05)

    def kill(self) -> None:
        """`kill -9`, with all that belongs to it."""
        if self._process:
            kill(self._process)

    def stop(self) -> None:
        if self._process:
            end(self._process, signal.SIGTERM, 5)

    def client(self) -> imaplib.IMAP4:
        """A client of the standard library that is logged in."""
        client = imaplib.IMAP4(HOST, self.port, timeout=10)
        try:
            client.login(self.user, self.password)
        except BaseException:
            client.shutdown()
            raise
        return client

    async def append(self, *mails: bytes) -> None:
        """Put mails into INBOX, without selecting it: pymap tells others nothing otherwise."""

        def put() -> None:
            client = self.client()
            try:
                for raw in mails:
                    status, _ = client.append("INBOX", "", "", raw)  # type: ignore[arg-type]  # neither flags nor date
                    assert status == "OK"
            finally:
                client.shutdown()

        await asyncio.to_thread(put)

    async def ask(self, criteria: str = "ALL", folder: str = "INBOX") -> list[int]:
        """The UIDs that a search finds."""

        def search() -> list[int]:
            client = self.client()
            try:
                if client.select(folder, readonly=True)[0] != "OK":
                    return []
                return [int(word) for word in client.uid("SEARCH", criteria)[1][0].split()]
            finally:
                client.shutdown()

        return await asyncio.to_thread(search)

    def _answers(self) -> bool:
        try:
            self.client().shutdown()
        except (OSError, imaplib.IMAP4.error):
            return False
        return True


class Pymap(ImapProcess):
    """pymap with mail in memory: gone when it ends. It keeps no keywords."""

    user = "demouser"
    password = "demo pass"

    def command(self) -> Sequence[str | Path]:
        options = ("--host", HOST, "--port", str(self.port), "--no-tls", "--no-service", "admin")
        demo = ("dict", "--demo-data", "--demo-user", self.user, "--demo-password", self.password)
        return (Path(sys.prefix) / "bin" / "pymap", *options, *demo)


class Dovecot(ImapProcess):
    """Dovecot with a Maildir; keeps keywords, and everything over a kill."""

    def command(self) -> Sequence[str | Path]:
        owner = pwd.getpwnam("nobody")
        mail = self.folder / "mail"
        mail.mkdir(exist_ok=True)
        shutil.chown(mail, owner.pw_uid, owner.pw_gid)
        (self.folder / "run").mkdir(exist_ok=True)
        for folder in (self.folder, *self.folder.parents):
            if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
                folder.chmod(folder.stat().st_mode | 0o011)
        config = self.folder / "dovecot.conf"
        config.write_text(
            _DOVECOT.format(
                folder=self.folder, port=self.port, uid=owner.pw_uid, gid=owner.pw_gid, password=self.password
            )
        )
        return (DOVECOT, "-F", "-c", config)

    def kill(self) -> None:
        """Its children end when their master is gone; a new one would not wait for that."""
        super().kill()
        (self.folder / "run" / "master.pid").unlink(missing_ok=True)

    async def renumber(self) -> None:
        """Stop it, forget all numbers (UIDVALIDITY changes), start it."""
        self.stop()
        (self.folder / "mail" / "dovecot-uidlist").unlink()
        for index in (self.folder / "mail").glob("dovecot.*"):
            index.unlink()
        await self.start()


_DOVECOT = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
default_internal_user = nobody
default_login_user = nobody
default_internal_group = nogroup
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
