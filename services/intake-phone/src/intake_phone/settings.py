"""Settings of the phone service: environment variables that start with `INTAKE_PHONE_`."""

import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from intake_phone.domain.numbers import e164
from ventanilla_contracts.words import LANGUAGES
from ventanilla_runtime.bearer import BearerToken
from ventanilla_runtime.settings import ServiceSettings
from ventanilla_runtime.web_address import web_address

MEGABYTE: Final = 1024 * 1024
_ACCOUNT: Final = re.compile(r"AC[0-9a-f]{32}\Z")
_TEMPLATE: Final = re.compile(r"HX[0-9a-f]{32}\Z")
_TOKEN: Final = re.compile(r"[0-9a-zA-Z]{16,64}\Z")


class Settings(ServiceSettings):
    """What the phone service can be told."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_PHONE_")

    twilio_account_sid: str
    """Begins with AC; of the account whose numbers the desk has."""
    twilio_auth_token: SecretStr
    """Signs what Twilio asks, and opens its REST API."""
    twilio_secondary_token: SecretStr | None = None
    """While the token is changed: what is signed with it is taken too, and it is used when Twilio refuses the other."""
    twilio_url: str = "https://api.twilio.com"
    """Address of Twilio's REST API; another one for trying things out without an account."""
    twilio_file_hosts: Annotated[tuple[str, ...], NoDecode] = ("twilio.com", "twiliocdn.com")
    """Where files and recordings may be fetched from with the token, by host and all below it."""
    public_url: str
    """Where Twilio reaches this service, such as `https://phone.example.com`; its signatures are over this address."""
    flows: Annotated[tuple[Path, ...], NoDecode] = ()
    """Files of call flows, separated by commas; the one that comes with the service answers what they leave."""
    region: str | None = None
    """ISO 3166 region in which a number without a country's code is dialled, such as ES."""
    accept_seconds: float = Field(5.0, gt=0, le=12)
    """How long a text waits for an absent broker, before Twilio is told to bring it again."""
    call_seconds: float = Field(0.7, gt=0, le=5)
    """How long a call waits for whatever is asked or kept beside it: its answer must come within a second."""
    twilio_seconds: float = Field(15.0, gt=0, le=60)
    """How long Twilio may take to answer a request of ours."""
    whatsapp_templates: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict)
    """What is sent when WhatsApp takes no free words, as `es=HX…,en=HX…`: the SIDs of approved templates, in which
    {{1}} is the ticket's number and {{2}} the address of its page."""
    reconcile_minutes: float = Field(5.0, gt=0, le=60)
    """How often Twilio's lists are looked through for what its webhooks did not bring; sooner after an outage."""
    reconcile_days: float = Field(3.0, gt=0, le=30)
    """What is older is not looked for."""
    account_minutes: float = Field(5.0, gt=0, le=60)
    """How often the account is looked at: whether it is suspended, how much money it has, what its numbers can do."""
    balance_low: float | None = Field(5.0, allow_inf_nan=False)
    """With less money than this, in the account's currency, an alarm is raised; `none` for an account that is paid for
    afterwards."""
    file_limit_bytes: int = Field(25 * MEGABYTE, ge=64 * 1024, le=100 * MEGABYTE)

    transcription_url: str | None = None
    """Server that makes words of voicemail, such as `http://whisper:8000/v1/audio/transcriptions`; without it the
    recording alone is on the ticket. It gets every recording: choose one that may."""
    transcription_key: SecretStr | None = None
    transcription_model: str = "whisper-1"
    transcription_seconds: float = Field(90.0, gt=0, le=600)

    desk_number: str = ""
    """In E.164: from which pages and calls back go out that no call was before; without it nobody is paged."""
    page_call_seconds: float = Field(60.0, gt=0, le=3_600)
    """Whoever is on call gets a text at once, and a call after so long unless they acknowledge before."""
    page_again_seconds: float = Field(120.0, gt=0, le=3_600)
    """Time from one such call to the next."""
    page_calls: int = Field(3, ge=0, le=10)
    """So many calls for one page at most; its ladder may send another page."""
    pages_each_hour: int = Field(12, ge=1, le=100)
    """So many texts and calls of pages one person gets in any hour at most."""

    tickets_url: str = "http://127.0.0.1:8001"
    tickets_token: BearerToken | None = None
    """A token of the ticket service with the scopes read, write and act."""

    @property
    def twilio_tokens(self) -> tuple[str, ...]:
        """Every token with which Twilio may sign."""
        return tuple(
            token.get_secret_value() for token in (self.twilio_auth_token, self.twilio_secondary_token) if token
        )

    @field_validator(
        "twilio_secondary_token",
        "tickets_token",
        "transcription_url",
        "transcription_key",
        mode="before",
    )
    @classmethod
    def _unset(cls, value: object) -> object:
        """An empty variable is one that is not set: charts write all of them."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("balance_low", mode="before")
    @classmethod
    def _no_balance(cls, value: object) -> object:
        return None if isinstance(value, str) and value.strip().lower() in ("", "none") else value

    @field_validator("twilio_account_sid")
    @classmethod
    def _account(cls, value: str) -> str:
        value = value.strip()
        if not _ACCOUNT.match(value):
            raise ValueError("must be the account's SID: AC and 32 digits and letters, as Twilio's console shows it")
        return value

    @field_validator("twilio_auth_token", "twilio_secondary_token")
    @classmethod
    def _token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _TOKEN.match(value.get_secret_value().strip()):
            raise ValueError("must be an auth token as Twilio's console shows it: 32 digits and letters")
        return value and SecretStr(value.get_secret_value().strip())

    @field_validator("region")
    @classmethod
    def _known_region(cls, value: str | None) -> str | None:
        value = (value or "").strip().upper()
        if value and not re.fullmatch(r"[A-Z]{2}", value):
            raise ValueError("must be a country's two letters, such as ES")
        return value or None

    @field_validator("public_url", "twilio_url", "tickets_url", "transcription_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return web_address(value, "https://phone.example.com").rstrip("/") if value is not None else None

    @field_validator("desk_number")
    @classmethod
    def _e164(cls, value: str) -> str:
        number = e164(value.strip())
        if value.strip() and number is None:
            raise ValueError("must be a number of the account in E.164, such as +34910000000")
        return number or ""

    @field_validator("whatsapp_templates", mode="before")
    @classmethod
    def _templates(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = (item.partition("=")[::2] for item in value.split(",") if item.strip())
        found = {language.strip(): sid.strip() for language, sid in pairs}
        if wrong := next((one for one, sid in found.items() if one not in LANGUAGES or not _TEMPLATE.match(sid)), None):
            raise ValueError(f"{wrong!r} is no language with a template's SID: write es=HX…,en=HX…")
        return found

    @field_validator("flows", "twilio_file_hosts", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(item.strip() for item in value.split(",") if item.strip()) if isinstance(value, str) else value
