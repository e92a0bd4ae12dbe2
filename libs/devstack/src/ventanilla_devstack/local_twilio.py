"""The local Twilio of a desk: what it begins with, and what intake-phone and people are told of it."""

import json
import re
from pathlib import Path
from typing import Any, Final

from ventanilla_devstack.atomic_file import write_whole
from ventanilla_devstack.credentials import Credentials
from ventanilla_devstack.ports import HOST
from ventanilla_devstack.twilio.seed import DESK_ES, EVA, MARC, TRANSCRIPTIONS, Seed

HEALTH_PATH: Final = "/"
"""Its page: answered as soon as it runs."""
SEED: Final = "seed.json"
REGION: Final = "ES"
"""Where the first of its numbers is."""
_TELEPHONES: Final = {"eva@desk.example": EVA, "marc@desk.example": MARC}


def account_variables(url: str, phone: str, credentials: Credentials) -> dict[str, str]:
    """What intake-phone is told, so that it answers the local Twilio's numbers.

    Args:
        url: of the local Twilio. phone: of intake-phone, which nothing stands before here.
    """
    return {
        "INTAKE_PHONE_TWILIO_URL": url,
        "INTAKE_PHONE_TWILIO_FILE_HOSTS": HOST,
        "INTAKE_PHONE_TWILIO_ACCOUNT_SID": Seed().account_sid,
        "INTAKE_PHONE_TWILIO_AUTH_TOKEN": credentials.twilio_token,
        "INTAKE_PHONE_PUBLIC_URL": phone,
    }


def suggestions(url: str) -> dict[str, str]:
    """What an operator may want otherwise: where numbers are, which one calls, and who makes words of voicemail."""
    return {
        "INTAKE_PHONE_REGION": REGION,
        "INTAKE_PHONE_DESK_NUMBER": DESK_ES,
        "INTAKE_PHONE_TRANSCRIPTION_URL": f"{url}{TRANSCRIPTIONS}",
    }


def code_variables() -> dict[str, str]:
    """From where `tickets` has one-time codes texted, and to which of the numbers that there are."""
    return {"TICKETS_CODE_NUMBER": DESK_ES, "TICKETS_CODE_COUNTRIES": "ES,US"}


def with_telephones(desk: str) -> str:
    """A desk file in which two of its people can be rung at the local Twilio, where it has them.

    The file that is shipped has no numbers: a desk with a real account would ring whoever has them.
    """
    for mail, number in _TELEPHONES.items():
        desk = re.sub(rf"(?m)^(?P<indent> +)email: {re.escape(mail)}$", rf'\g<0>\n\g<indent>phone: "{number}"', desk)
    return desk


def options(folder: Path, port: int) -> tuple[str, ...]:
    """The options of `ventanilla-devstack twilio`; the token is in the seed: anybody can read a command."""
    return ("--port", str(port), "--seed", str(folder / SEED))


def write_seed(folder: Path, phone: str, credentials: Credentials) -> None:
    """Write what the local Twilio begins with, each time: it keeps nothing."""
    folder.mkdir(mode=0o700, exist_ok=True)
    seed = {"account": {"sid": Seed().account_sid, "auth_token": credentials.twilio_token}, "desk": phone}
    write_whole(folder / SEED, json.dumps(seed, indent=1) + "\n")


def entry(url: str, phone: str, credentials: Credentials) -> dict[str, Any]:
    """What `run.json` says of it."""
    return {
        "url": url,
        "page": f"{url}/",
        "account_sid": Seed().account_sid,
        "auth_token": credentials.twilio_token,
        "numbers": [str(one["number"]) for one in Seed().numbers],
        "voice": f"{phone}/twilio/voice",
        "messages": f"{phone}/twilio/messages",
        "probe": {"url": phone, "public_url": phone, "number": DESK_ES},
        "local": True,
    }
