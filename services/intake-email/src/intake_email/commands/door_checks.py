"""What `doctor` says of the SMTP door's certificate, and of the folder that answers are written to without a relay."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from cryptography import x509

from intake_email.adapters.smtp.certificate import tls_context
from intake_email.settings import Settings
from ventanilla_runtime.findings import Finding, ok, problem, warning
from ventanilla_runtime.service import CannotStart

_SOON: Final = timedelta(days=14)
_PUBLIC_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


async def examine_certificate(settings: Settings) -> list[Finding]:
    """What is to be said of STARTTLS."""
    about = "STARTTLS"
    named = [] if settings.hostname not in _PUBLIC_HOSTS else [_hostname(settings.hostname)]
    if settings.tls_cert is None or settings.tls_key is None:
        do = "set INTAKE_EMAIL_TLS_CERT and INTAKE_EMAIL_TLS_KEY"
        return [*named, warning(about, "there is no certificate: mail comes in readable for everybody on its way", do)]
    try:
        await asyncio.to_thread(tls_context, settings.tls_cert, settings.tls_key)
        pem = await asyncio.to_thread(settings.tls_cert.read_bytes)
        leaf = x509.load_pem_x509_certificates(pem)[0]
    except (CannotStart, OSError, ValueError, ssl.SSLError) as error:
        return [*named, problem(about, str(error), "mount the pair that belongs together: a PEM chain and its key")]
    return [*named, certificate_finding(leaf, settings.hostname, datetime.now(UTC))]


def certificate_finding(leaf: x509.Certificate, hostname: str, now: datetime) -> Finding:
    """What is to be said of a certificate that can be used."""
    about, ends = "STARTTLS", leaf.not_valid_after_utc
    if ends <= now or leaf.not_valid_before_utc > now:
        return problem(about, f"the certificate is valid from {leaf.not_valid_before_utc:%Y-%m-%d} to {ends:%Y-%m-%d}",
                       "have it renewed; the door takes the new one without a restart")  # fmt: skip
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = [host.lower() for host in names.get_values_for_type(x509.DNSName)]
    except x509.ExtensionNotFound:
        hosts = []
    parent = hostname.lower().partition(".")[2]
    if hostname.lower() not in hosts and f"*.{parent}" not in hosts:
        says = f"the certificate is for {', '.join(hosts[:3]) or 'no host'}, not for {hostname}"
        return warning(about, says, "have one issued for INTAKE_EMAIL_HOSTNAME")
    if ends - now < _SOON:
        return warning(about, f"the certificate ends on {ends:%Y-%m-%d}", "have it renewed now")
    return ok(about, f"the certificate for {hostname} is valid until {ends:%Y-%m-%d}")


async def examine_outbox(outbox: Path) -> list[Finding]:
    """What is to be said of a Maildir in place of a relay."""

    def write() -> None:
        with TemporaryFile(dir=outbox if outbox.exists() else outbox.absolute().parent):
            pass  # rights alone do not say it: of a file system that is read-only, or of /proc

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        says = f"{outbox} cannot be written: {error.strerror}"
        return [problem("relay", says, "make it writable, or set INTAKE_EMAIL_RELAY_URL")]
    return [warning("relay", f"there is none: answers lie in {outbox}", "set INTAKE_EMAIL_RELAY_URL to send them")]


def _hostname(hostname: str) -> Finding:
    says = f"this door calls itself {hostname}: many servers refuse mail from such a name"
    return warning("hostname", says, "set INTAKE_EMAIL_HOSTNAME to the name that MX leads to")
