"""One NATS and one Postgres by plain manifests, and the certificate of the three: what a desk relies on."""

import fnmatch
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from typer.testing import CliRunner

from deploy.release import needed
from tests.support.broker_secrets import secrets
from tests.support.chart import REPOSITORY, Manifest, container, deployment, environment, of_kind, render, text
from tests.support.kubernetes_kinds import check
from tests.support.pod_security import violations
from ventanilla_contracts.broker_rights import permissions
from ventanilla_devstack.nats_server import NatsServer
from ventanilla_runtime.__main__ import app
from ventanilla_runtime.topology import server_users

_DEPLOY = REPOSITORY / "deploy"
_ONE_NODE = _DEPLOY / "values" / "one-node"


def ground(what: str) -> list[Manifest]:
    """The objects of `deploy/<what>/plain.yaml`."""
    return list(yaml.safe_load_all((_DEPLOY / what / "plain.yaml").read_text(encoding="utf-8")))


def told(name: str) -> Any:
    """Values of one small node."""
    return yaml.safe_load((_ONE_NODE / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("what", ["nats", "postgres"])
def test_kubernetes_takes_it_also_in_a_restricted_namespace(what: str) -> None:
    objects = ground(what)
    for one in objects:
        check(one)
    (server,) = of_kind(objects, "StatefulSet")
    assert violations(server["spec"]["template"]) == []
    assert container(server["spec"]["template"])["securityContext"]["readOnlyRootFilesystem"] is True
    services = of_kind(objects, "Service")
    (governing,) = [one for one in services if one["metadata"]["name"] == server["spec"]["serviceName"]]
    assert governing["spec"]["clusterIP"] == "None"
    for service in services:
        assert service["spec"]["selector"].items() <= server["spec"]["template"]["metadata"]["labels"].items()


def test_every_secret_that_it_mounts_is_one_that_the_steps_make() -> None:
    for what, secret in (("nats", "nats-users"), ("postgres", "desk-app")):
        source = (_DEPLOY / what / "plain.yaml").read_text(encoding="utf-8")
        assert {name for kind, name, _ in needed(source) if kind == "Secret"} == {secret}, what
    assert "nats-users" in secrets()


class PlainServer(NatsServer):
    """A nats-server with the configuration of the manifest, on a port and in a folder of its own."""

    def _configuration(self) -> str:
        (config,) = of_kind(ground("nats"), "ConfigMap")
        here = {"0.0.0.0:4222": f"127.0.0.1:{self.port}", "0.0.0.0:8222": "127.0.0.1:-1", "/data": str(self.store)}
        written = str(config["data"]["nats.conf"])
        for there, instead in here.items():
            assert written.count(there) == 1
            written = written.replace(there, json.dumps(instead))
        return written


def test_the_broker_of_one_small_node_takes_the_topology_and_its_users_with_exactly_their_rights(
    tmp_path: Path,
) -> None:
    made = secrets("--namespace", "desk")
    passwords = made["ventanilla-nats"]
    assert made["nats-users"]["users.conf"] == server_users(passwords)
    assert set(passwords) == {user.user for user in permissions()}
    (tmp_path / "users.conf").write_text(made["nats-users"]["users.conf"], encoding="utf-8")
    server = PlainServer(tmp_path, passwords)
    server.start()
    try:
        values = told("topology")["topology"]
        size = ("--storage-bytes", str(values["storageBytes"]), "--replicas", str(values["replicas"]))
        environment = {"VENTANILLA_NATS_URL": server.url("topology")}
        for command in ("apply", "check"):
            done = CliRunner().invoke(app, ["topology", command, *size], env=environment)
            assert done.exit_code == 0, done.output
        stranger = {"VENTANILLA_NATS_URL": server.address}
        assert CliRunner().invoke(app, ["topology", "check", *size], env=stranger).exit_code == 1
    finally:
        server.stop()


def test_services_of_one_small_node_find_broker_and_database_where_the_manifests_put_them() -> None:
    doors = {
        one["metadata"]["name"]: {port["port"] for port in one["spec"]["ports"]}
        for what in ("nats", "postgres")
        for one in of_kind(ground(what), "Service")
    }
    pod = deployment(render("tickets", _DEPLOY / "values" / "tickets.yaml", _ONE_NODE / "common.yaml"))
    broker = urlsplit(environment(pod["spec"]["template"])["TICKETS_NATS_URL"])
    assert broker.port in doors[str(broker.hostname)]
    said = (_DEPLOY / "postgres" / "plain.yaml").read_text(encoding="utf-8").partition("apiVersion")[0]
    given = {word.split("=")[1]: word.split("=")[2] for word in said.split() if word.startswith("--from-literal=")}
    values = yaml.safe_load((_DEPLOY / "values" / "tickets.yaml").read_text(encoding="utf-8"))
    assert values["postgres"]["existingSecret"] == "desk-app"
    assert int(given["port"]) in doors[given["host"]]
    rendered = text("tickets", _DEPLOY / "values" / "tickets.yaml")
    keys = {key for _, name, key in needed(rendered) if name == "desk-app"}
    assert keys == set(given)


def test_servers_of_the_cluster_have_a_certificate_for_every_name_that_they_are_called_by() -> None:
    source = (_DEPLOY / "nats" / "certificate.yaml").read_text(encoding="utf-8")
    (found,) = [one for one in yaml.safe_load_all(source) if one["metadata"]["name"] == "nats-tls" and one["spec"]]
    names = found["spec"]["dnsNames"]
    values = yaml.safe_load((_DEPLOY / "nats" / "values.yaml").read_text(encoding="utf-8"))
    config = values["config"]
    assert {
        values["tlsCA"]["secretName"],
        config["cluster"]["tls"]["secretName"],
        config["nats"]["tls"]["secretName"],
    } == {found["spec"]["secretName"]}
    assert config["cluster"]["merge"]["tls"]["verify"] is True
    assert {"server auth", "client auth"} <= set(found["spec"]["usages"])
    routes = [f"nats-{number}.nats-headless" for number in range(config["cluster"]["replicas"])]
    page = (REPOSITORY / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    asked = urlsplit(page.partition('url: "')[2].partition('"')[0])
    assert (asked.scheme, asked.hostname) == ("tls", "nats.desk.svc")
    for name in [*routes, f"{routes[0]}.desk.svc.cluster.local", str(asked.hostname), "nats"]:
        # As TLS reads it: a star stands for one label.
        assert any(name.count(".") == one.count(".") and fnmatch.fnmatch(name, one) for one in names), name


def test_the_section_about_one_small_node_makes_every_secret_that_its_releases_need() -> None:
    page = (REPOSITORY / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    section = page.partition("### On one small node")[2].partition("\n### ")[0]
    made = {*re.findall(r"create secret generic (\S+)", section), *secrets()}
    assert "ventanilla topology secrets --namespace desk | kubectl create -f -" in section
    (services,) = re.findall(r'SERVICES="([^"]*)"', section)
    for service in services.split():
        own = [path for path in (_ONE_NODE / "common.yaml", _ONE_NODE / f"{service}.yaml") if path.exists()]
        rendered = text(service, _DEPLOY / "values" / f"{service}.yaml", *own)
        assert {name for _, name, _ in needed(rendered)} <= made, service
    for manifest in re.findall(r"-f (deploy/\S+/plain\.yaml)", section):
        named = {name for kind, name, _ in needed((REPOSITORY / manifest).read_text(encoding="utf-8"))}
        assert named <= made, manifest
