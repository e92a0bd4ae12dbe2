"""What a local Twilio starts with: numbers of the desk in two countries, and people outside of each kind.

A seed file may name the account, the numbers and the people; what it leaves out is made.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.twilio.exchange import Exchange
from ventanilla_devstack.twilio.ids import fixed_sid
from ventanilla_devstack.twilio.pace import Pace
from ventanilla_devstack.twilio.records import ANSWERS, RECEIVES, Account, DeskNumber, Person
from ventanilla_devstack.twilio.twiml.schema import E164
from ventanilla_devstack.twilio.voice.people import check_script

DESK_ES, DESK_EN = "+34910000100", "+15005550006"
CARMEN, JOHN, EVA, TOM = "+34600000001", "+16175551212", "+34600000011", "+16175550012"
MARC = "+34600000012"
ANONYMOUS = "+266696687"
"""What Twilio tells of a caller who withholds their number: `ANONYMOUS` on the keys."""
TRANSCRIPTIONS = "/v1/audio/transcriptions"
"""Where the stand-in for transcription answers, beside the account's own doors."""
_NUMBERS, _PEOPLE = 100, 5_000
_KNOWN = frozenset({"account", "numbers", "people", "desk"})


@dataclass(frozen=True, slots=True)
class Seed:
    """What a new account is made of.

    Attributes:
        desk: where the desk is (`http://127.0.0.1:8003`); numbers without addresses of their own get its doors.
        numbers: fields of `DeskNumber`, with `number`.
        people: fields of `Person`, with `number`.
    """

    account_sid: str = fixed_sid("AC", "ventanilla")
    auth_token: str = fixed_sid("", "ventanilla", "token")
    desk: str = ""
    numbers: tuple[Mapping[str, Any], ...] = (
        {"number": DESK_ES, "friendly_name": "Mesa de ayuda", "whatsapp": True},
        {"number": DESK_EN, "friendly_name": "Help desk"},
    )
    people: tuple[Mapping[str, Any], ...] = (
        {"number": CARMEN, "name": "Carmen Díaz"},
        {"number": JOHN, "name": "John Miller", "language": "en"},
        {"number": EVA, "name": "Eva Ruiz"},
        {"number": MARC, "name": "Marc Soler"},
        {"number": TOM, "name": "Tom Baker", "language": "en"},
        {"number": "+34600000021", "name": "Buzón de Luis", "answers": "voicemail"},
        {"number": "+34600000022", "name": "Comunica", "answers": "busy"},
        {"number": "+34600000023", "name": "Nadie", "answers": "no-answer"},
        {"number": "+34910000024", "name": "Teléfono fijo", "mobile": False},
        {"number": "+34600000025", "name": "Sin cobertura", "answers": "unreachable", "receives": "undelivered"},
    )


def new_exchange(seed: Seed, pace: Pace) -> Exchange:
    """A fresh account.

    Raises:
        Unsuitable: a number or a person of the seed is none.
    """
    now = pace.now()
    exchange = Exchange(Account(seed.account_sid, seed.auth_token, created=now), pace)
    for given in seed.numbers[:_NUMBERS]:
        add_number(exchange, desk=seed.desk, **given)
    for given in seed.people[:_PEOPLE]:
        add_person(exchange, **given)
    return exchange


def add_number(exchange: Exchange, *, number: str, desk: str = "", **fields: Any) -> DeskNumber:
    """A number of the desk, or other settings for one.

    Raises:
        Unsuitable: it is no number, or has no such settings.
    """
    if not E164.fullmatch(number):
        raise Unsuitable(f"{number} is no number of the form +34910000100")
    made = exchange.numbers.get(number) or DeskNumber(
        fixed_sid("PN", number), number, created=exchange.pace.now(), **_doors(desk)
    )
    _set(made, fields)
    exchange.numbers[number] = made
    exchange.changed()
    return made


def add_person(exchange: Exchange, *, number: str, **fields: Any) -> Person:
    """Somebody outside, or other habits for them.

    Raises:
        Unsuitable: it is no number, or they have no such habits.
    """
    if not E164.fullmatch(number):
        raise Unsuitable(f"{number} is no number of the form +34600000001")
    if "script" in fields:
        fields["script"] = tuple(fields["script"])
        try:
            check_script(fields["script"])
        except ValueError as error:
            raise Unsuitable(str(error)) from error
    if fields.get("answers", "by_hand") not in ANSWERS or fields.get("receives", "delivered") not in RECEIVES:
        raise Unsuitable(f"{number}: answers is one of {', '.join(ANSWERS)}; receives one of {', '.join(RECEIVES)}")
    made = exchange.people.get(number) or Person(number)
    _set(made, fields)
    exchange.people[number] = made
    exchange.changed()
    return made


def _set(made: DeskNumber | Person, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        if name in ("sid", "number", "created") or name not in type(made).__dataclass_fields__:
            raise Unsuitable(f"{made.number} has no {name}")
        setattr(made, name, value)


def _doors(desk: str) -> dict[str, Any]:
    if not desk:
        return {}
    return {
        "voice_url": f"{desk}/twilio/voice",
        "sms_url": f"{desk}/twilio/messages",
        "status_callback": f"{desk}/twilio/status/call",
    }


def read_seed(path: Path) -> Seed:
    """A seed from a JSON file.

    The file: `{"account": {"sid", "auth_token"}, "desk": "http://…", "numbers": [{"number", "voice_url", …}], "people":
    [{"number", "name", "answers", …}]}`; any part may be absent.

    Raises:
        Unsuitable: it is no such file.
    """
    try:
        return _parsed(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unsuitable(f"{path} is no seed for the local Twilio ({error}): see docs/fidelity.md") from error


def _parsed(given: Any) -> Seed:
    unknown = set(given) - _KNOWN
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    plain = Seed()
    account = given.get("account", {})
    return Seed(
        account_sid=str(account.get("sid", plain.account_sid)),
        auth_token=str(account.get("auth_token", plain.auth_token)),
        desk=str(given.get("desk", "")),
        numbers=tuple(dict(each) for each in given["numbers"]) if "numbers" in given else plain.numbers,
        people=tuple(dict(each) for each in given["people"]) if "people" in given else plain.people,
    )
