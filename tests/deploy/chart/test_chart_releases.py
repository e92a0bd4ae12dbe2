"""Each release stands for itself: it is changed, rolled back and scaled without touching another."""

import hashlib
import re
import subprocess
import tomllib
from collections import Counter

import pytest
import yaml

from deploy.chart_generator.services import SERVICES
from tests.support.chart import (
    CHART,
    REPOSITORY,
    SERVERS,
    SHAPES,
    Refused,
    container,
    deployment,
    forget,
    of_kind,
    pods,
    render,
    shaped,
    text,
    values_of,
)
from tests.support.kubernetes_tools import find_helm
from ventanilla_contracts.topology import CONSUMERS
from ventanilla_runtime.stopping import MARGIN_SECONDS, StopBudget

_LONGEST = "r" + "x" * 52


def selected(selector: dict[str, str], labels: dict[str, str]) -> bool:
    """Whether a selector finds a pod."""
    return selector.items() <= labels.items()


@pytest.mark.parametrize("service", SERVICES)
def test_the_same_values_render_the_same_text(service: str) -> None:
    first = text(service, *values_of(service, "full"))
    forget()
    assert text(service, *values_of(service, "full")) == first


@pytest.mark.parametrize("service", SERVERS)
def test_what_pods_are_selected_by_never_changes(service: str) -> None:
    for shape in SHAPES:
        made = deployment(shaped(service, shape, release="mine"))
        assert made["spec"]["selector"] == {
            "matchLabels": {
                "app.kubernetes.io/name": service,
                "app.kubernetes.io/instance": "mine",
                "app.kubernetes.io/component": "server",
            }
        }
        assert selected(made["spec"]["selector"]["matchLabels"], made["spec"]["template"]["metadata"]["labels"])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("service", SERVERS)
def test_no_pod_of_a_job_or_a_test_gets_what_is_meant_for_the_service(service: str, shape: str) -> None:
    objects = shaped(service, shape)
    selectors = [one["spec"]["selector"] for one in of_kind(objects, "Service")]
    selectors += [one["spec"]["selector"]["matchLabels"] for one in of_kind(objects, "PodDisruptionBudget")]
    for name, pod in pods(objects):
        is_server = name.startswith("Deployment")
        assert all(selected(one, pod["metadata"]["labels"]) == is_server for one in selectors), name


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("service", SERVICES)
def test_two_releases_of_one_service_do_not_meet_in_a_namespace(service: str, shape: str) -> None:
    one, other = (shaped(service, shape, release=release) for release in ("blue", "green"))
    names = Counter((made["apiVersion"], made["kind"], made["metadata"]["name"]) for made in [*one, *other])
    assert [name for name, times in names.items() if times > 1] == []
    selectors = [made["spec"]["selector"] for made in of_kind(one, "Service")]
    assert not any(selected(selector, pod["metadata"]["labels"]) for _, pod in pods(other) for selector in selectors)


@pytest.mark.parametrize("service", SERVICES)
def test_names_stay_within_what_kubernetes_allows(service: str) -> None:
    for made in shaped(service, "full", release=_LONGEST):
        assert len(made["metadata"]["name"]) <= 63
        assert all(len(value) <= 63 for value in made["metadata"].get("labels", {}).values())


def test_a_release_whose_name_no_service_could_have_still_gives_services_theirs() -> None:
    for made in shaped("tickets", "default", release="24h.desk"):
        assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", made["metadata"]["name"])


@pytest.mark.parametrize("service", SERVICES)
def test_everything_lies_in_the_namespace_of_the_release(service: str) -> None:
    for made in shaped(service, "full", namespace="elsewhere"):
        assert made["metadata"].get("namespace", "elsewhere") == "elsewhere"


