"""The images of the services, built once for a session by buildah and run by podman as a cluster would run them."""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DESK = ("intake-email", "intake-chat", "intake-phone", "router", "tickets", "portal")
"""The services that a message passes, in the order in which it does."""
SERVICES = (*DESK, "prober")
USER = 10001
TAG = "under-test"
PYTHON = os.environ.get("VENTANILLA_IMAGE_PYTHON", "3.13")
BASE_FOLDER = Path(os.environ.get("VENTANILLA_IMAGE_BASE", "/var/tmp/ventanilla-image-base"))
"""Where the stand-in for Python's image is kept between runs: unpacking Debian takes two minutes."""
MARK = "a-comment-that-must-stay-outside"
"""Is in the configuration of pip that the build is given as a secret."""

_RUN_SECONDS = 120
_PROGRAMS = ("buildah", "podman", "runc", "debootstrap")
# Podman as it starts containers on any machine, those without systemd and with an old crun included.
_PODMAN = ("podman", "--cgroup-manager=cgroupfs")
RUN = ("--runtime", "runc", "--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096", "--log-driver", "none")
# What the restricted pod security of Kubernetes asks for, and nothing that could be written to: not even /tmp.
RESTRICTED = ("--read-only", "--read-only-tmpfs=false", "--cap-drop=all", "--security-opt", "no-new-privileges")


def skip_without_programs() -> None:
    """Skip where images cannot be built and run, with what is missing."""
    missing = [name for name in _PROGRAMS if not shutil.which(name)]
    if missing:
        pytest.skip(f"{', '.join(missing)} missing: apt-get install buildah podman runc debootstrap uidmap")
    if os.geteuid():
        pytest.skip("images are built and run as root here")


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Where the built images are.

    Attributes:
        environment: with which buildah and podman find them.
    """

    environment: dict[str, str] = field(repr=False)

    def name(self, service: str) -> str:
        return f"localhost/ventanilla/{service}:{TAG}"

    def command(
        self,
        service: str,
        arguments: Sequence[str] = (),
        *,
        variables: Sequence[str] = (),
        mounts: Mapping[Path, str] | None = None,
        entrypoint: str = "",
        container: str = "",
    ) -> list[str]:
        """A `podman run` of one service.

        Args:
            variables: names of variables that the container gets from the environment of podman.
            mounts: folders of this machine that the container sees under the same name, with `ro` or `rw`.
            entrypoint: another program of the image than the service.
            container: its name, to stop it by.
        """
        words = [*_PODMAN, "run", "--rm", "--interactive", *RUN, *RESTRICTED, "--network", "host"]
        words += ["--name", container] if container else []
        words += [part for name in variables for part in ("--env", name)]
        words += [part for path, mode in (mounts or {}).items() for part in ("--volume", f"{path}:{path}:{mode}")]
        words += ["--entrypoint", entrypoint] if entrypoint else []
        return [shutil.which(words[0]) or words[0], *words[1:], self.name(service), *arguments]

    def run(
        self, service: str, *arguments: str, entrypoint: str = "", variables: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a container to its end; one that does not end is removed.

        Raises:
            subprocess.TimeoutExpired: it did not.
        """
        name = f"ventanilla-once-{secrets.token_hex(4)}"
        names = list(variables or {})
        command = self.command(service, arguments, variables=names, entrypoint=entrypoint, container=name)
        given = {**self.environment, **(variables or {})}
        try:
            return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=_RUN_SECONDS)
        except subprocess.TimeoutExpired:
            self.podman("rm", "--force", "--time", "0", name)
            raise

    def podman(self, *arguments: str) -> str:
        """What podman says; fails if it does."""
        done = self._podman(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def status_of(self, *arguments: str) -> int:
        """The exit status of podman."""
        return self._podman(*arguments).returncode

    def _podman(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [*_PODMAN, *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=_RUN_SECONDS
        )

    def inspect(self, service: str) -> dict[str, Any]:
        """What the image says of itself: labels, variables, history."""
        found: dict[str, Any] = json.loads(self.podman("image", "inspect", self.name(service)))[0]
        return found


def build_images(folder: Path) -> Images:
    """All images, on a base of Debian's packages; `VENTANILLA_IMAGE_BUILD=0` takes those of the last time."""
    skip_without_programs()
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "TMPDIR")}
    environment = {
        **kept,
        "CONTAINERS_STORAGE_CONF": str(BASE_FOLDER / "storage.conf"),
        "BUILDAH_ISOLATION": "chroot",
    }
    if os.environ.get("VENTANILLA_IMAGE_BUILD") == "0":
        return Images(environment)
    script = ROOT / "tests" / "deploy" / "images" / "base_image.sh"
    _run([str(script), PYTHON, str(BASE_FOLDER)], dict(os.environ))
    secret = folder / "pip.conf"
    authority = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    secret.write_text(f"# {MARK}\n[global]\n" + ("cert = /run/secrets/ca\n" if authority else ""))
    build = {"ENGINE": "buildah", "TAG": TAG, "PIP_CONFIG_FILE": str(secret), "CA": authority or "", "OUT": str(folder)}
    build["PYTHON_IMAGE"] = f"docker.io/library/python:{PYTHON}-slim"
    _run(["make", "images"], {**environment, **build})
    return Images(environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
