"""`make deploy`: releases every service in the order in which they need each other, and says what is missing before.

Each release stands for itself: what this does for all, `helm upgrade --install SERVICE deploy/chart -f …` does for one.
"""

import argparse
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

HERE: Final = Path(__file__).parent
ORDER: Final = ("topology", "tickets", "router", "intake-email", "intake-chat", "intake-phone", "portal", "prober")
"""Who makes what others wait for comes first. None fails if it comes sooner: it waits."""
ON_REQUEST: Final = frozenset({"prober"})
"""Released where SERVICES, or a file in VALUES, names it: a desk works without."""
_WAITING: Final = ("--install", "--wait", "--wait-for-jobs", "--history-max", "10")
_OURS_WINS: Final = ("--server-side=true", "--force-conflicts")
"""Helm 4 gives way to whoever else has set a field, such as `kubectl scale` the number of pods, and fails. A release
says what holds. The first word is needed too: with a release that Helm 3 has made the second alone is refused."""
_ASK_SECONDS: Final = 60
_TELL_SECONDS: Final = 15
_INTERRUPTED: Final = 130
_ATTENTION: Final = "! "
"""What of the chart's notes a person should not miss begins with it."""
_FIRST_TO_GIVE_WAY: Final = 4
_CONFLICT: Final = "conflict occurred while applying"


class CannotDeploy(Exception):
    """Nothing was changed, or no more is; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be released, and where."""

    services: Sequence[str]
    namespace: str
    tag: str = ""
    values: Path | None = None
    timeout: str = "15m"

    def files(self, service: str) -> list[Path]:
        """Values of a service, the strongest last: ours, the operator's `common.yaml`, the operator's own of it."""
        own = [self.values / "common.yaml", self.values / f"{service}.yaml"] if self.values else []
        return [HERE / "values" / f"{service}.yaml", *(path for path in own if path.exists())]

    def helm(self, *words: str, service: str) -> list[str]:
        """A call of helm about a release."""
        values = [word for path in self.files(service) for word in ("--values", str(path))]
        # A digest in values would win over the tag that was asked for.
        tag = ["--set-string", f"image.tag={self.tag}", "--set-string", "image.digest="] if self.tag else []
        return ["helm", *words, service, str(HERE / "chart"), "--namespace", self.namespace, *values, *tag]


def needed(manifests: str) -> Iterator[tuple[str, str, str]]:
    """(kind, name, key) of each Secret and ConfigMap that pods mount and others make; the key may be empty."""
    objects = [one for one in yaml.safe_load_all(manifests) if one]
    brought = {(one["kind"], one["metadata"]["name"]) for one in objects}
    for kind, name, key in sorted({found for one in objects for found in _mounted(one)}):
        if (kind, name) not in brought:
            yield kind, name, key


def _mounted(one: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    spec = one.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)  # of a CronJob
    spec = spec.get("template", {}).get("spec", spec)
    for volume in spec.get("volumes", []):
        for source in [volume, *volume.get("projected", {}).get("sources", [])]:
            for word, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
                if (asked := source.get(word)) and not asked.get("optional"):
                    name = asked.get("secretName") or asked["name"]
                    for item in asked.get("items") or [{"key": ""}]:
                        yield kind, name, item["key"]


def render(wanted: Wanted, service: str) -> str:
    """The manifests of a release, without the pods of `helm test`.

    Raises:
        CannotDeploy: the values are refused.
    """
    words = wanted.helm("template", service=service)
    return _run([*words, "--skip-tests"], lambda said: f"{service}: the values are refused: {said}")


def missing(wanted: Wanted, manifests: str) -> list[str]:
    """What of the Secrets and ConfigMaps is not in the cluster, one line each."""
    found: list[str] = []
    known: dict[tuple[str, str], set[str] | None] = {}
    for kind, name, key in needed(manifests):
        if (kind, name) not in known:
            known[kind, name] = _keys(wanted.namespace, kind, name)
        keys = known[kind, name]
        if keys is None:
            found.append(f"{kind} {name} is not there")
        elif key and key not in keys:
            found.append(f"{kind} {name} has no key {key}")
    return list(dict.fromkeys(found))


