"""A whole desk that is called and texted through a local Twilio."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.desk import RunningDesk
from ventanilla_devstack.twilio.seed import DESK_EN, DESK_ES
from ventanilla_devstack.twilio.server import LocalTwilio

PUBLIC = "https://phone.desk.example"
"""Where Twilio believes the desk to be; the local one is told where it really is."""

FLOW = Path(__file__).parents[1] / "data" / "phone" / "always-open.yaml"


def phone_settings(twilio: LocalTwilio) -> dict[str, str]:
    """What intake-phone is told."""
    values = {
        "TWILIO_ACCOUNT_SID": twilio.account.sid,
        "TWILIO_AUTH_TOKEN": twilio.account.auth_token,
        "TWILIO_URL": twilio.url,
        "TWILIO_FILE_HOSTS": "127.0.0.1",
        "PUBLIC_URL": PUBLIC,
        "REGION": "ES",
        "FLOWS": str(FLOW),
        "RECONCILE_MINUTES": "0.05",
        "ACCEPT_SECONDS": "1",
    }
    return {f"INTAKE_PHONE_{name}": value for name, value in values.items()}


@asynccontextmanager
async def phone_desk(
    folder: Path, twilio: LocalTwilio, more: Mapping[str, str] | None = None
) -> AsyncIterator[RunningDesk]:
    """Everything up, with calls and texts coming in; `more` are variables for the services."""
    desk = RunningDesk(folder, {**phone_settings(twilio), **(more or {})})
    try:
        await desk.start(("router", "tickets"))
        acts = await desk.token("read", "write", "act")
        peers = {"INTAKE_PHONE_TICKETS_URL": desk.services["tickets"].url, "INTAKE_PHONE_TICKETS_TOKEN": acts}
        phone = await desk.add("intake-phone", environment=peers)
        twilio.webhooks.routes[PUBLIC] = phone.url
        for number in (DESK_ES, DESK_EN):
            twilio.number(
                number,
                voice_url=f"{PUBLIC}/twilio/voice",
                sms_url=f"{PUBLIC}/twilio/messages",
                status_callback=f"{PUBLIC}/twilio/status/call",
            )
        yield desk
    finally:
        await desk.end()
