"""Tokens of settings fit into a header, or their setting is named."""

import pytest
from pydantic_settings import SettingsConfigDict

from ventanilla_runtime.bearer import BearerToken
from ventanilla_runtime.settings import ServiceSettings, SettingsWrong, usable


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="PORTAL_")

    tickets_token: BearerToken
    other_token: BearerToken | None = None


@pytest.mark.parametrize("around", ["vnt_abc\n", " vnt_abc\r\n", "vnt_abc"])
def test_a_line_end_that_echo_wrote_into_the_secret_is_taken_away(around: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_TICKETS_TOKEN", around)
    assert usable(Settings).tickets_token.get_secret_value() == "vnt_abc"


@pytest.mark.parametrize("token", ["vnt_abc\nx", "vnt_abc x", "vnt_abcé", "vnt_abc\x00x", " \n"])
def test_what_no_header_can_carry_is_refused_by_its_name_and_not_repeated(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", {"PORTAL_TICKETS_TOKEN": "vnt_1", "PORTAL_OTHER_TOKEN": token})
    with pytest.raises(SettingsWrong) as refused:
        usable(Settings)
    assert str(refused.value).startswith("PORTAL_OTHER_TOKEN: must be a token as it was printed")
    assert "vnt_" not in str(refused.value)
