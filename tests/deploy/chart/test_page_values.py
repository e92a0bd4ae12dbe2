"""Values that docs/kubernetes.md shows are taken as they stand there, and services read what the page says of them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.chart.test_chart_settings import known_secret, read
from tests.support.chart import REPOSITORY, deployment, render
from tests.support.chart_pods import lay_out

_PAGE = (REPOSITORY / "docs" / "kubernetes.md").read_text(encoding="utf-8")
_STAND_INS = _PAGE.partition("### Without accounts: stand-ins\n")[2].partition("\n## ")[0]
_BLOCK = re.compile(r"```yaml\n# ours/([a-z-]+)\.yaml.*?\n(.*?)```", re.DOTALL)


def own(service: str) -> Path:
    """The values that the repository has for a release."""
    return REPOSITORY / "deploy" / "values" / f"{service}.yaml"


def stood_in(service: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Any:
    """What a service reads with the values of the section about stand-ins."""
    (block,) = [text for name, text in _BLOCK.findall(_STAND_INS) if name == service]
    pod = deployment(render(service, own(service), yaml.safe_load(block), more))["spec"]["template"]

    def secret(of: str, key: str, path: str) -> str:
        return "a-word" if path == "slack_signing_secret" else known_secret(of, key, path)

    return read(service, lay_out(pod, folder, secret), monkeypatch)


@pytest.mark.parametrize(("service", "block"), _BLOCK.findall(_PAGE))
def test_every_block_of_the_page_is_taken_on_top_of_the_releases_values(service: str, block: str) -> None:
    assert render(service, own(service), yaml.safe_load(block))


def test_the_chat_is_led_to_a_slack_that_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = stood_in("intake-chat", tmp_path, monkeypatch)
    assert (settings.slack_url, settings.slack_file_hosts) == ("http://slack.desk.svc:8006/api/", ("slack.desk.svc",))
    assert (settings.slack_channels, settings.slack_pace) == (("C0123ABCD",), 100)
    assert settings.slack_app_token
    assert settings.slack_signing_secret.get_secret_value() == "a-word"
    settings = stood_in("intake-chat", tmp_path, monkeypatch, secrets={"slackAppToken": None, "slackSigningSecret": {}})
    assert settings.slack_app_token is None


def test_the_phone_is_led_to_a_twilio_that_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = stood_in("intake-phone", tmp_path, monkeypatch)
    assert settings.twilio_url == "http://twilio.desk.svc:8007"
    assert settings.twilio_file_hosts == ("twilio.desk.svc",)
    assert settings.public_url == "http://intake-phone:8080"


def test_limits_that_generators_of_load_meet_are_lifted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = stood_in("intake-email", tmp_path / "mail", monkeypatch)
    assert (mail.max_connections_per_peer, mail.verify_senders) == (1000, False)
    tickets = stood_in("tickets", tmp_path / "tickets", monkeypatch)
    assert (tickets.sender_per_hour, tickets.loop_limit) == (0, 0)
    assert (tickets.acknowledgements_per_sender, tickets.acknowledgements_per_minute) == (1000000, 1000000)


def test_teams_channels_are_read_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = [text for name, text in _BLOCK.findall(_PAGE) if name == "intake-chat" and "slackTeamChannels" in text]
    pod = deployment(render("intake-chat", own("intake-chat"), yaml.safe_load(block)))["spec"]["template"]
    settings = read("intake-chat", lay_out(pod, tmp_path, known_secret), monkeypatch)
    assert settings.heard_channels == {"C0123ABCD", "C0456EFGH", "C0789IJKL"}