def _keys(namespace: str, kind: str, name: str) -> set[str] | None:
    if shutil.which("kubectl") is None:
        raise CannotDeploy("kubectl is not on the PATH; it says which Secrets are missing before anything is changed")
    # Names of the keys only: what stands in a Secret does not leave the cluster.
    template = (
        "go-template={{range $key, $_ := .data}}{{$key}}\n{{end}}{{range $key, $_ := .binaryData}}{{$key}}\n{{end}}"
    )
    done = subprocess.run(  # noqa: S603  # words of our own
        ["kubectl", "--namespace", namespace, "get", kind.lower(), name, "--output", template],  # noqa: S607  # the operator's
        capture_output=True,
        text=True,
        timeout=_ASK_SECONDS,
        check=False,
    )
    if done.returncode == 0:
        return set(done.stdout.split())
    if "NotFound" in done.stderr:
        return None
    raise CannotDeploy(f"kubectl cannot look at {kind} {name}: {_last_line(done.stderr)}")


def deploy(wanted: Wanted) -> None:
    """Look whether all is there, then release one service after the other.

    Raises:
        CannotDeploy: something is missing, or a release did not become ready.
    """
    manifests = {service: render(wanted, service) for service in wanted.services}
    lines = [f"{service}: {line}" for service in wanted.services for line in missing(wanted, manifests[service])]
    if lines:
        lines.append("nothing was changed; docs/kubernetes.md says how each is made")
        raise CannotDeploy("\n".join(lines))
    insisting = _OURS_WINS if _major_of_helm() >= _FIRST_TO_GIVE_WAY else ()
    words = [*_WAITING, "--timeout", wanted.timeout, *insisting]
    for number, service in enumerate(wanted.services, 1):
        began = time.monotonic()
        _say(f"{number}/{len(wanted.services)} {service}: waiting for it, at most {wanted.timeout} …")
        notes = _run(wanted.helm("upgrade", *words, service=service), partial(_advice, wanted, service, insisting))
        _say(f"{number}/{len(wanted.services)} {service}: ready after {time.monotonic() - began:.0f} s")
        for line in notes.splitlines():
            if line.startswith(_ATTENTION):
                _say(f"{service}: {line.removeprefix(_ATTENTION)}")


def _major_of_helm() -> int:
    said = _run(["helm", "version", "--short"], lambda said: f"helm does not say its version: {said}")
    found = re.match(r"v(\d+)\.", said.strip())
    return int(found[1]) if found else 0


def _advice(wanted: Wanted, service: str, insisting: Sequence[str], said: str) -> str:
    space = f"-n {wanted.namespace}"
    back = " ".join(["helm", space, "rollback", service, *insisting])
    if "another operation" in said:
        return (
            f"{service}: helm thinks that a release of it is still going on. If none is (one that was killed leaves\n"
            f"this), go back with\n  {back}\nor, if it was the first, helm {space} uninstall {service}; "
            f"helm says: {said}"
        )
    if _CONFLICT in said:
        return (
            f"{service} was not changed: something else in the cluster has set a field that the release sets.\n"
            f"helm names both: {said}"
        )
    return (
        f"{service} did not become ready; those before it stay as they are. Look at it with\n"
        f"  kubectl {space} get pods,jobs -l app.kubernetes.io/instance={service}\n"
        f"  kubectl {space} logs -l app.kubernetes.io/instance={service} --tail 50\n"
        f"and go back with\n  {back}\n"
        f"(a first release has nothing to go back to: put right what is wrong, and release again). helm says: {said}"
    )


