"""The only wiring of the prober: which door belongs to which channel."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import httpx

from prober.adapters.desk import Desk
from prober.adapters.mail import MailDoor
from prober.adapters.pages import ApiDoor, PortalDoor
from prober.adapters.slack import SlackDoor, Workspace
from prober.adapters.twilio import Account, CallDoor, TextDoor
from prober.domain.probe import API, MAIL, PORTAL, SLACK, SMS, VOICE, WHATSAPP, Result
from prober.handlers.probing import Door, Patience, probe_once
from prober.handlers.schedule import Schedule
from prober.settings import ProberSettings
from ventanilla_runtime.service import Service
from ventanilla_runtime.stopping import end_all

_APART_SECONDS = 2.0
"""So far apart the channels begin."""


class Doors:
    """The doors of a desk and its API."""

    def __init__(self, settings: ProberSettings, client: httpx.AsyncClient, desk: Desk) -> None:
        self._settings = settings
        self._client = client
        self.desk = desk

    def door(self, channel: str) -> Door:
        """The door of a channel whose settings are complete.

        Raises:
            CannotStart: they are not of the form that they must have.
        """
        settings, client, seconds = self._settings, self._client, self._settings.door_seconds
        made: dict[str, Callable[[], Door]] = {
            MAIL: self._mail,
            SLACK: lambda: SlackDoor(client, _workspace(settings), seconds),
            SMS: lambda: TextDoor(client, _account(settings), seconds, SMS),
            WHATSAPP: lambda: TextDoor(client, _account(settings), seconds, WHATSAPP),
            VOICE: lambda: CallDoor(client, _account(settings), seconds),
            API: self._api,
            PORTAL: lambda: PortalDoor(client, settings.portal_url, self._api(), seconds),
        }
        return made[channel]()

    async def probe(self, channel: str, door: Door, tell: Callable[[str], None] = lambda _: None) -> Result:
        """Send one probe."""
        answer_seconds = self._settings.answer_seconds if self._settings.mail_answer else None
        patience = Patience(self._settings.settle_seconds, answer_seconds)
        return await probe_once(channel, door, self.desk, patience, tell)

    def _api(self) -> ApiDoor:
        return ApiDoor(self.desk, self._settings.mail_from)

    def _mail(self) -> MailDoor:
        server = self._settings.smtp
        assert server is not None, "the settings are complete for each channel"
        return MailDoor(server, self._settings.mail_from, self._settings.mail_to, self._settings.door_seconds)


@asynccontextmanager
async def open_doors(settings: ProberSettings) -> AsyncIterator[Doors]:
    """Doors, with their connections closed in the end."""
    token = settings.tickets_token.get_secret_value()
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        httpx.AsyncClient(
            base_url=settings.tickets_url,
            headers={"authorization": f"Bearer {token}"},
            trust_env=False,
        ) as api,
    ):
        yield Doors(settings, client, Desk(api))


async def probe_each(
    settings: ProberSettings, channels: Sequence[str], tell: Callable[[str, str], None]
) -> list[Result]:
    """Probe channels one after the other.

    Args:
        tell: hears (channel, how far it is).
    """
    async with open_doors(settings) as doors:
        return [await doors.probe(one, doors.door(one), functools.partial(tell, one)) for one in channels]


async def serve(service: Service, settings: ProberSettings) -> None:
    """Probe every channel at its interval until the wish to stop; a probe under way is finished, if that is soon."""
    doors = await service.stack.enter_async_context(open_doors(settings))
    schedules = [
        Schedule(one, functools.partial(doors.probe, one, doors.door(one)), settings.interval_seconds, service.stopping)
        for one in settings.channels
    ]
    probing = []
    for place, schedule in enumerate(schedules):
        # A desk that is down makes no prober unready: it has to go on telling so.
        service.warn(schedule.channel, schedule.worry)
        probing.append(service.tasks.create_task(schedule.run(place * _APART_SECONDS)))
    service.serve_http()
    await service.work()
    await asyncio.wait(probing, timeout=service.budget.drain_left())
    await end_all(probing)  # what is left of them the desk cleans up


def _workspace(settings: ProberSettings) -> Workspace:
    assert settings.slack_signing_secret is not None
    secret = settings.slack_signing_secret.get_secret_value()
    return Workspace(
        settings.slack_events_url, secret, settings.slack_team, settings.slack_channel, settings.slack_user
    )


def _account(settings: ProberSettings) -> Account:
    assert settings.twilio_auth_token is not None
    return Account(
        url=settings.phone_url,
        public_url=settings.phone_public_url or settings.phone_url,
        sid=settings.twilio_account_sid,
        token=settings.twilio_auth_token.get_secret_value(),
        number=settings.phone_number,
        caller=settings.phone_from,
    )