@pytest.mark.parametrize(("service", "component"), [("topology", "apply"), ("tickets", "migrate"), ("router", "rules")])
def test_a_job_has_another_name_whenever_it_would_run_something_else(service: str, component: str) -> None:
    base = values_of(service, "full")

    def job(*changes: dict[str, object], release: str = "") -> str:
        (made,) = of_kind(render(service, *base, *changes, release=release), "Job")
        assert f"-{component}-" in made["metadata"]["name"]
        return str(made["metadata"]["name"])

    assert job() == job({"serviceMonitor": {"enabled": False}}) == job({"podAnnotations": {"a": "b"}})
    changed = [
        job({"image": {"tag": "9.9.9"}}),
        job({"jobs": {"backoffLimit": 1}}),
        job({"jobs": {"resources": {"limits": {"memory": "1Gi"}}}}),
        job({"tolerations": [{"operator": "Exists"}]}),
        job(release="other"),
    ]
    assert len({job(), *changed}) == len(changed) + 1


@pytest.mark.parametrize("service", ["topology", "tickets", "router"])
def test_a_job_is_an_ordinary_object_that_ends_by_itself(service: str) -> None:
    (made,) = of_kind(shaped(service, "full"), "Job")
    assert not any(key.startswith("helm.sh/hook") for key in made["metadata"].get("annotations", {}))
    assert made["spec"]["activeDeadlineSeconds"] > 600
    assert made["spec"]["backoffLimit"] == 6
    assert made["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    command = container(made["spec"]["template"])["command"]
    assert command[command.index("--wait") + 1] == "600"


@pytest.mark.parametrize(("service", "final"), [("topology", [3]), ("tickets", []), ("router", [1])])
def test_a_job_that_would_end_the_same_way_is_not_tried_again_and_one_that_was_evicted_is(
    service: str, final: list[int]
) -> None:
    (made,) = of_kind(shaped(service, "full"), "Job")
    evicted, *others = made["spec"]["podFailurePolicy"]["rules"]
    assert evicted == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    assert [(one["action"], one["onExitCodes"]["values"]) for one in others] == ([("FailJob", final)] if final else [])
    for one in others:
        assert one["onExitCodes"]["containerName"] == container(made["spec"]["template"])["name"]


def test_all_releases_of_one_small_node_ask_for_less_than_half_a_processor_and_two_gibibytes() -> None:
    cpu, memory = 0, 0
    for service in SERVICES:
        folder = REPOSITORY / "deploy" / "values"
        own = folder / "one-node" / f"{service}.yaml"
        values = [folder / f"{service}.yaml", folder / "one-node" / "common.yaml", *([own] if own.exists() else [])]
        for made in of_kind(render(service, *values), "Deployment"):
            asked = container(made["spec"]["template"])["resources"]["requests"]
            cpu += int(asked["cpu"].removesuffix("m")) * made["spec"]["replicas"]
            memory += int(asked["memory"].removesuffix("Mi")) * made["spec"]["replicas"]
    assert (cpu < 500, memory < 2048) == (True, True), (cpu, memory)


def test_by_default_a_job_stays_for_those_who_compare_with_git() -> None:
    (made,) = of_kind(shaped("topology", "default"), "Job")
    assert "ttlSecondsAfterFinished" not in made["spec"]


def test_the_migration_is_done_by_the_owner_of_the_database_where_there_is_one() -> None:
    objects = shaped("tickets", "existing-secrets")
    (job,) = of_kind(objects, "Job")

    def secrets(pod: dict[str, object]) -> set[str]:
        return {
            source["secret"]["name"]
            for volume in pod["spec"]["volumes"]  # type: ignore[index]  # a manifest
            for source in volume.get("projected", {}).get("sources", [])
        }

    assert secrets(job["spec"]["template"]) == {"desk-owner"}
    own = secrets(deployment(objects)["spec"]["template"])
    assert own == {"desk-app", "ventanilla-nats", "ventanilla-tickets"}


def test_the_owner_of_the_database_migrates_though_another_user_is_named_plainly() -> None:
    values = {
        "postgres": {"host": "pg.db.svc", "user": "serves", "database": "desk"},
        "migrate": {"postgres": {"existingSecret": "desk-owner"}},
    }
    objects = render("tickets", *values_of("tickets", "default"), values)
    (job,) = of_kind(objects, "Job")
    told = {one["name"]: one["value"] for one in container(job["spec"]["template"])["env"]}
    assert "TICKETS_POSTGRES_USER" not in told
    assert told["TICKETS_POSTGRES_USER_FILE"].endswith("/postgres_user")
    assert told["TICKETS_POSTGRES_DATABASE"] == "desk"
    own = {one["name"]: one["value"] for one in container(deployment(objects)["spec"]["template"])["env"]}
    assert own["TICKETS_POSTGRES_USER"] == "serves"


def test_backups_go_into_a_new_folder_each_time_and_by_a_user_who_can_only_read() -> None:
    (made,) = of_kind(shaped("topology", "full"), "CronJob")
    pod = made["spec"]["jobTemplate"]["spec"]["template"]
    assert container(pod)["command"][:4] == ["ventanilla", "backup", "take", "/backups/$(POD_NAME)"]
    assert {"name": "VENTANILLA_NATS_USER", "value": "backup"} in container(pod)["env"]
    assert made["spec"]["concurrencyPolicy"] == "Forbid"
    assert of_kind(shaped("topology", "default"), "CronJob") == []


def test_a_look_at_the_timers_that_finds_something_is_not_taken_again() -> None:
    made, _ = of_kind(shaped("tickets", "full"), "CronJob")
    spec = made["spec"]["jobTemplate"]["spec"]
    assert spec["backoffLimit"] == 0
    assert container(spec["template"])["command"] == ["tickets", "audit-timers", "--once", "--json"]


def test_people_are_erased_by_a_job_that_alone_has_the_password_for_it() -> None:
    objects = shaped("tickets", "full")
    *_, made = of_kind(objects, "CronJob")
    pod = made["spec"]["jobTemplate"]["spec"]["template"]
    told = {one["name"]: one.get("value") for one in container(pod)["env"]}
    assert container(pod)["command"] == [
        "tickets", "erase-person", "--again", "--json", "--wait", "300", "--no-provider",
    ]  # fmt: skip
    assert made["spec"]["concurrencyPolicy"] == "Forbid"
    assert told["TICKETS_PRIVACY_NATS_USER"] == "privacy"
    assert told["TICKETS_PRIVACY_NATS_PASSWORD_FILE"] == "/run/secrets/ventanilla/privacy_nats_password"  # a path
    assert told["TICKETS_NATS_USER"] == "tickets"
    key = {"secret": {"name": "broker", "items": [{"key": "privacy", "path": "privacy_nats_password"}]}}
    having = [
        name for name, one in pods(objects) for volume in one["spec"]["volumes"]
        if key in volume.get("projected", {}).get("sources", [])
    ]  # fmt: skip
    # Beside it the pod in which a person restores, and erases again: nobody has it by default.
    assert having == ["Pod tickets-restore", f"CronJob {made['metadata']['name']}"]
    assert of_kind(shaped("tickets", "default"), "CronJob") == []


def test_rules_of_each_content_have_a_map_and_a_job_of_their_own() -> None:
    def published(content: str) -> tuple[str, str, str]:
        objects = render("router", *values_of("router", "default"), {"rules": {"content": content}})
        (job,), (config,) = of_kind(objects, "Job"), of_kind(objects, "ConfigMap")
        assert config["data"] == {"rules.yaml": content}
        mounted = [
            volume["configMap"]["name"]
            for volume in job["spec"]["template"]["spec"]["volumes"]
            if "configMap" in volume
        ]
        assert mounted == [config["metadata"]["name"]]
        hashed = hashlib.sha256(content.encode()).hexdigest()[:10]
        assert config["metadata"]["name"].endswith(hashed)
        told = {one["name"]: one["value"] for one in container(job["spec"]["template"])["env"]}
        assert told["ROUTER_NATS_USER"] == "rules"
        return (
            job["metadata"]["name"],
            config["metadata"]["name"],
            " ".join(container(job["spec"]["template"])["command"]),
        )

    one, other = published("name: one\n"), published("   # whose first line is indented\nname: other\n")
    assert one[0] != other[0]
    assert one[1] != other[1]
    assert one[2].startswith(
        "router publish /etc/ventanilla/rules/rules.yaml --origin deploy --by helm/router --wait 600"
    )


def test_rules_reach_a_broker_that_asks_for_no_password() -> None:
    values = {"secrets": {"natsPassword": None}, "rules": {"content": "name: one\n", "natsPassword": None}}
    (job,) = of_kind(render("router", *values_of("router", "default"), values), "Job")
    told = {one["name"] for one in container(job["spec"]["template"])["env"]}
    assert not [name for name in told if "NATS_USER" in name or "NATS_PASSWORD" in name]


def test_rules_of_a_map_of_others_are_published_again_when_their_revision_changes() -> None:
    def job(revision: str) -> str:
        values = {"rules": {"existingConfigMap": "ours", "revision": revision}}
        objects = render("router", *values_of("router", "default"), values)
        assert of_kind(objects, "ConfigMap") == []
        return str(of_kind(objects, "Job")[0]["metadata"]["name"])

    assert job("1") == job("1") != job("2")


@pytest.mark.parametrize(
    ("service", "values", "words"),
    [
        (
            "router",
            {"autoscaling": {"enabled": True}, "keda": {"enabled": True}},
            "two would decide how many pods there are",
        ),
        ("portal", {"keda": {"enabled": True}}, "portal reads nothing from JetStream"),
        ("router", {"drainSeconds": 60}, "terminationGracePeriodSeconds is 30, and stopping may take 70 s"),
        (
            "router",
            {"drainSeconds": 19},
            "stopping may take 29 s (preStopSeconds + drainSeconds + 5), of which 2 s must",
        ),
        ("router", {"ingress": {"enabled": True, "hosts": ["a.example"]}}, "nothing to show to the world"),
        ("portal", {"ingress": {"enabled": True}}, "ingress.enabled needs ingress.hosts"),
        ("portal", {"httpRoute": {"enabled": True}}, "httpRoute.enabled needs httpRoute.parentRefs"),
        ("router", {"rules": {"content": "a: 1", "existingConfigMap": "b"}}, "both set"),
        ("tickets", {"rules": {"content": "a: 1"}}, "release of the router"),
        ("tickets", {"postgres": {"existingSecret": ""}}, "postgres.existingSecret is missing"),
        ("tickets", {"postgres": {"keys": {"uri": "uri"}, "sslMode": "require"}}, "postgres.keys.uri is set"),
        ("topology", {"backup": {"enabled": True}}, "backup.existingClaim is missing"),
        ("portal", {"existingSecret": ""}, "secrets.ticketsToken names no existingSecret"),
    ],
)
def test_what_cannot_work_is_refused_in_words_that_say_what_to_do(
    service: str, values: dict[str, object], words: str
) -> None:
    with pytest.raises(Refused) as refused:
        render(service, *values_of(service, "default"), values)
    assert words in str(refused.value)


def test_a_release_of_no_service_is_refused_and_the_chart_alone_can_be_linted() -> None:
    with pytest.raises(Refused, match=r"service is missing: .* -f deploy/values/router\.yaml"):
        render("anything")
    done = subprocess.run([find_helm(), "lint", "--strict", CHART], capture_output=True, text=True, check=False)
    assert (done.returncode, "0 chart(s) failed" in done.stdout) == (0, True), done.stdout


@pytest.mark.parametrize("service", SERVERS)
def test_one_of_three_decides_how_many_pods_there_are(service: str) -> None:
    def replicas(**values: object) -> tuple[int | None, int, int]:
        objects = render(service, *values_of(service, "default"), values)
        counted = deployment(objects)["spec"].get("replicas")
        return counted, len(of_kind(objects, "HorizontalPodAutoscaler")), len(of_kind(objects, "ScaledObject"))

    assert replicas(replicas=3) == (3, 0, 0)
    assert replicas(autoscaling={"enabled": True}) == (None, 1, 0)
    if service not in ("portal", "prober"):
        assert replicas(keda={"enabled": True}) == (None, 0, 1)


@pytest.mark.parametrize("service", ["intake-email", "intake-chat", "intake-phone", "router", "tickets"])
def test_keda_looks_at_consumers_that_the_topology_makes(service: str) -> None:
    (made,) = of_kind(render(service, *values_of(service, "default"), {"keda": {"enabled": True}}), "ScaledObject")
    assert made["spec"]["minReplicaCount"] >= 1
    looked_at = {(one["metadata"]["stream"], one["metadata"]["consumer"]) for one in made["spec"]["triggers"]}
    assert looked_at
    assert looked_at <= {(one.stream, one.durable) for one in CONSUMERS if one.service == service}


@pytest.mark.parametrize(
    ("said", "asked"),
    [({}, "nats-headless.desk.svc:8222"), ({"monitoringEndpoint": "nats.infra:8222"}, "nats.infra:8222")],
)
def test_keda_finds_the_broker_out_of_its_own_namespace(said: dict[str, str], asked: str) -> None:
    values = {"keda": {"enabled": True, **said}}
    (made,) = of_kind(render("router", *values_of("router", "default"), values), "ScaledObject")
    assert {one["metadata"]["natsServerMonitoringEndpoint"] for one in made["spec"]["triggers"]} == {asked}


def test_keda_looks_at_what_it_is_told_to() -> None:
    values = {"keda": {"enabled": True, "consumers": ["tickets-delivery"]}}
    (made,) = of_kind(render("tickets", *values_of("tickets", "default"), values), "ScaledObject")
    assert [one["metadata"]["consumer"] for one in made["spec"]["triggers"]] == ["tickets-delivery"]


@pytest.mark.parametrize("service", SERVERS)
def test_a_leader_change_of_the_broker_restarts_nobody_and_stopping_fits_into_its_time(service: str) -> None:
    spec = deployment(shaped(service, "default"))["spec"]
    one = container(spec["template"])
    assert one["livenessProbe"]["httpGet"]["path"] == one["startupProbe"]["httpGet"]["path"] == "/livez"
    assert one["livenessProbe"]["periodSeconds"] * one["livenessProbe"]["failureThreshold"] >= 30
    ready = one["readinessProbe"]
    assert ready["httpGet"]["path"] == ("/doorz" if service == "intake-phone" else "/readyz")
    assert ready["periodSeconds"] * ready["failureThreshold"] > 10
    assert one["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
    told = {variable["name"]: variable.get("value") for variable in one["env"]}
    (drain,) = [value for name, value in told.items() if name.endswith("_DRAIN_SECONDS")]
    most = 5 + StopBudget(float(drain or 0)).seconds
    assert most + MARGIN_SECONDS <= spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_content_that_the_chart_brings_rolls_the_pods_when_it_changes() -> None:
    def checksum(content: str) -> str:
        values = {"files": {"flows": {"content": {"acme.yaml": content}}}}
        template = deployment(render("intake-phone", *values_of("intake-phone", "default"), values))["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/files"])

    assert checksum("a") == checksum("a") != checksum("b")
    template = deployment(shaped("router", "default"))["spec"]["template"]
    assert "annotations" not in template["metadata"], "nothing of the chart's version rolls pods"
    assert not any("chart" in label or "version" in label for label in template["metadata"]["labels"])


def test_the_chart_takes_the_images_that_make_images_builds() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    for service in SERVERS:
        project = tomllib.loads((REPOSITORY / "services" / service / "pyproject.toml").read_text(encoding="utf-8"))
        assert chart["appVersion"] == project["project"]["version"], service
