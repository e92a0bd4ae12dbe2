"""What `make run` can be told, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ventanilla_devstack.errors import Unsuitable
from ventanilla_runtime.broker_address import broker_addresses

_LOWEST_PORT, _HIGHEST_PORT = 1, 65_535
HIGHEST_OFFSET = 32
SlackMode = Literal["local", "workspace", "off"]
"""A Slack of our own, a workspace of the operator's, or none."""
PhoneMode = Literal["local", "account", "off"]
"""A Twilio of our own, an account of the operator's, or no telephone."""

_BOT_TOKEN: Final = "INTAKE_CHAT_SLACK_BOT_TOKEN"  # noqa: S105  # the name of the variable
_BESIDE_IT: Final = ("INTAKE_CHAT_SLACK_APP_TOKEN", "INTAKE_CHAT_SLACK_SIGNING_SECRET")
_ACCOUNT: Final = "INTAKE_PHONE_TWILIO_ACCOUNT_SID"
PHONE_PUBLIC_URL: Final = "INTAKE_PHONE_PUBLIC_URL"
_AUTH_TOKEN: Final = "INTAKE_PHONE_TWILIO_AUTH_TOKEN"  # noqa: S105  # the name of the variable
_YES, _NO = frozenset({"", "1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How to run a desk on this machine.

    Attributes:
        port_base: first of the ports; the others lie at fixed distances.
        data_dir: everything that is kept between runs.
        samples: whether to send a few messages once the desk is ready.
        nats_url, postgres_url: servers that run already; None starts our own.
        slack: whose Slack the desk talks to.
        phone: whose telephone numbers it has.
        environment: the operator's variables; those of services are passed on to them.
    """

    port_base: int
    data_dir: Path
    samples: bool
    nats_url: str | None
    postgres_url: str | None
    slack: SlackMode
    phone: PhoneMode
    environment: Mapping[str, str]


def read_settings(environment: Mapping[str, str]) -> RunSettings:
    """Settings from `PORT_BASE`, `DATA_DIR`, `SAMPLES` and `VENTANILLA_…`, and from whether there are tokens of Slack.

    Raises:
        Unsuitable: one of them makes no sense.
    """
    given = environment.get("PORT_BASE") or "8000"
    if not given.isascii() or not given.isdigit() or not _fits(int(given)):
        raise Unsuitable(f"PORT_BASE={given} is no port: set a number from 1 to {_HIGHEST_PORT - HIGHEST_OFFSET}")
    samples = (environment.get("SAMPLES") or "").strip().lower()
    if samples not in _YES | _NO:
        raise Unsuitable(f"SAMPLES={samples} is neither 1 nor 0: set 0 to send no samples")
    return RunSettings(
        port_base=int(given),
        data_dir=Path(environment.get("DATA_DIR") or ".run").expanduser().absolute(),
        samples=samples in _YES,
        nats_url=_broker(environment.get("VENTANILLA_NATS_URL") or ""),
        postgres_url=environment.get("VENTANILLA_POSTGRES_URL") or None,
        slack=_slack(environment),
        phone=_phone(environment),
        environment=environment,
    )


def _broker(given: str) -> str | None:
    try:
        return broker_addresses(given) if given else None
    except ValueError:
        raise Unsuitable(
            "VENTANILLA_NATS_URL must look like nats://user:password@127.0.0.1:4222, with what is special in user and"
            " password percent-encoded (/ is %2F)"
        ) from None


def _slack(environment: Mapping[str, str]) -> SlackMode:
    wish = (environment.get("VENTANILLA_SLACK") or "").strip().lower()
    if wish not in _YES | _NO:
        raise Unsuitable(f"VENTANILLA_SLACK={wish} is neither on nor off: set off to run without Slack")
    if wish in _NO:
        return "off"
    if _is_given(_BOT_TOKEN, environment):
        return "workspace"
    for name in _BESIDE_IT:
        if _is_given(name, environment):
            raise Unsuitable(f"{name} is set without {_BOT_TOKEN}: set both, or neither for a local Slack")
    return "local"


def _phone(environment: Mapping[str, str]) -> PhoneMode:
    wish = (environment.get("VENTANILLA_PHONE") or "").strip().lower()
    if wish not in _YES | _NO:
        raise Unsuitable(f"VENTANILLA_PHONE={wish} is neither on nor off: set off to run without telephone")
    if wish in _NO:
        return "off"
    account, token = bool(environment.get(_ACCOUNT)), _is_given(_AUTH_TOKEN, environment)
    if account != token:
        given, missing = (_ACCOUNT, _AUTH_TOKEN) if account else (_AUTH_TOKEN, _ACCOUNT)
        raise Unsuitable(f"{given} is set without {missing}: set both, or neither for a local Twilio")
    if account and not environment.get(PHONE_PUBLIC_URL):
        raise Unsuitable(
            f"{_ACCOUNT} is set without {PHONE_PUBLIC_URL}: set the address where Twilio reaches intake-phone, such as"
            " https://phone.example.com"
        )
    return "account" if account else "local"


def _is_given(secret: str, environment: Mapping[str, str]) -> bool:
    return bool(environment.get(secret) or environment.get(f"{secret}_FILE"))


def _fits(port_base: int) -> bool:
    return _LOWEST_PORT <= port_base <= _HIGHEST_PORT - HIGHEST_OFFSET
