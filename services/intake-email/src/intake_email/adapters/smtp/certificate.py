"""The certificate that STARTTLS shows: read again whenever its files change, so that none needs a restart.

The files are polled, which works wherever they lie: a Kubernetes secret whose symbolic link is swapped, or two files
that an ACME client writes one after the other. Sessions that are encrypted already keep the one that they began with.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509

from intake_email import metrics
from ventanilla_runtime.service import CannotStart
from ventanilla_runtime.stopping import keep_going

log = structlog.get_logger()

POLL_SECONDS: Final = 2.0
WORRY_SECONDS: Final = 14 * 86_400.0
"""So long before its end somebody should know: whoever renews certificates does it earlier."""
_Mark = tuple[tuple[int, int, int, int], ...]


class Certificate:
    """Holds the context with the pair of files that was usable last; `follow` looks for another one."""

    def __init__(self, chain: Path, key: Path, *, poll_seconds: float = POLL_SECONDS) -> None:
        """Read both files.

        Raises:
            CannotStart: they cannot be read or do not belong together.
        """
        self._chain = chain
        self._key = key
        self._poll_seconds = poll_seconds
        self._broken: str | None = None
        self._mark = self._marks()
        self.context, self.ends_at = tls_context(chain, key)
        metrics.TLS_CERTIFICATE_EXPIRES.set(self.ends_at)

    def worry(self, now: Callable[[], float] = time.time) -> str | None:
        """What somebody should look at, or None: for the warnings of `/readyz`."""
        if self._broken is not None:
            return f"the new certificate cannot be used, the one before is shown: {self._broken}"
        left = self.ends_at - now()
        if left <= 0:
            return "the certificate of STARTTLS has ended: senders that verify it bring no mail"
        return f"the certificate of STARTTLS ends in {left / 86_400:.0f} days" if left < WORRY_SECONDS else None

    async def follow(self, take: Callable[[ssl.SSLContext], None]) -> None:
        """Hand over a new context whenever the files hold a new pair; runs until it is cancelled."""
        every = self._poll_seconds
        await keep_going("certificate", lambda: self._look(take), every, first_after_seconds=every)

    async def _look(self, take: Callable[[ssl.SSLContext], None]) -> None:
        mark = self._marks()
        if mark == self._mark:
            return
        try:
            found = await asyncio.to_thread(_read, self._chain, self._key)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            # Perhaps one of two files only was written so far: the other one's change makes us look again.
            self._mark = mark
            self._broken = _words(error)
            log.warning("certificate.refused", error=self._broken, detail="the one before is shown")
            return
        if self._marks() != mark:  # changed while it was read: the next look reads it whole
            return
        take(found[0])
        self._mark, self._broken = mark, None
        self.context, self.ends_at = found
        metrics.TLS_CERTIFICATE_EXPIRES.set(self.ends_at)
        log.info("certificate.changed", ends_in_days=round((self.ends_at - time.time()) / 86_400, 1))

    def _marks(self) -> _Mark:
        """What changes when the files do; links are followed."""
        found = []
        for path in (self._chain, self._key):
            try:
                state = path.stat()
            except OSError:
                found.append((0, 0, 0, 0))
            else:
                found.append((state.st_mtime_ns, state.st_ino, state.st_dev, state.st_size))
        return tuple(found)


def tls_context(chain: Path, key: Path) -> tuple[ssl.SSLContext, float]:
    """A server-side context for STARTTLS, and when its certificate ends (seconds since 1970).

    Raises:
        CannotStart: the files cannot be read or do not belong together.
    """
    try:
        return _read(chain, key)
    except (OSError, ValueError) as error:
        raise CannotStart(f"INTAKE_EMAIL_TLS_CERT and INTAKE_EMAIL_TLS_KEY cannot be used: {_words(error)}") from error


def _read(chain: Path, key: Path) -> tuple[ssl.SSLContext, float]:
    """A new context, so that a pair which does not fit spoils nothing; and when its first certificate ends."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    # An empty password: OpenSSL would ask for one at the terminal.
    context.load_cert_chain(chain, key, password="")
    leaf = x509.load_pem_x509_certificate(chain.read_bytes())
    return context, leaf.not_valid_after_utc.timestamp()


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()
