"""What an image holds, asked inside a container that may write nowhere, and nothing that it should not."""

import json
import secrets
import subprocess
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.images import MARK, RESTRICTED, ROOT, RUN, SERVICES, TAG, USER, Images

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

LOOK = (Path(__file__).parent / "look_inside.py").read_text()
SECRET_WORDS = ("PASSWORD", "TOKEN", "SECRET", "CREDS", "INDEX_URL", "PIP_")


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def inside(images: Images, service: str) -> dict[str, Any]:
    return _inside(service, images)


@cache
def _inside(service: str, images: Images) -> dict[str, Any]:
    done = images.run(service, "-c", LOOK, entrypoint="python")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_runs_as_a_user_of_its_own_who_can_write_nowhere(inside: dict[str, Any]) -> None:
    assert (inside["uid"], inside["gid"], inside["user"]) == (USER, USER, "ventanilla")
    assert set(inside["groups"]) <= {USER}
    assert inside["writable"] == []


def test_nothing_that_builds_or_tests_is_in_it(inside: dict[str, Any]) -> None:
    assert inside["prefix"] == "/opt/ventanilla"
    assert inside["importable"] == []
    assert [name for name in inside["distributions"] if "devstack" in name] == []


def test_only_the_service_and_the_two_libraries_of_ours_are_in_it(inside: dict[str, Any], service: str) -> None:
    ours = {name for name in inside["distributions"] if name.startswith("ventanilla")}
    assert ours == {f"ventanilla-{service}", "ventanilla-contracts", "ventanilla-runtime"}


def test_every_file_of_our_packages_is_in_it_templates_and_migrations_included(
    inside: dict[str, Any], service: str
) -> None:
    there = set(inside["files"])
    for folder in (ROOT / "libs/contracts/src", ROOT / "libs/runtime/src", ROOT / "services" / service / "src"):
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "."],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        ours = {name for name in listed.stdout.splitlines() if (folder / name).exists()}
        assert ours
        assert ours - there == set()


def test_its_bytecode_is_believed_without_a_look_at_the_sources(inside: dict[str, Any]) -> None:
    assert inside["loose_bytecode"] == []
    assert any(name.endswith(".pyc") for name in inside["files"])


def test_the_bill_of_materials_names_every_distribution_with_version_and_licence(
    inside: dict[str, Any], service: str
) -> None:
    bill = inside["bill"]
    about = bill["metadata"]["component"]
    named = [about, *(one for one in bill["components"] if one["purl"].startswith("pkg:pypi/"))]
    assert about["name"] == f"ventanilla-{service}"
    assert {one["name"]: one["version"] for one in named} == inside["distributions"]
    assert [one["name"] for one in named if not one.get("licenses")] == []
    assert any(one["purl"].startswith("pkg:deb/debian/libc6@") for one in bill["components"])
    assert any(one["name"] == "python" for one in bill["components"])


def test_no_secret_and_no_trace_of_the_index_is_in_its_history_or_its_files(images: Images, service: str) -> None:
    said = json.dumps(images.inspect(service))
    history = images.podman("history", "--no-trunc", images.name(service))
    assert MARK not in said + history
    assert "pip.conf" not in history
    found = images.run(service, "-rlsI", MARK, "/opt", "/etc", "/usr/local", "/var", "/home", entrypoint="grep")
    assert found.stdout == ""
    variables = [line.split("=")[0] for line in images.inspect(service)["Config"]["Env"]]
    assert [name for name in variables if any(word in name for word in SECRET_WORDS)] == []


def test_its_labels_say_what_it_is(images: Images, service: str) -> None:
    labels = images.inspect(service)["Config"]["Labels"]
    told = {name.removeprefix("org.opencontainers.image."): value for name, value in labels.items()}
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told["title"] == f"ventanilla-{service}"
    assert told["version"] == TAG
    assert told["revision"].startswith(revision.stdout.strip() or "unknown")
    assert told["licenses"] == "GPL-3.0-or-later"
    assert told["base.name"].startswith("docker.io/library/python:")
    assert "created" not in told  # a clock would make every build another image


def test_its_command_calls_itself_by_the_services_name(images: Images, service: str) -> None:
    done = images.run(service, "--help")
    assert done.returncode == 0, done.stderr
    assert f"Usage: {service} " in done.stdout
    config = images.inspect(service)["Config"]
    assert (config["Entrypoint"], config["Cmd"]) == (["/opt/ventanilla/bin/service"], ["serve"])
    assert config["User"] == f"{USER}:{USER}"


def test_the_operators_command_is_in_it(images: Images, service: str) -> None:
    done = images.run(service, "topology", "--help", entrypoint="ventanilla")
    assert done.returncode == 0, done.stderr
    assert "apply" in done.stdout


def test_without_its_settings_it_says_which_in_one_line(images: Images) -> None:
    done = images.run("intake-email")
    assert done.returncode == 2
    assert "INTAKE_EMAIL_MAILBOXES" in done.stderr
    assert "Traceback" not in done.stderr


def test_alone_it_answers_probes_on_the_port_of_every_image_and_leaves_at_once_when_told(images: Images) -> None:
    name = f"ventanilla-alone-{secrets.token_hex(4)}"
    options = (*RUN, *RESTRICTED, "--network", "none")
    images.podman("run", "--detach", "--name", name, *options, images.name("router"))
    ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8080/livez', timeout=2).status)"
    try:
        deadline = time.monotonic() + 30
        while images.status_of("exec", name, "python", "-c", ask):
            assert time.monotonic() < deadline, "no answer"
        assert images.podman("exec", name, "cat", "/proc/1/cmdline").split("\0")[:2] == [
            "/opt/ventanilla/bin/python",
            "/opt/ventanilla/bin/service",
        ]
        began = time.monotonic()
        images.podman("stop", "--time", "30", name)
        assert time.monotonic() - began < 10
        assert images.podman("inspect", "--format", "{{.State.ExitCode}}", name).strip() == "0"
    finally:
        images.podman("rm", "--force", "--time", "0", name)
