"""What `doctor` says of the relay: connects, greets, protects, logs in; hands nothing over."""

from intake_email.adapters.relay import Relay
from intake_email.settings import Settings
from ventanilla_runtime.findings import Finding, ok, problem, warning

_SECONDS = 10.0


async def examine_relay(settings: Settings) -> list[Finding]:
    """What is to be said of the server that answers are handed to."""
    address = settings.relay
    assert address is not None, "asked for only where there is one"
    relay = Relay(
        address,
        hostname=settings.hostname,
        connections=1,
        timeout_seconds=min(settings.relay_timeout_seconds, _SECONDS),
    )
    where = f"{address.host}:{address.port}"
    if (refused := await relay.refusal()) is not None:
        return [problem("relay", f"{where}: {refused}", "look at INTAKE_EMAIL_RELAY_URL, and whether this host may")]
    who = f"takes {address.username}" if address.username else "takes mail without a password"
    found = [ok("relay", f"{where} answers and {who}")]
    if not address.tls and address.start_tls is False:
        found.append(warning("relay", "answers leave without TLS", "give the address starttls=required"))
    return found
