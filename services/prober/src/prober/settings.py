"""Settings of the prober: environment variables that start with `PROBER_`."""

import re
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from prober.domain.probe import API, CHANNELS, MAIL, PORTAL, SLACK, SMS, VOICE, WHATSAPP
from ventanilla_runtime.bearer import BearerToken
from ventanilla_runtime.settings import ServiceSettings, read_or_end
from ventanilla_runtime.smtp_address import SmtpAddress, SmtpUrl, smtp_address
from ventanilla_runtime.web_address import web_address

NEEDS: Final = {
    MAIL: ("smtp_url", "mail_to"),
    SLACK: ("slack_events_url", "slack_signing_secret", "slack_team", "slack_channel", "slack_user"),
    SMS: ("phone_url", "twilio_account_sid", "twilio_auth_token", "phone_number"),
    WHATSAPP: ("phone_url", "twilio_account_sid", "twilio_auth_token", "phone_number"),
    VOICE: ("phone_url", "twilio_account_sid", "twilio_auth_token", "phone_number"),
    API: (),
    PORTAL: ("portal_url",),
}
"""Channel → what must be set for it."""
_MAILBOX: Final = re.compile(r"[!-;=?A-~]{1,64}@[A-Za-z0-9.\[\]:-]{1,255}")
_ADDRESSES: Final = ("tickets_url", "slack_events_url", "phone_url", "phone_public_url", "portal_url")


class ProberSettings(ServiceSettings):
    """What the prober can be told. It needs no broker: those settings of every service mean nothing here."""

    model_config = SettingsConfigDict(env_prefix="PROBER_")

    tickets_url: str = "http://127.0.0.1:8001"
    tickets_token: BearerToken
    """A token with the scope `probe`, and no other."""
    channels: Annotated[tuple[str, ...], NoDecode] = (MAIL,)
    """What is probed, separated by commas: mail, slack, sms, whatsapp, voice, api, portal."""
    interval_seconds: float = Field(300.0, ge=10, le=86_400)
    """From one probe of a channel to the next."""
    door_seconds: float = Field(10.0, gt=0, le=120)
    """How long a door may take to accept."""
    answer_seconds: float = Field(60.0, gt=0, le=290)
    """How long it may take until the acknowledgement was handed over, where `mail_answer` asks for it."""
    settle_seconds: float = Field(60.0, gt=0, le=290)
    """How long it may take from there until it is a ticket. A mailbox that is read by IMAP takes longer."""

    smtp_url: SmtpUrl = None
    """`smtp://host:25` or `smtps://user:password@host`; `?starttls=required|optional|off`, `&verify=off`."""
    mail_to: str = ""
    """A mailbox of the desk."""
    mail_from: str = "probe@prober.invalid"
    """Whom the mail is from. Where the desk's rules look at senders, an address that passes SPF and DMARC."""

    mail_answer: bool = False
    """Let the acknowledgement of a mail really leave: the desk's TICKETS_PROBE_ANSWERS_TO must name `mail_from`."""

    slack_events_url: str = ""
    """Of intake-chat, such as `https://chat.example/slack/events`."""
    slack_signing_secret: SecretStr | None = None
    slack_team: str = Field("", pattern=r"^([TE][A-Z0-9]{2,30})?$")
    slack_channel: str = Field("", pattern=r"^([CDG][A-Z0-9]{2,30})?$")
    """One of the channels in which customers ask."""
    slack_user: str = Field("", pattern=r"^([UW][A-Z0-9]{2,30})?$")
    """A member of the workspace, in whose name the probe is written: intake-chat asks Slack who that is."""

    phone_url: str = ""
    """Of intake-phone, as this machine reaches it."""
    phone_public_url: str = ""
    """As intake-phone's INTAKE_PHONE_PUBLIC_URL: what Twilio signs. The same as phone_url if not given."""
    twilio_account_sid: str = Field("", pattern=r"^(AC[0-9a-f]{32})?$")
    twilio_auth_token: SecretStr | None = None
    phone_number: str = Field("", pattern=r"^(\+[1-9][0-9]{6,14})?$")
    """A number of the desk."""
    phone_from: str = Field("+34600000000", pattern=r"^\+[1-9][0-9]{6,14}$")
    """Whose number the probe seems to be of: nobody's is best."""

    portal_url: str = ""

    @field_validator("channels", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value

    @field_validator("channels")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [word for word in value if word not in CHANNELS]:
            raise ValueError(f"{wrong[0]!r} is no channel; write some of {', '.join(CHANNELS)}")
        if not value:
            raise ValueError(f"name at least one of {', '.join(CHANNELS)}")
        return tuple(dict.fromkeys(value))

    @field_validator("smtp_url", "slack_signing_secret", "twilio_auth_token", mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        """An empty variable is one that is not set: charts write all of them."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("mail_from", "mail_to")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        value = value.strip()
        if value and not _MAILBOX.fullmatch(value):
            raise ValueError("must be one address such as probe@monitoring.example; other letters of a domain as xn--…")
        return value

    @field_validator(*_ADDRESSES)
    @classmethod
    def _address(cls, value: str) -> str:
        return web_address(value, "https://desk.example").rstrip("/") if value.strip() else ""

    @property
    def smtp(self) -> SmtpAddress | None:
        """Where probes by mail go."""
        return smtp_address(self.smtp_url)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for channel in self.channels:
            if missing := self.missing(channel):
                raise ValueError(f"PROBER_CHANNELS names {channel}, so these must be set too: {', '.join(missing)}")
        return self

    def missing(self, channel: str) -> list[str]:
        """Variables that a channel needs and that are not set."""
        return [f"PROBER_{name.upper()}" for name in NEEDS[channel] if not getattr(self, name)]


def read_settings(**given: object) -> ProberSettings:
    """The settings of this process, or its end."""
    return read_or_end(ProberSettings, "prober", **given)
