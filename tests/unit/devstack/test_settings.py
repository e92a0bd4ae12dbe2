"""What `make run` can be told."""

from pathlib import Path

import pytest

from ventanilla_devstack.errors import Unsuitable
from ventanilla_devstack.settings import read_settings


def test_without_a_word_everything_has_its_default() -> None:
    settings = read_settings({})

    assert settings.port_base == 8000
    assert settings.data_dir == Path.cwd() / ".run"
    assert settings.samples is True
    assert settings.nats_url is None
    assert settings.postgres_url is None
    assert settings.slack == "local"


@pytest.mark.parametrize(("word", "meaning"), [("0", False), ("no", False), ("1", True), ("", True)])
def test_samples_can_be_left_out(word: str, meaning: bool) -> None:
    assert read_settings({"SAMPLES": word}).samples is meaning


@pytest.mark.parametrize("port", ["0", "65504", "-1", "http", "８０００", "8000.5"])
def test_a_port_base_that_is_none_is_refused_by_name(port: str) -> None:
    with pytest.raises(Unsuitable, match=f"PORT_BASE={port} is no port: set a number from 1 to 65503"):
        read_settings({"PORT_BASE": port})


def test_an_unknown_word_for_samples_is_refused() -> None:
    with pytest.raises(Unsuitable, match="SAMPLES=maybe is neither 1 nor 0"):
        read_settings({"SAMPLES": "maybe"})


@pytest.mark.parametrize("url", ["nats://me:hunter2/x@broker", "nats://127.0.0.1:99999", "http://127.0.0.1:4222"])
def test_a_broker_that_nobody_could_call_is_refused_and_its_password_not_repeated(url: str) -> None:
    with pytest.raises(Unsuitable, match="VENTANILLA_NATS_URL must look like nats://") as refused:
        read_settings({"VENTANILLA_NATS_URL": url})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({"INTAKE_CHAT_SLACK_BOT_TOKEN": "xoxb-1"}, "workspace"),
        ({"INTAKE_CHAT_SLACK_BOT_TOKEN_FILE": "/run/bot", "INTAKE_CHAT_SLACK_APP_TOKEN": "xapp-1"}, "workspace"),
        ({"INTAKE_CHAT_SLACK_BOT_TOKEN": ""}, "local"),
        ({"VENTANILLA_SLACK": "on"}, "local"),
        ({"VENTANILLA_SLACK": "off"}, "off"),
        ({"VENTANILLA_SLACK": "Off", "INTAKE_CHAT_SLACK_BOT_TOKEN": "xoxb-1"}, "off"),
    ],
)
def test_whoever_has_tokens_gets_no_local_slack(given: dict[str, str], mode: str) -> None:
    assert read_settings(given).slack == mode


@pytest.mark.parametrize("name", ["APP_TOKEN", "APP_TOKEN_FILE", "SIGNING_SECRET"])
def test_half_a_set_of_tokens_is_not_taken_for_none(name: str) -> None:
    named = name.removesuffix("_FILE")
    complaint = f"INTAKE_CHAT_SLACK_{named} is set without INTAKE_CHAT_SLACK_BOT_TOKEN: set both, or neither"

    with pytest.raises(Unsuitable, match=complaint):
        read_settings({f"INTAKE_CHAT_SLACK_{name}": "x"})


def test_an_unknown_word_for_slack_is_refused() -> None:
    with pytest.raises(Unsuitable, match="VENTANILLA_SLACK=real is neither on nor off"):
        read_settings({"VENTANILLA_SLACK": "real"})
