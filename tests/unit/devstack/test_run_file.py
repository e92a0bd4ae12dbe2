"""What `run.json` says of Slack."""

from pathlib import Path

import pytest

from ventanilla_devstack.credentials import Credentials
from ventanilla_devstack.desk_services import Wiring
from ventanilla_devstack.local_slack import probe_entry
from ventanilla_devstack.run_file import slack_entry
from ventanilla_devstack.settings import read_settings

OWN = {"bot_token": "xoxb-own", "app_token": "xapp-own", "signing_secret": "sign", "client_secret": "not shown"}
EVENTS = "http://127.0.0.1:9002/slack/events"


def wiring(environment: dict[str, str]) -> Wiring:
    settings = read_settings({"PORT_BASE": "9000", **environment})
    return Wiring(settings, Credentials(slack=OWN), "nats://x", True, "postgresql://x", Path("/outbox"))


def test_the_local_slack_has_a_page_and_the_apps_secrets() -> None:
    assert slack_entry(wiring({})) == {
        "url": "http://127.0.0.1:9006",
        "page": "http://127.0.0.1:9006/",
        "bot_token": "xoxb-own",
        "app_token": "xapp-own",
        "signing_secret": "sign",
        "events": EVENTS,
        "probe": probe_entry(),
        "local": True,
    }


@pytest.mark.parametrize(
    ("more", "url"),
    [({}, "https://slack.com"), ({"INTAKE_CHAT_SLACK_URL": "http://127.0.0.1:1234/api/"}, "http://127.0.0.1:1234")],
)
def test_a_workspace_of_the_operators_is_theirs(more: dict[str, str], url: str) -> None:
    given = {"INTAKE_CHAT_SLACK_BOT_TOKEN": "xoxb-theirs", "INTAKE_CHAT_SLACK_APP_TOKEN_FILE": "/run/app"}

    assert slack_entry(wiring({**given, **more})) == {
        "url": url,
        "page": None,
        "bot_token": "xoxb-theirs",
        "app_token": None,
        "signing_secret": None,
        "events": EVENTS,
        "local": False,
    }


def test_without_slack_there_is_nothing_to_say() -> None:
    assert slack_entry(wiring({"VENTANILLA_SLACK": "off"})) is None
