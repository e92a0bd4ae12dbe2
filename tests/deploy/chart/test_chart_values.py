"""What an operator says in values is what comes out, or it is refused."""

import re
import subprocess
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.support.chart import (
    CHART,
    REPOSITORY,
    Manifest,
    Refused,
    container,
    deployment,
    environment,
    of_kind,
    pods,
    render,
    shaped,
    text,
    values_of,
)
from tests.support.kubernetes_tools import find_helm
from tests.support.pod_security import violations

_DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def made(service: str, kind: str, **values: Any) -> list[Manifest]:
    """Objects of a kind of a release with these values on top of its own."""
    return of_kind(render(service, *values_of(service, "default"), values), kind)


def test_a_release_that_does_not_say_how_many_pods_leaves_what_kubectl_scale_has_said() -> None:
    assert "replicas" not in deployment(render("router", *values_of("router", "default"), {"replicas": None}))["spec"]


def test_releases_whose_long_names_begin_alike_have_objects_of_their_own() -> None:
    stem = "customer-support-acme-production-eu-west1"
    names = {deployment(shaped("router", "default", release=f"{stem}-{end}"))["metadata"]["name"] for end in "ab"}
    assert len(names) == 2
    assert all(len(name) == 40 for name in names)
    (backup,) = of_kind(shaped("topology", "full", release=f"{stem}-a"), "CronJob")
    assert len(backup["metadata"]["name"]) <= 52


def test_a_budget_that_names_nothing_is_refused_since_no_node_could_be_drained() -> None:
    with pytest.raises(Refused, match=r"neither maxUnavailable nor minAvailable.*enabled: false"):
        made("router", "PodDisruptionBudget", podDisruptionBudget={"maxUnavailable": None})
    assert made("router", "PodDisruptionBudget", podDisruptionBudget={"maxUnavailable": None, "enabled": False}) == []


def test_what_a_label_calls_the_version_is_what_runs() -> None:
    def version(**image: str) -> str:
        (one,) = made("router", "Deployment", image=image)
        return str(one["metadata"]["labels"]["app.kubernetes.io/version"])

    assert version(tag="1.2.3") == "1.2.3"
    assert version(tag="1.2.3", digest=_DIGEST) == "sha256-0123456789ab"


@pytest.mark.parametrize(
    ("values", "nats", "postgres"),
    [
        ({}, {4222}, {5432}),
        ({"nats": {"url": "tls://a:4223,tls://b:4223,nats://c"}, "postgres": {"port": 6432}}, {4223, 4222}, {6432}),
        ({"networkPolicy": {"natsPort": 14222, "postgresPort": 15432}}, {14222}, {15432}),
    ],
)
def test_a_network_policy_lets_through_to_where_broker_and_database_are(
    values: dict[str, Any], nats: set[int], postgres: set[int]
) -> None:
    policy = {"enabled": True, "outsidePorts": [443], **values.get("networkPolicy", {})}
    (found,) = made("tickets", "NetworkPolicy", **{**values, "networkPolicy": policy})
    ports = {port["port"] for rule in found["spec"]["egress"] for port in rule["ports"]}
    assert ports == {53, 443, 8080, *nats, *postgres}


def test_the_databases_authority_may_be_a_config_map() -> None:
    ca = {"existingConfigMap": "rds", "key": "global-bundle.pem"}
    objects = render("tickets", *values_of("tickets", "default"), {"postgres": {"ca": ca}})
    pod = deployment(objects)["spec"]["template"]
    assert environment(pod)["TICKETS_POSTGRES_TLS_CA"] == "/etc/ventanilla/postgres-ca/global-bundle.pem"
    assert environment(pod)["TICKETS_POSTGRES_SSLMODE"] == "verify-full"
    (volume,) = [one for one in pod["spec"]["volumes"] if one["name"] == "postgres-ca"]
    assert volume["configMap"]["name"] == "rds"
    with pytest.raises(Refused, match="a whole address says itself"):
        made("tickets", "Job", postgres={"keys": {"uri": "uri"}, "ca": ca})


def test_a_job_that_has_ended_runs_again_when_somebody_says_so() -> None:
    names = {
        made("topology", "Job", jobs={"revision": why})[0]["metadata"]["name"] for why in ("", "the disk was lost")
    }
    assert len(names) == 2


@pytest.mark.parametrize(("keep", "words"), [(30, ["--keep", "30"]), (None, [])])
def test_old_backups_are_removed_by_the_next_unless_all_are_to_stay(keep: int | None, words: list[str]) -> None:
    (one,) = made("topology", "CronJob", backup={"enabled": True, "existingClaim": "b", "keep": keep})
    command = container(one["spec"]["jobTemplate"]["spec"]["template"])["command"]
    assert command[:3] == ["ventanilla", "backup", "take"]
    assert command[5:] == words


