"""How the services of a desk are wired together."""

import re
import socket
from pathlib import Path

import pytest

from tests.support.desk_runs import free_port_base
from ventanilla_devstack.credentials import Credentials
from ventanilla_devstack.desk_services import (
    OFFSETS,
    ServiceSpec,
    Wiring,
    check_ports,
    environment_of,
    installed_programs,
    nats_credentials,
)
from ventanilla_devstack.errors import PortInUse, Unsuitable
from ventanilla_devstack.run_file import twilio_entry
from ventanilla_devstack.settings import read_settings
from ventanilla_devstack.slack.seed import Seed, new_workspace

CREDENTIALS = Credentials(
    {"router": "r", "tickets": "t", "intake-email": "i", "intake-chat": "c"},
    "p",
    "hmac",
    "token",
    "portal-token",
    "chat-token",
    {
        "bot_token": "xoxb-own",
        "app_token": "xapp-own",
        "signing_secret": "sign",
        "client_id": "client",
        "client_secret": "its-own",
    },
    "s" * 64,
    "pages-token",
)


def wiring(environment: dict[str, str] | None = None, **changes: object) -> Wiring:
    settings = read_settings({"PORT_BASE": "9000", **(environment or {})})
    values = {
        "settings": settings,
        "credentials": CREDENTIALS,
        "nats_url": "nats://127.0.0.1:9022",
        "own_broker": True,
        "postgres_url": "postgresql://desk",
        "outbox": Path("/desk/outbox"),
    }
    return Wiring(**{**values, **changes})  # type: ignore[arg-type]  # a builder for values


def environment(name: str, of: Wiring) -> dict[str, str]:
    return environment_of(ServiceSpec(name, ()), of)


def test_each_service_gets_its_own_broker_user() -> None:
    found = environment("intake-email", wiring())

    assert found["INTAKE_EMAIL_NATS_URL"] == "nats://127.0.0.1:9022"
    assert found["INTAKE_EMAIL_NATS_USER"] == "intake-email"
    assert found["INTAKE_EMAIL_NATS_PASSWORD"] == "i"
    assert found["INTAKE_EMAIL_HTTP_PORT"] == "9005"
    assert found["INTAKE_EMAIL_SMTP_PORT"] == "9025"
    assert found["INTAKE_EMAIL_MAILBOXES"] == "soporte@desk.example"


def test_with_a_broker_of_the_operator_all_use_his_credentials() -> None:
    found = environment("router", wiring(nats_url="nats://me:s%40fe@broker:4222", own_broker=False))

    assert found["ROUTER_NATS_URL"] == "nats://broker:4222"
    assert found["ROUTER_NATS_USER"] == "me"
    assert found["ROUTER_NATS_PASSWORD"] == "s@fe"


@pytest.mark.parametrize("url", ["nats://broker:4222", "nats://token@broker:4222", "tls://a:4222"])
def test_a_url_without_a_password_stays_as_it_is(url: str) -> None:
    assert nats_credentials(url) == (url, None, None)


def test_the_portal_knows_the_tickets_api_and_no_broker() -> None:
    found = environment("portal", wiring())

    assert found["PORTAL_TICKETS_URL"] == "http://127.0.0.1:9001"
    assert found["PORTAL_TICKETS_TOKEN"] == "portal-token"
    assert not any("NATS" in name or "POSTGRES" in name for name in found)


def test_agents_sign_in_to_the_portal_with_the_local_slack() -> None:
    workspace = new_workspace(Seed(), lambda: 1.0)
    found = environment("portal", wiring())

    assert found["PORTAL_PUBLIC_URL"] == "http://127.0.0.1:9000"
    assert found["PORTAL_SECRET"] == "s" * 64
    assert found["PORTAL_DESK_TOKEN"] == "pages-token"
    assert found["PORTAL_SLACK_ISSUER"] == "http://127.0.0.1:9006"
    assert found["PORTAL_SLACK_TEAM"] == workspace.home
    assert found["PORTAL_SLACK_CLIENT_ID"] == "client"
    assert found["PORTAL_SLACK_CLIENT_SECRET"] == "its-own"
    assert found["PORTAL_SLACK_BOT_TOKEN"] == "xoxb-own"


def test_with_a_workspace_of_the_operator_the_operator_says_how_agents_sign_in() -> None:
    given = {"INTAKE_CHAT_SLACK_BOT_TOKEN": "xoxb-theirs", "PORTAL_SLACK_TEAM": "T0THEIRS"}
    theirs, off = environment("portal", wiring(given)), environment("portal", wiring({"VENTANILLA_SLACK": "off"}))

    assert theirs["PORTAL_SLACK_TEAM"] == "T0THEIRS"
    assert theirs["PORTAL_DESK_TOKEN"] == "pages-token"
    assert "PORTAL_SLACK_CLIENT_ID" not in theirs
    assert not any("SLACK" in name or "DESK" in name for name in off)


