"""The values for the official chart of NATS, and the Secrets that its users come from."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from typer.testing import CliRunner

from tests.support.broker_secrets import secrets
from tests.support.chart import REPOSITORY
from ventanilla_contracts.broker_rights import permissions
from ventanilla_devstack.nats_server import find_nats_server
from ventanilla_runtime.__main__ import app

_VALUES = REPOSITORY / "deploy" / "nats" / "values.yaml"


def _of_the_chart(values: Any) -> dict[str, Any]:
    """The server's configuration that the official chart makes of these values, for one server."""
    config = values["config"]
    jetstream = config["jetstream"]
    return {
        "jetstream": {
            "store_dir": "./data",
            "max_memory_store": 0,
            "max_file_store": jetstream["fileStore"]["maxSize"],
            **jetstream["merge"],
        },
        "tls": {"cert_file": "tls.crt", "key_file": "tls.key", "ca_file": "ca.crt", **config["nats"]["tls"]["merge"]},
        **config["merge"],
    }


def _written(config: dict[str, Any]) -> str:
    """As that chart writes it: JSON, in which `<< x >>` loses its quotes and `00$include` is the directive."""
    text = json.dumps(config, indent=1)
    for mark, bare in (('"<< ', ""), (' >>"', "")):
        text = text.replace(mark, bare)
    lines = [
        f"include {line.split(':', 1)[1].strip().rstrip(',')};" if "$include" in line else line
        for line in text.strip()[1:-1].splitlines()
    ]
    return "\n".join(lines).replace('"40Gi"', "40Gi")


def test_the_server_takes_its_configuration_with_users_that_have_exactly_their_rights(tmp_path: Path) -> None:
    made = secrets("--namespace", "desk")
    (tmp_path / "nats-config").mkdir()
    (tmp_path / "nats-users").mkdir()
    (tmp_path / "nats-users" / "users.conf").write_text(made["nats-users"]["users.conf"], encoding="utf-8")
    authority = trustme.CA()
    certificate = authority.issue_cert("nats.desk.svc")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "nats-config" / "tls.crt")
    certificate.private_key_pem.write_to_path(tmp_path / "nats-config" / "tls.key")
    authority.cert_pem.write_to_path(tmp_path / "nats-config" / "ca.crt")
    conf = tmp_path / "nats-config" / "nats.conf"
    conf.write_text(_written(_of_the_chart(yaml.safe_load(_VALUES.read_text(encoding="utf-8")))), encoding="utf-8")
    done = subprocess.run(
        [find_nats_server(), "-t", "-c", conf], cwd=conf.parent, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "sync_interval" in conf.read_text()
    assert '"authorization' not in conf.read_text()


def test_the_broker_is_three_servers_that_sync_every_write() -> None:
    config = yaml.safe_load(_VALUES.read_text(encoding="utf-8"))["config"]
    assert config["cluster"]["replicas"] == 3
    assert config["jetstream"]["merge"]["sync_interval"] == "always"
    chart = yaml.safe_load((REPOSITORY / "deploy" / "chart" / "values.yaml").read_text(encoding="utf-8"))
    assert chart["topology"]["replicas"] == 3
    assert (
        chart["topology"]["storageBytes"]
        < 40 * 1024**3
        == int(config["jetstream"]["fileStore"]["maxSize"][:-2]) * 1024**3
    )


def test_one_server_on_a_small_node_has_room_for_what_the_topology_is_told_there() -> None:
    config = yaml.safe_load((REPOSITORY / "deploy" / "nats" / "one-server.yaml").read_text(encoding="utf-8"))["config"]
    assert (config["cluster"]["enabled"], config["nats"]["tls"]["enabled"]) == (False, False)
    folder = REPOSITORY / "deploy" / "values" / "one-node"
    told = yaml.safe_load((folder / "topology.yaml").read_text(encoding="utf-8"))["topology"]
    assert told["replicas"] == 1
    assert told["storageBytes"] < int(config["jetstream"]["fileStore"]["maxSize"][:-2]) * 1024**3


def test_each_user_gets_a_long_password_of_its_own_and_an_upgrade_keeps_it() -> None:
    made = secrets()
    passwords = made["ventanilla-nats"]
    assert set(passwords) == {user.user for user in permissions()}
    assert len(set(passwords.values())) == len(passwords)
    assert all(
        len(password) >= 40 and json.dumps(password) in made["nats-users"]["users.conf"]
        for password in passwords.values()
    )
    assert secrets()["ventanilla-nats"] != passwords

    def encoded(content: dict[str, str]) -> str:
        return json.dumps({"data": {key: base64.b64encode(value.encode()).decode() for key, value in content.items()}})

    older = {user: password for user, password in passwords.items() if user != "router"}
    kept = secrets("--keep", given=encoded(older))["ventanilla-nats"]
    assert {user: kept[user] for user in older} == older
    assert len(kept["router"]) >= 40


def test_a_password_is_kept_as_the_services_read_it_and_keys_of_ones_own_stay() -> None:
    """From a Secret made of a file, or by a store that ends each text with a line."""
    data = {"router": base64.b64encode(b"pw\n").decode(), "mine": base64.b64encode(b"mine\n").decode()}
    kept = secrets("--keep", given=json.dumps({"data": data}))
    assert (kept["ventanilla-nats"]["router"], kept["ventanilla-nats"]["mine"]) == ("pw", "mine\n")
    assert '"password": "pw"' in kept["nats-users"]["users.conf"]


@pytest.mark.parametrize("given", ["", "no json", "{}", '{"data": {"router": "%%%"}}', '{"data": {"router": 7}}', "[]"])
def test_what_is_no_secret_is_refused_without_showing_it(given: str) -> None:
    done = CliRunner().invoke(app, ["topology", "secrets", "--keep"], input=given)
    assert done.exit_code == 1
    assert "kubectl get secret ventanilla-nats -o json" in done.output
    assert "%%%" not in done.output


def test_every_password_that_a_release_mounts_is_one_of_them() -> None:
    known = {user.user for user in permissions()}
    for path in (REPOSITORY / "deploy" / "values").glob("*.yaml"):
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        sources = [values.get("secrets", {}).get("natsPassword"), values.get("rules", {}).get("natsPassword")]
        assert all(one["key"] in known and one["existingSecret"] == "ventanilla-nats" for one in sources if one), (
            path.name
        )