def test_whoever_restores_has_a_pod_with_all_that_the_commands_need() -> None:
    assert not [name for name, _ in pods(shaped("tickets", "default")) if name.endswith("-restore")]
    values = {
        "restore": {"enabled": True, "existingClaim": "backups"},
        "nats": {"url": "tls://nats:4222", "ca": {"existingSecret": "nats-tls"}},
        "migrate": {"postgres": {"existingSecret": "desk-owner"}},
        "erasure": {"natsPassword": {"existingSecret": "ventanilla-nats"}},
    }
    (pod,) = [one for one in made("tickets", "Pod", **values) if one["metadata"]["name"] == "tickets-restore"]
    assert violations(pod) == []
    told = environment(pod)
    assert told["VENTANILLA_NATS_URL"] == told["TICKETS_NATS_URL"] == "tls://nats:4222"
    assert told["VENTANILLA_NATS_TLS_CA"] == "/etc/ventanilla/nats-ca/ca.crt"
    assert (told["VENTANILLA_NATS_USER"], told["TICKETS_NATS_USER"]) == ("operator", "tickets")
    mounted = {
        f"/run/secrets/ventanilla/{item['path']}": (source["secret"]["name"], item["key"])
        for volume in pod["spec"]["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
        for item in source["secret"]["items"]
    }
    assert mounted[told["VENTANILLA_NATS_PASSWORD_FILE"]] == ("ventanilla-nats", "operator")
    assert mounted[told["TICKETS_PRIVACY_NATS_PASSWORD_FILE"]] == ("ventanilla-nats", "privacy")
    assert mounted[told["TICKETS_POSTGRES_PASSWORD_FILE"]] == ("desk-owner", "password")
    assert mounted[told["TICKETS_SECRET_FILE"]] == ("ventanilla-tickets", "secret")
    assert {"name": "backups", "mountPath": "/backups"} in container(pod)["volumeMounts"]
    with pytest.raises(Refused, match=r"restore\.existingClaim is missing"):
        text("tickets", *values_of("tickets", "default"), {"restore": {"enabled": True}})


def notes(service: str, *words: str) -> str:
    """What helm says after a release."""
    values = REPOSITORY / "deploy" / "values" / f"{service}.yaml"
    done = subprocess.run(
        [find_helm(), "install", service, CHART, "-n", "desk", "--dry-run=client", "-f", values, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.partition("\nNOTES:\n")[2]


@pytest.mark.parametrize(
    ("service", "settings"),
    [
        ("intake-email", "settings.mailboxes"),
        ("intake-phone", "settings.publicUrl, settings.twilioAccountSid"),
        ("prober", "settings.mailTo"),
    ],
)
def test_whoever_releases_with_the_examples_addresses_is_told(service: str, settings: str) -> None:
    assert f"STILL THE EXAMPLE'S, and of use to nobody: {settings}." in notes(service)


def test_whoever_leaves_customers_without_working_links_is_told() -> None:
    said = notes("tickets")
    assert "CUSTOMERS CANNOT OPEN THE LINKS" in said
    assert "settings.mailboxes" in said
    assert "from ventanilla/tickets:" in said
    words = ("--set", "settings.statusUrl=https://desk.acme.org/s", "--set", "settings.mailboxes={soporte@acme.org}")
    said = notes("tickets", *words, "--set", f"image.digest={_DIGEST}")
    assert "CUSTOMERS" not in said
    assert "mailboxes" not in said
    assert f"from ventanilla/tickets@{_DIGEST}" in said


def test_whoever_lets_no_channel_of_slack_be_heard_is_told() -> None:
    assert "settings.slackChannels, the ids of the channels in which customers ask, is not set." in notes("intake-chat")
    assert "slackChannels" not in notes("intake-chat", "--set", "settings.slackChannels={C0123ABCD}")


def test_the_command_by_which_the_page_makes_the_pod_of_a_restore_makes_it_and_nothing_else() -> None:
    page = (REPOSITORY / "docs" / "backup.md").read_text(encoding="utf-8")
    command = page.partition("\nhelm template ")[2].partition(" | kubectl apply")[0].replace("\\\n", " ")
    words = re.sub(r"-f ours/\S+", "", command).split()
    done = subprocess.run(
        [find_helm(), "template", *words], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True
    )
    (pod,) = [one for one in yaml.safe_load_all(done.stdout) if one]
    assert (pod["kind"], pod["metadata"]["name"]) == ("Pod", "tickets-restore")
    assert violations(pod) == []
    kubernetes_validate.validate(pod, "1.36", strict=True)