def test_the_operators_variables_reach_their_service_and_no_other() -> None:
    given = {"ROUTER_RULES_FILE": "mine.yaml", "INTAKE_EMAIL_RELAY_URL": "smtp://relay", "UNRELATED_SECRET": "x"}

    assert environment("router", wiring(given))["ROUTER_RULES_FILE"] == "mine.yaml"
    assert environment("intake-email", wiring(given))["INTAKE_EMAIL_RELAY_URL"] == "smtp://relay"
    assert not set(given) & set(environment("portal", wiring(given)))


def test_a_collector_of_traces_is_told_to_every_service() -> None:
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    assert all(given.items() <= environment(name, wiring(given)).items() for name in ("router", "portal", "tickets"))


def test_outgoing_mail_goes_to_the_outbox_or_to_the_operators_relay() -> None:
    relayed = environment("intake-email", wiring({"INTAKE_EMAIL_RELAY_URL": "smtp://relay"}))

    assert environment("intake-email", wiring())["INTAKE_EMAIL_OUTBOX"] == "/desk/outbox"
    assert "INTAKE_EMAIL_OUTBOX" not in relayed


def test_the_operators_mailboxes_win_and_tickets_hears_of_them() -> None:
    desk = wiring({"INTAKE_EMAIL_MAILBOXES": "ayuda@example.org, help@example.org"})

    assert desk.mailbox == "ayuda@example.org"
    assert environment("intake-email", desk)["INTAKE_EMAIL_MAILBOXES"] == "ayuda@example.org, help@example.org"
    assert environment("tickets", desk)["TICKETS_MAILBOXES"] == "ayuda@example.org, help@example.org"


def test_nobody_can_pull_the_desk_apart_with_a_variable() -> None:
    desk = wiring({"TICKETS_HTTP_PORT": "1", "TICKETS_POSTGRES_URL": "postgresql://elsewhere"})
    found = environment("tickets", desk)

    assert found["TICKETS_HTTP_PORT"] == "9001"
    assert found["TICKETS_POSTGRES_URL"] == "postgresql://desk"
    assert found["TICKETS_SECRET"] == "hmac"
    assert found["TICKETS_STATUS_URL"] == "http://127.0.0.1:9000/s"


def test_without_tokens_intake_chat_is_the_app_of_the_local_slack() -> None:
    workspace = new_workspace(Seed(), lambda: 1.0)
    found = environment("intake-chat", wiring())

    assert found["INTAKE_CHAT_HTTP_PORT"] == "9002"
    assert found["INTAKE_CHAT_NATS_USER"] == "intake-chat"
    assert found["INTAKE_CHAT_TICKETS_URL"] == "http://127.0.0.1:9001"
    assert found["INTAKE_CHAT_TICKETS_TOKEN"] == "chat-token"
    assert found["INTAKE_CHAT_SLACK_URL"] == "http://127.0.0.1:9006/api/"
    assert found["INTAKE_CHAT_SLACK_BOT_TOKEN"] == "xoxb-own"
    assert found["INTAKE_CHAT_SLACK_APP_TOKEN"] == "xapp-own"
    assert found["INTAKE_CHAT_SLACK_SIGNING_SECRET"] == "sign"
    assert found["INTAKE_CHAT_SLACK_FILE_HOSTS"] == "127.0.0.1"
    heard = [workspace.channel_named(name).id for name in ("ayuda", "socios")]  # the second one with a partner's people
    assert found["INTAKE_CHAT_SLACK_CHANNELS"].split(",") == heard


def test_with_the_operators_tokens_intake_chat_hears_of_nothing_local() -> None:
    given = {"INTAKE_CHAT_SLACK_BOT_TOKEN": "xoxb-theirs", "INTAKE_CHAT_SLACK_APP_TOKEN_FILE": "/run/app"}

    found = environment("intake-chat", wiring(given))

    assert {name for name in found if name.startswith("INTAKE_CHAT_SLACK_")} == set(given)
    assert found["INTAKE_CHAT_SLACK_BOT_TOKEN"] == "xoxb-theirs"
    assert found["INTAKE_CHAT_TICKETS_TOKEN"] == "chat-token"


def test_the_local_slack_is_told_nothing_that_others_mean_for_theirs() -> None:
    assert environment("slack", wiring({"SLACK_BOT_TOKEN": "xoxb-theirs", "HOME": "/home/ana"})) == {
        "HOME": "/home/ana"
    }


def test_without_slack_nobody_chats() -> None:
    services = installed_programs().services_for(read_settings({"VENTANILLA_SLACK": "off"}))

    assert [service.name for service in services] == ["intake-email", "intake-phone", "router", "tickets", "portal"]
    assert len(installed_programs().services_for(read_settings({}))) == 6


