"""`make deploy`: what it asks the cluster, what it tells helm, and what it says when something is missing."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy.chart_generator.services import SERVICES
from deploy.release import ORDER, CannotDeploy, Wanted, needed
from tests.support.chart import REPOSITORY, text, values_of
from tests.support.kubernetes_tools import find_helm
from tests.support.polling import eventually

# A helm that renders, and only notes what it would release; a kubectl that knows what a file says.
_HELM = """#!/bin/sh
trap : INT
if [ "$1" = template ]; then exec "{helm}" "$@"; fi
if [ "$1" = version ]; then echo {version}; exit; fi
printf '%s\\n' "$*" >> "{notes}"
echo "! the links lead nowhere"
case "$*" in *" {failing} "*) {end}; echo "Error: {error}" >&2; exit 1;; esac
"""
_KUBECTL = """#!/bin/sh
if ! grep -q "^$4 $5 " "{known}"; then echo "Error from server (NotFound): not found" >&2; exit 1; fi
sed -n "s/^$4 $5 //p" "{known}" | tr ' ' '\\n'
"""


class Cluster:
    """Stands in for the programs that reach a cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes = folder / "notes"
        self.known = folder / "known"
        self.known.write_text("", encoding="utf-8")
        self.fail_at("none")
        self._program("kubectl", _KUBECTL.format(known=self.known))

    def fail_at(
        self,
        service: str,
        error: str = "context deadline exceeded",
        *,
        end: str = ":",
        version: str = "v4.3.1+gc0d08d0",
    ) -> None:
        """Let the release of a service not become ready; `end` is what that helm does before it says so."""
        words = {"helm": find_helm(), "notes": self.notes, "failing": service, "error": error, "end": end}
        self._program("helm", _HELM.format(**words, version=version))

    def know(self, *services: str, but: str = "") -> None:
        """Hold what these services need, but for one key."""
        lines: dict[tuple[str, str], set[str]] = {}
        for service in services:
            for kind, name, key in needed(text(service, *values_of(service, "default")[1:])):
                if key != but:
                    lines.setdefault((kind.lower(), name), set()).add(key or "some")
        known = [f"{kind} {name} {' '.join(sorted(keys))}\n" for (kind, name), keys in lines.items()]
        self.known.write_text("".join(known), encoding="utf-8")

    def deploy(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What `make deploy` runs."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.release", "--namespace", "desk", *words],
            cwd=REPOSITORY,
            env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The same, in a group of processes of its own, as a shell starts it."""
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.release", "--namespace", "desk", *words],
            cwd=REPOSITORY,
            env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def released(self) -> list[str]:
        """Services that helm was told to release, in order."""
        if not self.notes.exists():
            return []
        return [next(word for word in line.split() if word in ORDER) for line in self.notes.read_text().splitlines()]

    def _program(self, name: str, content: str) -> None:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        path.chmod(0o755)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def test_every_service_has_its_place_in_the_order() -> None:
    assert sorted(ORDER) == sorted(SERVICES)
    assert {path.stem for path in (REPOSITORY / "deploy" / "values").glob("*.yaml")} == set(SERVICES)


def test_all_are_released_in_order_and_waited_for(cluster: Cluster) -> None:
    cluster.know("topology", "tickets", "router")
    done = cluster.deploy("--services", "router tickets,topology", "--tag", "1.2.3")
    assert (done.returncode, done.stderr) == (0, "")
    assert cluster.released() == ["topology", "tickets", "router"]
    assert all("--install --wait --wait-for-jobs" in line for line in cluster.notes.read_text().splitlines())
    assert all("image.tag=1.2.3" in line for line in cluster.notes.read_text().splitlines())
    assert "deploy: 3/3 router: ready after" in done.stdout
    assert "deploy: router: the links lead nowhere\n" in done.stdout


def test_what_is_missing_is_said_before_anything_is_changed(cluster: Cluster) -> None:
    cluster.know("topology", "router", "tickets", but="password")
    done = cluster.deploy("--services", "topology tickets router portal")
    assert done.returncode == 1
    assert "deploy: tickets: Secret desk-app has no key password\n" in done.stderr
    assert "deploy: portal: Secret ventanilla-portal is not there\n" in done.stderr
    assert "nothing was changed" in done.stderr
    assert cluster.released() == []


def test_a_release_that_does_not_become_ready_ends_it_with_the_way_back(cluster: Cluster) -> None:
    cluster.know("topology", "tickets", "router")
    cluster.fail_at("tickets")
    done = cluster.deploy("--services", "topology tickets router")
    assert done.returncode == 1
    assert cluster.released() == ["topology", "tickets"]
    assert "helm -n desk rollback tickets --server-side=true --force-conflicts" in done.stderr
    assert "context deadline exceeded" in done.stderr


@pytest.mark.parametrize(("version", "insists"), [("v4.3.1+gc0d08d0", True), ("v3.17.1+g980d8ac", False)])
def test_what_kubectl_has_scaled_by_hand_does_not_stop_the_next_release(
    cluster: Cluster, version: str, insists: bool
) -> None:
    cluster.know("router")
    cluster.fail_at("none", version=version)
    assert cluster.deploy("--services", "router").returncode == 0
    assert ("--server-side=true --force-conflicts" in cluster.notes.read_text()) is insists


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("another operation (install/upgrade/rollback) is in progress", "helm -n desk uninstall router"),
        ("conflict occurred while applying object desk/router: .spec.replicas", "router was not changed"),
    ],
)
def test_the_advice_is_about_what_helm_complains_of(cluster: Cluster, error: str, says: str) -> None:
    cluster.know("router")
    cluster.fail_at("router", error)
    said = cluster.deploy("--services", "router").stderr
    assert says in said
    assert error in said
    assert "did not become ready" not in said


def test_ctrl_c_waits_for_helm_and_says_where_to_look(cluster: Cluster) -> None:
    cluster.know("router")
    cluster.fail_at("router", "release router failed: context canceled", end="sleep 20 & wait; kill $!")
    running = cluster.start("--services", "router")
    assert running.stdout
    asyncio.run(eventually(lambda: cluster.released() == ["router"], 20))
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 1
    assert "helm -n desk history router" in said
    assert "context canceled" in said
    assert "Traceback" not in said


def test_a_tag_that_is_asked_for_wins_over_a_digest_in_values(cluster: Cluster, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "common.yaml").write_text(f"image: {{digest: 'sha256:{'0' * 64}'}}\n", encoding="utf-8")
    done = cluster.deploy("--services", "router", "--values", str(ours), "--tag", "1.2.3", "--dry-run", "1")
    assert 'image: "ventanilla/router:1.2.3"' in done.stdout


def test_manifests_for_a_repository_hold_no_pods_of_tests(cluster: Cluster) -> None:
    done = cluster.deploy("--services", "router topology", "--dry-run", "1")
    assert "kind: Deployment" in done.stdout
    assert "helm.sh/hook" not in done.stdout


def test_values_of_ones_own_come_last(cluster: Cluster, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "common.yaml").write_text("settings: {logLevel: debug}\nreplicas: 5\n", encoding="utf-8")
    (ours / "router.yaml").write_text("replicas: 3\n", encoding="utf-8")
    done = cluster.deploy("--services", "router", "--values", str(ours), "--dry-run", "1")
    (made,) = [one for one in yaml.safe_load_all(done.stdout) if one and one["kind"] == "Deployment"]
    assert made["spec"]["replicas"] == 3
    assert {"name": "ROUTER_LOG_LEVEL", "value": "debug"} in made["spec"]["template"]["spec"]["containers"][0]["env"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--services", "roter"), "SERVICES names roter; there are topology, tickets"),
        (("--values", "/nowhere"), "VALUES=/nowhere is no folder"),
        (("--services", "router", "--tag", "a b"), "router: the values are refused"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(cluster: Cluster, words: tuple[str, ...], says: str) -> None:
    done = cluster.deploy(*words)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_the_prober_is_released_where_somebody_asks_for_it(tmp_path: Path) -> None:
    import argparse

    from deploy.release import wanted_from

    def services(**given: str) -> list[str]:
        words = {"namespace": "desk", "tag": "", "values": "", "services": "", "timeout": "1m", **given}
        return list(wanted_from(argparse.Namespace(**words)).services)

    assert "prober" not in services()
    assert services(services="prober") == ["prober"]
    (tmp_path / "prober.yaml").write_text("replicas: 1\n", encoding="utf-8")
    assert services(values=str(tmp_path))[-1] == "prober"
    (tmp_path / "roter.yaml").write_text("replicas: 1\n", encoding="utf-8")
    with pytest.raises(CannotDeploy, match=r"roter\.yaml is of no service"):
        services(values=str(tmp_path))


def test_what_a_release_brings_itself_is_not_asked_for() -> None:
    wanted = Wanted(["router"], "desk")
    assert wanted.helm("template", service="router")[:3] == ["helm", "template", "router"]
    rendered = text("router", *values_of("router", "full"))
    assert ("ConfigMap", "authorities", "") in set(needed(rendered))
    assert not any(name.startswith("router") for _, name, _ in needed(rendered))
