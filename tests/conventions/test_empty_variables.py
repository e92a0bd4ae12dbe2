"""Charts and compose files write every variable, and leave empty what nobody has set."""

from collections.abc import Mapping
from typing import Any

import pytest

from intake_chat.settings import Settings as ChatSettings
from intake_email.settings import Settings as EmailSettings
from intake_phone.settings import Settings as PhoneSettings
from portal.settings import PortalSettings
from prober.settings import ProberSettings
from router.settings import RouterSettings
from tickets.settings import TicketsSettings
from ventanilla_runtime.commands.session import OperatorSettings
from ventanilla_runtime.settings import ServiceSettings

NEEDED: Mapping[type[ServiceSettings], Mapping[str, str]] = {
    EmailSettings: {"mailboxes": "help@desk.example", "outbox": "outbox"},
    ChatSettings: {"slack_bot_token": "xoxb-1-2-abcdefghij", "slack_app_token": "xapp-1-A1-2-abcdefghij"},
    PhoneSettings: {
        "twilio_account_sid": "AC" + "0" * 32,
        "twilio_auth_token": "0" * 32,
        "public_url": "https://phone.desk.example",
    },
    PortalSettings: {"tickets_token": "vnt_1"},
    ProberSettings: {"tickets_token": "vnt_1", "channels": "api"},
    RouterSettings: {},
    TicketsSettings: {"secret": "a-secret-for-tests-only"},
    OperatorSettings: {},
}


@pytest.mark.parametrize("settings", NEEDED, ids=lambda settings: settings.model_config["env_prefix"])
def test_a_variable_that_is_empty_counts_as_one_that_is_not_set(
    settings: type[ServiceSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = str(settings.model_config["env_prefix"])
    for name, value in NEEDED[settings].items():
        monkeypatch.setenv(f"{prefix}{name.upper()}", value)
    without = _values(settings)
    for name in settings.model_fields:
        if name not in NEEDED[settings]:
            monkeypatch.setenv(f"{prefix}{name.upper()}", "")
        monkeypatch.setenv(f"{prefix}{name.upper()}_FILE", "")

    assert _values(settings) == without


def _values(settings: type[ServiceSettings]) -> dict[str, Any]:
    return settings().model_dump()
