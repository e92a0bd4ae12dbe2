from pathlib import Path

import pytest
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from ventanilla_runtime.settings import WRONG_SETTINGS, ServiceSettings, explain, read_or_end


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ROUTER_", extra="ignore", frozen=True)

    secret: SecretStr = SecretStr("default")
    mailboxes: tuple[str, ...] = ()
    size: int = 1


def test_everything_has_a_sensible_default() -> None:
    settings = Settings()
    assert settings.nats_url == "nats://127.0.0.1:4222"
    assert settings.prefix == "desk"
    assert settings.http_host == "127.0.0.1"


def test_a_variable_with_the_service_name_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_NATS_URL", "nats://a:4222,nats://b:4222")
    monkeypatch.setenv("TICKETS_PREFIX", "other")
    monkeypatch.setenv("PREFIX", "other")
    settings = Settings()
    assert settings.nats_url == "nats://a:4222,nats://b:4222"
    assert settings.prefix == "desk"


def test_a_secret_comes_from_the_file_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("contraseña con espacios \n")
    monkeypatch.setenv("ROUTER_NATS_PASSWORD_FILE", str(file))
    password = Settings().nats_password
    assert password
    assert password.get_secret_value() == "contraseña con espacios"


def test_a_variable_goes_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("from the file")
    monkeypatch.setenv("ROUTER_SECRET_FILE", str(tmp_path / "secret"))
    assert Settings().secret.get_secret_value() == "from the file"
    monkeypatch.setenv("ROUTER_SECRET", "from the variable")
    assert Settings().secret.get_secret_value() == "from the variable"


def test_an_argument_goes_before_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_SIZE", "2")
    assert Settings(size=3).size == 3


def test_an_empty_file_variable_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_SECRET_FILE", "")
    assert Settings().secret.get_secret_value() == "default"


def test_an_empty_file_counts_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text(" \n")
    monkeypatch.setenv("ROUTER_SECRET_FILE", str(tmp_path / "secret"))
    assert Settings().secret.get_secret_value() == "default"


def test_a_file_that_cannot_be_read_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_NATS_PASSWORD_FILE", "/nothing/here")
    with pytest.raises(ValueError, match="ROUTER_NATS_PASSWORD_FILE: cannot read /nothing/here: No such file"):
        Settings()


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_SECRET", "hush")
    assert "hush" not in repr(Settings())


@pytest.mark.parametrize("port", ["-1", "65536", "99999"])
def test_a_port_that_there_is_not_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_HTTP_PORT", port)
    with pytest.raises(ValidationError) as failed:
        Settings()
    assert explain(failed.value, "ROUTER_").startswith("ROUTER_HTTP_PORT: Input should be ")


@pytest.mark.parametrize("port", ["0", "1", "65535"])
def test_a_port_or_any_free_one_is_taken(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_HTTP_PORT", port)
    assert Settings().http_port == int(port)


def test_what_is_wrong_is_explained_in_a_line_for_each_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_SIZE", "big")
    monkeypatch.setenv("ROUTER_HTTP_PORT", "8004x")
    with pytest.raises(ValidationError) as failed:
        Settings()
    lines = explain(failed.value, "ROUTER_").splitlines()
    assert [line.split(":")[0] for line in lines] == ["ROUTER_HTTP_PORT", "ROUTER_SIZE"]
    assert "valid integer" in lines[1]
    assert "big" not in lines[1], "a wrong secret must not be repeated"


def test_a_certificate_for_the_broker_needs_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_NATS_TLS_CERT", "/run/tls.crt")
    with pytest.raises(ValidationError) as failed:
        Settings()
    says = "ROUTER_NATS_TLS_CERT and ROUTER_NATS_TLS_KEY belong together: set both or none"
    assert explain(failed.value, "ROUTER_") == says


class TestReadOrEnd:
    def test_settings_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ROUTER_SIZE", "3")
        assert read_or_end(Settings, "router").size == 3
        assert read_or_end(Settings, "router", size=4).size == 4

    def test_each_that_is_wrong_has_a_line_with_its_variable_and_what_it_should_be(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("ROUTER_SIZE", "hush")
        monkeypatch.setenv("ROUTER_HTTP_PORT", "-1")
        with pytest.raises(SystemExit) as ended:
            read_or_end(Settings, "router")

        assert ended.value.code == WRONG_SETTINGS == 2
        assert capsys.readouterr().err.splitlines() == [
            "router: ROUTER_HTTP_PORT: Input should be greater than or equal to 0",
            "router: ROUTER_SIZE: Input should be a valid integer, unable to parse string as an integer",
            "router: the README of router lists all settings",
        ]

    def test_a_file_that_cannot_be_read_ends_it_alike(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("ROUTER_SECRET_FILE", "/nothing/here")
        with pytest.raises(SystemExit) as ended:
            read_or_end(Settings, "router")

        assert ended.value.code == WRONG_SETTINGS
        assert "router: ROUTER_SECRET_FILE: cannot read /nothing/here: No such file" in capsys.readouterr().err

    def test_one_that_is_not_set_says_both_ways_to_give_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        class Strict(Settings):
            token: SecretStr

        with pytest.raises(SystemExit):
            read_or_end(Strict, "router")

        says = "router: ROUTER_TOKEN: must be set, or ROUTER_TOKEN_FILE to a file that holds it"
        assert says in capsys.readouterr().err

    def test_a_file_that_is_empty_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        class Strict(Settings):
            token: SecretStr = Field(min_length=1)

        (tmp_path / "token").write_text("\n")
        monkeypatch.setenv("ROUTER_TOKEN_FILE", str(tmp_path / "token"))
        with pytest.raises(SystemExit):
            read_or_end(Strict, "router")

        says = f"router: ROUTER_TOKEN: {tmp_path / 'token'}, which ROUTER_TOKEN_FILE names, is empty"
        assert says in capsys.readouterr().err
