"""Secrets are made once."""

import json
import stat
from pathlib import Path

import pytest

from ventanilla_contracts.broker_rights import permissions
from ventanilla_devstack.credentials import load_credentials, store_credentials
from ventanilla_devstack.errors import Unsuitable


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first = load_credentials(tmp_path / "secrets.json")
    first.token = "token"
    store_credentials(tmp_path / "secrets.json", first)

    assert load_credentials(tmp_path / "secrets.json") == first
    assert set(first.nats) == {user.user for user in permissions()}
    assert len({*first.nats.values(), first.postgres, first.tickets_secret}) == len(first.nats) + 2
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_user_that_is_new_in_the_topology_gets_a_password(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    kept = load_credentials(path)
    content = json.loads(path.read_text())
    del content["nats"]["router"]
    path.write_text(json.dumps(content))

    again = load_credentials(path)

    assert again.nats["router"] != kept.nats["router"]
    assert again.nats["tickets"] == kept.nats["tickets"]


def test_a_desk_from_before_there_was_slack_gets_its_secrets_once(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    before = load_credentials(path)
    content = json.loads(path.read_text())
    del content["slack"], content["chat_token"]
    path.write_text(json.dumps(content))

    first = load_credentials(path)

    assert load_credentials(path) == first
    assert first.postgres == before.postgres
    assert first.slack["bot_token"].startswith("xoxb-")
    assert first.slack["app_token"].startswith("xapp-")
    assert len({*first.slack.values(), *before.slack.values()}) == 2 * len(first.slack)


@pytest.mark.parametrize("content", ["", "{", '{"stranger": 1}', "[]"])
def test_a_broken_file_is_named_and_not_overwritten(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content)

    with pytest.raises(Unsuitable, match=r"secrets.json cannot be read"):
        load_credentials(path)
    assert path.read_text() == content
