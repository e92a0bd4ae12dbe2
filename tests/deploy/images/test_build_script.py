"""`make images` with an engine that only writes down what it is asked for."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.images import ROOT, SERVICES

ENGINE = """#!/bin/sh
printf '%s\\n' "$*" >> "$RECORD"
printf '%s\\n' "$TMPDIR" > "$RECORD.room"
case $1 in
build)
  [ "$RECORD_FAILS" = 1 ] && { echo 'step 3: no such package'; exit 1; }
  for word; do case $word in id=pip-conf,src=*) cat "${word#id=pip-conf,src=}" >> "$RECORD.secret";; esac; done ;;
create) echo container ;;
cp) echo '{}' > "$3" ;;
image) echo 123456789 ;;
esac
exit 0
"""


class Build:
    """One call of the script, and what the engine was asked for."""

    def __init__(self, folder: Path, engine: str = "docker", **variables: str) -> None:
        program = folder / engine
        program.write_text(ENGINE)
        program.chmod(0o755)
        self._record = folder / "record"
        kept = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        given = {"ENGINE": str(program), "RECORD": str(self._record), "OUT": str(folder / "out"), **variables}
        environment = {**kept, "RECORD_FAILS": "0", **given}
        command = ["sh", "deploy/images/build.sh"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        self.status, self.said, self.complaint = done.returncode, done.stdout, done.stderr

    @property
    def asked(self) -> list[str]:
        return self._record.read_text().splitlines() if self._record.exists() else []

    @property
    def builds(self) -> list[str]:
        return [line for line in self.asked if line.startswith("build ")]

    @property
    def secret(self) -> str:
        return self._record.with_suffix(".secret").read_text()


def test_all_images_are_built_and_their_contents_are_copied_out(tmp_path: Path) -> None:
    build = Build(tmp_path)
    assert build.status == 0, build.complaint
    assert len(build.builds) == len(SERVICES)
    for service, line in zip(SERVICES, build.builds, strict=True):
        assert f"--build-arg SERVICE={service} " in line
        assert f"--tag ventanilla/{service}:0." in line
        assert json.loads((tmp_path / "out" / f"{service}.cdx.json").read_text()) == {}
    assert "ventanilla/router:" in build.said
    assert "123MB" in build.said


def test_tag_registry_base_and_one_service_can_be_chosen(tmp_path: Path) -> None:
    chosen = {"TAG": "2.0.0", "REGISTRY": "registry.example/desk/", "PYTHON_IMAGE": "python:3.11"}
    build = Build(tmp_path, "podman", SERVICES="router", **chosen)
    [line] = build.builds
    assert "--tag registry.example/desk/ventanilla/router:2.0.0 " in line
    assert "--build-arg PYTHON_IMAGE=python:3.11 " in line
    assert "--build-arg VERSION=2.0.0 " in line


def test_an_index_with_its_password_goes_in_as_a_secret_and_stands_in_no_command_and_no_output(tmp_path: Path) -> None:
    build = Build(tmp_path, SERVICES="router", PIP_INDEX_URL="https://me:s3cret-word@pypi.example/simple")
    assert "index-url = https://me:s3cret-word@pypi.example/simple" in build.secret
    assert "s3cret-word" not in "\n".join([*build.asked, build.said, build.complaint])
    [path] = [word.partition("src=")[2] for word in build.builds[0].split() if word.startswith("id=pip-conf")]
    assert not Path(path).exists()


def test_an_authority_of_ones_own_is_given_along(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("-----BEGIN CERTIFICATE-----\n")
    build = Build(tmp_path, SERVICES="router", CA=str(authority))
    assert f"--secret id=ca,src={authority} " in build.builds[0]
    assert "cert = /run/secrets/ca" in build.secret
    missing = Build(tmp_path, SERVICES="router", CA="/no/such/file")
    assert missing.status == 1
    assert "images: CA names /no/such/file, which cannot be read" in missing.complaint


def test_a_date_is_in_the_labels_only_where_one_is_told(tmp_path: Path) -> None:
    [line] = Build(tmp_path, SERVICES="router", SOURCE_DATE_EPOCH="1795800000").builds
    assert "--label org.opencontainers.image.created=2026-11-27T17:20:00Z" in line
    assert "--build-arg SOURCE_DATE_EPOCH=1795800000" in line


def test_a_build_that_fails_says_why_and_where_the_rest_is(tmp_path: Path) -> None:
    build = Build(tmp_path, SERVICES="router", TAG="1", RECORD_FAILS="1")
    assert build.status == 1
    assert build.complaint.splitlines() == [
        "step 3: no such package",
        f"images: ventanilla/router:1 was not built; the whole log is {tmp_path}/out/router.log",
    ]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SERVICES": "routers"}, "there is no service routers; SERVICES may name intake-email"),
        ({"ENGINE": "nerdctl"}, "ENGINE is nerdctl; it may be docker, podman or buildah"),
        ({"ENGINE": "/nowhere/docker"}, "/nowhere/docker cannot be used here"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(tmp_path: Path, variables: dict[str, str], words: str) -> None:
    build = Build(tmp_path, **variables)
    assert build.status == 1
    assert words in build.complaint
    assert len(build.complaint.splitlines()) == 1


def test_a_machine_without_any_engine_is_told_what_to_install(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "dirname", "mkdir", "timeout"):
        found = next(Path(folder) / name for folder in ("/bin", "/usr/bin") if (Path(folder) / name).exists())
        (tools / name).symlink_to(found)
    build = Build(tmp_path, ENGINE="", PATH=str(tools))
    assert build.status == 1
    assert build.complaint.strip() == (
        "images: docker, podman or buildah is needed (or a docker whose daemon runs); "
        "on Debian: apt-get install buildah"
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to somebody else")
def test_a_cache_that_somebody_else_of_this_machine_has_made_is_left_to_them(tmp_path: Path) -> None:
    room = tmp_path / "var"
    (room / "buildah-cache").mkdir(parents=True)
    Build(tmp_path, "buildah", SERVICES="router", TMPDIR=str(room))
    assert (tmp_path / "record.room").read_text() == f"{room}\n"

    os.chown(room / "buildah-cache", 12345, 12345)
    Build(tmp_path, "buildah", SERVICES="router", TMPDIR=str(room))
    assert (tmp_path / "record.room").read_text() == f"{tmp_path}/.cache/ventanilla-images\n"