def _run(words: list[str], advice: Callable[[str], str]) -> str:
    """What helm prints; `advice` makes what is told of what it complains of."""
    began = time.monotonic()
    with _interrupts_noted() as interrupts, _started(words) as helm:
        while True:
            try:
                said, wrong = helm.communicate(timeout=_TELL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                _say(f"… {time.monotonic() - began:.0f} s")
    if interrupts:
        raise CannotDeploy(_stopped(words, wrong))
    if helm.returncode:
        raise CannotDeploy(advice(wrong.strip()))
    return said


def _started(words: list[str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603  # our words
    except FileNotFoundError:
        raise CannotDeploy("helm is not on the PATH; https://helm.sh/docs/intro/install says how to get it") from None


@contextmanager
def _interrupts_noted() -> Iterator[list[int]]:
    """Ctrl-C reaches helm too, which ends by itself and writes down how far it came. We wait for that, once."""
    seen: list[int] = []

    def note(number: int, _: object) -> None:
        seen.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)


def _stopped(words: Sequence[str], wrong: str) -> str:
    if words[1] != "upgrade":
        return "stopped; nothing was changed"
    space, service = words[words.index("--namespace") + 1], next(word for word in words if word in ORDER)
    said = f"; helm says: {_last_line(wrong)}" if wrong.strip() else ""
    return (
        f"stopped; what became of {service}: helm -n {space} history {service}; those after it were not changed{said}"
    )


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]


def _say(text: str) -> None:
    sys.stdout.write(f"deploy: {text}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make deploy",
        description="Release every service of the desk with Helm, one after the other.",
        epilog="Example:  make deploy NAMESPACE=desk TAG=0.2.0 VALUES=ours SERVICES='tickets router' DRY_RUN=1",
    )
    parser.add_argument("--namespace", required=True, help="where; it must be there")
    parser.add_argument("--tag", default="", help="of the images; the chart's if not given")
    parser.add_argument("--values", default="", help="folder with common.yaml and <service>.yaml of yours")
    parser.add_argument("--services", default="", help="only these, by spaces or commas")
    parser.add_argument("--timeout", default="15m", help="for each service")
    parser.add_argument("--dry-run", default="", help="1: print the manifests and change nothing")
    return parser.parse_args()


def wanted_from(given: argparse.Namespace) -> Wanted:
    """What was asked for.

    Raises:
        CannotDeploy: it cannot be.
    """
    if not given.namespace:
        raise CannotDeploy("say where: make deploy NAMESPACE=desk")
    asked = set(given.services.replace(",", " ").split())
    if unknown := sorted(asked - set(ORDER)):
        raise CannotDeploy(f"SERVICES names {', '.join(unknown)}; there are {', '.join(ORDER)}")
    folder = Path(given.values) if given.values else None
    if folder and not folder.is_dir():
        raise CannotDeploy(f"VALUES={folder} is no folder; it may hold common.yaml and a file for each service")
    known = {f"{name}.yaml" for name in (*ORDER, "common")}
    if folder and (strange := sorted({path.name for path in folder.glob("*.y*ml")} - known)):
        raise CannotDeploy(f"{folder}/{strange[0]} is of no service; there may be {', '.join(sorted(known))}")
    named = asked or {service for service in ORDER if service not in ON_REQUEST or _has_values(folder, service)}
    services = [service for service in ORDER if service in named]
    return Wanted(services, given.namespace, given.tag, folder, given.timeout)


def _has_values(folder: Path | None, service: str) -> bool:
    return folder is not None and (folder / f"{service}.yaml").exists()


def main() -> int:
    """The exit code: 0 all is ready, 1 not."""
    given = _arguments()
    try:
        wanted = wanted_from(given)
        if given.dry_run not in ("", "0"):
            for service in wanted.services:
                sys.stdout.write(render(wanted, service))
            return 0
        deploy(wanted)
    except CannotDeploy as error:
        sys.stderr.write("".join(f"deploy: {line}\n" for line in str(error).splitlines()))
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("deploy: stopped; see helm list for what became of the releases\n")
        return _INTERRUPTED
    except subprocess.TimeoutExpired:
        sys.stderr.write("deploy: kubectl gets no answer from the cluster\n")
        return 1
    _say(f"all is ready; look with: helm -n {wanted.namespace} list; helm -n {wanted.namespace} test tickets")
    return 0


if __name__ == "__main__":
    sys.exit(main())
