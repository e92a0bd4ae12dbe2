"""What doctors say of variables that are set and count for nothing."""

import pytest
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from ventanilla_runtime.doctors import read_or_say
from ventanilla_runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ROUTER_")

    secret: SecretStr = SecretStr("default")


def said(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[tuple[str, str]]:
    monkeypatch.setattr("os.environ", {f"ROUTER_{name}": value for name, value in variables.items()})
    settings, findings = read_or_say(Settings, "router", ("ROUTER_OTHER_",))
    assert settings is not None
    assert all("README of router" in finding.do for finding in findings)
    return [(finding.state, finding.says) for finding in findings]


def test_a_variable_that_nobody_reads_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = said(monkeypatch, HTPP_PORT="8004", NATS_URL="nats://a:4222", PREFX_FILE="/run/x", PREFX="")
    assert found == [
        ("warning", "ROUTER_HTPP_PORT is no setting, and nobody reads it"),
        ("warning", "ROUTER_PREFX_FILE is no setting, and nobody reads it"),
    ]


def test_of_a_secret_given_twice_it_is_said_which_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "given-twice"
    file.write_text("other")
    found = said(monkeypatch, SECRET="one", SECRET_FILE=str(file), NATS_PASSWORD_FILE=str(file))
    assert found == [("warning", "ROUTER_SECRET and ROUTER_SECRET_FILE are both set: the file is not read")]


def test_what_kubernetes_sets_for_a_service_of_that_name_and_other_commands_read_is_no_slip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    links = {
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "8004",
        "SERVICE_PORT_HTTP": "8004",
        "PORT": "tcp://10.0.0.1:1",
    }
    links |= {"PORT_8004_TCP": "tcp://10.0.0.1:8004", "PORT_8004_TCP_ADDR": "10.0.0.1", "EU_SERVICE_HOST": "10.0.0.2"}
    assert said(monkeypatch, **links, OTHER_NATS_USER="x") == []
