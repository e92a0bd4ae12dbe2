"""The Dockerfile and what it runs, as far as that can be told without building an image."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from deploy.images import pins, sbom
from tests.support.images import ROOT, SERVICES

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
BIN = Path(sys.prefix) / "bin"


def hadolint(file: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(BIN / "hadolint"), "--no-color", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_hadolint_has_nothing_to_say() -> None:
    done = hadolint(DOCKERFILE)
    assert done.returncode == 0, done.stdout


def test_hadolint_says_something_of_a_dockerfile_without_a_fixed_base(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM python\nUSER root\n")
    assert "DL3006" in hadolint(file).stdout


def test_every_service_of_the_repository_has_an_image() -> None:
    assert {folder.parent.name for folder in ROOT.glob("services/*/pyproject.toml")} == set(SERVICES)
    assert "|".join(SERVICES) in DOCKERFILE.read_text()
    assert f"ALL='{' '.join(SERVICES)}'" in (ROOT / "deploy/images/build.sh").read_text()


def test_every_service_answers_on_all_addresses_of_its_container() -> None:
    text = DOCKERFILE.read_text()
    for service in SERVICES:
        prefix = service.upper().replace("-", "_")
        assert f"{prefix}_HTTP_HOST=0.0.0.0 {prefix}_HTTP_PORT=8080" in text


def test_whatever_comes_from_an_index_is_checked_by_its_hash() -> None:
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    commands = re.findall(r"\bpip\b[^&\n]* (?:install|wheel) [^&\n]*", text)
    assert len(commands) == 5
    assert [one for one in commands if "--require-hashes" not in one and "--no-index" not in one] == []


def test_nothing_comes_into_a_build_but_what_is_named() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert allowed == {
        "LICENSE", "pyproject.toml", "uv.lock", "deploy", "deploy/images", "deploy/images/pins.py",
        "deploy/images/sbom.py", "libs", "libs/contracts", "libs/runtime", "services",
    }  # fmt: skip
    assert {"**/__pycache__", "**/.*"} <= set(rules)


def test_what_builds_is_pinned_to_what_uv_would_install() -> None:
    options = ["--only-group", "images", "--frozen", "--offline", "--no-annotate", "--no-header", "--quiet"]
    exported = subprocess.run(
        [str(BIN / "uv"), "export", *options], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    theirs = {row.split()[0]: set(row.split()[1:]) for row in exported.replace("\\\n", "").splitlines()}
    ours = {row.split()[0]: set(row.split()[1:]) for row in pins.pins(_lock(), "images")}
    assert ours == theirs
    assert all(ours.values())


def _lock() -> dict[str, Any]:
    return tomllib.loads((ROOT / "uv.lock").read_text())


def test_the_bill_of_materials_is_the_same_for_the_same_contents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first, second = (sbom.bill("ventanilla-router", [Path(sys.prefix)]) for _ in range(2))
    assert first == second
    assert "timestamp" not in first["metadata"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795800000")
    dated = sbom.bill("ventanilla-router", [Path(sys.prefix)])
    assert dated["metadata"]["timestamp"] == "2026-11-27T17:20:00+00:00"


def test_the_bill_of_materials_says_what_needs_what() -> None:
    needs = {row["ref"]: row["dependsOn"] for row in sbom.dependencies([Path(sys.prefix)])}
    [ours] = [refs for name, refs in needs.items() if name.startswith("pkg:pypi/ventanilla-router@")]
    names = {ref.partition("@")[0].removeprefix("pkg:pypi/") for ref in ours}
    assert {"ventanilla-contracts", "ventanilla-runtime", "pyyaml", "cel-expr-python"} <= names
    assert {ref for refs in needs.values() for ref in refs} <= needs.keys()


def test_every_distribution_here_names_its_licence() -> None:
    found = list(sbom.python_components([Path(sys.prefix)]))
    names = {one["name"] for one in found}
    assert {"ventanilla-contracts", "nats-py", "pydantic"} <= names
    assert [one["name"] for one in found if "licenses" not in one] == []


def test_packages_of_the_base_are_named_and_those_that_were_removed_are_not() -> None:
    status = (
        "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.3\nDescription: a\n b: c\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 2\n"
    )
    [only] = sbom.system_components(status, "debian-13")
    assert (only["name"], only["version"]) == ("zlib1g", "1:1.3")
    assert only["purl"] == "pkg:deb/debian/zlib1g@1:1.3?arch=amd64&distro=debian-13"
    assert list(sbom.system_components("", "debian-13")) == []


@pytest.mark.parametrize("script", ["deploy/images/build.sh", "tests/deploy/images/base_image.sh"])
def test_shellcheck_has_nothing_to_say(script: str) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is missing: apt-get install shellcheck")
    done = subprocess.run(["shellcheck", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stdout