def test_without_a_telephone_nobody_calls() -> None:
    services = installed_programs().services_for(read_settings({"VENTANILLA_PHONE": "off"}))

    assert [service.name for service in services] == ["intake-email", "intake-chat", "router", "tickets", "portal"]


def test_the_local_twilio_is_the_account_of_the_desk_and_one_of_the_operator_is_theirs() -> None:
    own = environment("intake-phone", wiring())
    given = {
        "INTAKE_PHONE_TWILIO_ACCOUNT_SID": "ACtheirs",
        "INTAKE_PHONE_TWILIO_AUTH_TOKEN": "secret",
        "INTAKE_PHONE_PUBLIC_URL": "https://phone.example",
    }
    theirs = environment("intake-phone", wiring(given))

    assert own["INTAKE_PHONE_TWILIO_URL"] == "http://127.0.0.1:9007"
    assert own["INTAKE_PHONE_PUBLIC_URL"] == "http://127.0.0.1:9003"
    assert own["INTAKE_PHONE_TICKETS_URL"] == "http://127.0.0.1:9001"
    assert own["INTAKE_PHONE_TRANSCRIPTION_URL"] == "http://127.0.0.1:9007/v1/audio/transcriptions"
    assert "INTAKE_PHONE_TRANSCRIPTION_URL" not in theirs
    assert (theirs["INTAKE_PHONE_TWILIO_ACCOUNT_SID"], theirs.get("INTAKE_PHONE_TWILIO_URL")) == ("ACtheirs", None)
    assert theirs["INTAKE_PHONE_PUBLIC_URL"] == "https://phone.example"


def test_half_an_account_is_refused() -> None:
    with pytest.raises(Unsuitable, match="INTAKE_PHONE_TWILIO_AUTH_TOKEN: set both, or neither"):
        read_settings({"INTAKE_PHONE_TWILIO_ACCOUNT_SID": "ACtheirs"})
    with pytest.raises(Unsuitable, match="INTAKE_PHONE_PUBLIC_URL: set the address where Twilio reaches"):
        read_settings({"INTAKE_PHONE_TWILIO_ACCOUNT_SID": "ACtheirs", "INTAKE_PHONE_TWILIO_AUTH_TOKEN": "secret"})


def test_the_run_file_names_the_doors_where_the_operators_twilio_knocks() -> None:
    given = {
        "INTAKE_PHONE_TWILIO_ACCOUNT_SID": "ACtheirs",
        "INTAKE_PHONE_TWILIO_AUTH_TOKEN": "secret",
        "INTAKE_PHONE_PUBLIC_URL": "https://phone.example/",
    }

    entry = twilio_entry(wiring(given))

    assert entry is not None
    assert (entry["voice"], entry["messages"]) == (
        "https://phone.example/twilio/voice",
        "https://phone.example/twilio/messages",
    )


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({}, {2: "intake-chat", 6: "local Slack"}),
        ({"INTAKE_CHAT_SLACK_BOT_TOKEN": "xoxb-1"}, {2: "intake-chat"}),
        ({"VENTANILLA_SLACK": "off"}, {}),
    ],
)
def test_slack_needs_its_ports_where_it_runs(given: dict[str, str], needed: dict[int, str]) -> None:
    base = free_port_base()
    complaint = ""
    with socket.create_server(("127.0.0.1", base + 2)), socket.create_server(("127.0.0.1", base + 6)):
        try:
            check_ports(read_settings({"PORT_BASE": str(base), **given}))
        except PortInUse as error:
            complaint = str(error)

    assert re.findall(r"(\d+) \(([^)]+)\)", complaint) == [
        (str(base + offset), name) for offset, name in needed.items()
    ]


def test_ports_lie_where_the_architecture_puts_them() -> None:
    assert OFFSETS == {
        "portal": 0,
        "tickets": 1,
        "intake-chat": 2,
        "intake-phone": 3,
        "router": 4,
        "intake-email": 5,
        "slack": 6,
        "twilio": 7,
        "nats": 22,
        "smtp": 25,
        "postgres": 32,
    }
    assert [service.name for service in installed_programs().services] == [
        "intake-email",
        "intake-chat",
        "intake-phone",
        "router",
        "tickets",
        "portal",
    ]


def test_every_taken_port_is_named_with_a_way_out() -> None:
    base = free_port_base()
    with socket.create_server(("127.0.0.1", base + 1)), socket.create_server(("127.0.0.1", base + 32)):
        with pytest.raises(PortInUse) as caught:
            check_ports(read_settings({"PORT_BASE": str(base)}))
        assert f"ports {base + 1} (tickets API), {base + 32} (Postgres) are in use" in str(caught.value)
        assert "make run PORT_BASE=" in str(caught.value)

        own = {"PORT_BASE": str(base), "VENTANILLA_POSTGRES_URL": "postgresql://elsewhere"}
        with pytest.raises(PortInUse, match=rf"port {base + 1} \(tickets API\) is in use"):
            check_ports(read_settings(own))
