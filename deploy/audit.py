"""Known vulnerabilities of everything that uv.lock names: `python -m deploy.audit`.

uv asks OSV (https://osv.dev) with one request for all. What is known and accepted for a time stands in `audit.yaml`,
with a reason and an end; a day later it fails again. Exit codes: 0 nothing found, 1 something found or an entry that is
over, 2 nobody could be asked.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
ACCEPTED: Final = Path(__file__).with_name("audit.yaml")
SERVICE: Final = "https://api.osv.dev"
CLEAN, FOUND, UNREACHED = 0, 1, 2
_LONGEST_DAYS: Final = 92


class AcceptedWrong(Exception):
    """The file of what is accepted says something that cannot be; the text names it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A vulnerability that is known and does not hurt here, until somebody looks again."""

    id: str
    package: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Found:
    """A vulnerability of a locked version."""

    id: str
    names: frozenset[str]
    package: str
    version: str
    summary: str
    fixed: tuple[str, ...]

    def line(self) -> str:
        """What an operator reads."""
        mended = f"mended in {', '.join(self.fixed)}" if self.fixed else "not mended yet"
        return f"{self.package} {self.version}: {self.id}: {self.summary or 'no summary'} ({mended})"


def read_accepted(text: str, today: date) -> list[Accepted]:
    """The entries of `audit.yaml`.

    Raises:
        AcceptedWrong: one lacks its reason, has no end, or one that is further away than a quarter.
    """
    entries = []
    for given in (yaml.safe_load(text) or {}).get("accepted") or ():
        if not isinstance(given, dict) or given.keys() != {"id", "package", "reason", "until"}:
            raise AcceptedWrong(f"audit.yaml: an entry has id, package, reason and until, and nothing else: {given}")
        if not isinstance(given["until"], date) or len(str(given["reason"]).split()) < 5:
            raise AcceptedWrong(f"audit.yaml: {given['id']}: until is a day (2027-01-31), reason a sentence")
        if (given["until"] - today).days > _LONGEST_DAYS:
            raise AcceptedWrong(f"audit.yaml: {given['id']}: at most {_LONGEST_DAYS} days from today; look again then")
        entries.append(Accepted(str(given["id"]), str(given["package"]), str(given["reason"]), given["until"]))
    return entries


def read_report(report: Mapping[str, Any]) -> list[Found]:
    """The vulnerabilities in uv's report."""
    return [
        Found(
            one["id"],
            frozenset({one["id"], *(one.get("aliases") or ())}),
            one["dependency"]["name"],
            one["dependency"]["version"],
            one.get("summary") or "",
            tuple(one.get("fix_versions") or ()),
        )
        for one in report["vulnerabilities"]
    ]


def complaints(found: Iterable[Found], accepted: Iterable[Accepted], today: date) -> list[str]:
    """One line for each vulnerability that nobody accepted, and for each entry that is over or no longer needed."""
    found, accepted = list(found), list(accepted)
    lines = []
    for one in found:
        entry = next((known for known in accepted if known.id in one.names and known.package == one.package), None)
        if entry is None:
            lines.append(one.line())
        elif entry.until < today:
            lines.append(f"{one.line()}; accepted until {entry.until}, which is over: {entry.reason}")
    there = {(name, one.package) for one in found for name in one.names}
    gone = [known for known in accepted if (known.id, known.package) not in there]
    return lines + [f"audit.yaml: {one.id} of {one.package} is not there any more: take the entry out" for one in gone]


def ask(service: str, seconds: float) -> tuple[Mapping[str, Any] | None, str]:
    """The report of uv, or None with why there is none."""
    command = [
        str(Path(sys.prefix) / "bin" / "uv"),
        "audit",
        "--frozen",
        "--output-format",
        "json",
        "--service-url",
        service,
    ]
    try:
        # The names of packages go there, and nothing else; retries of a machine without a network take too long here.
        said = subprocess.run(  # noqa: S603  # our own command
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env={**os.environ, "UV_HTTP_RETRIES": "1", "UV_PREVIEW_FEATURES": "audit-command,json-output"},
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer within {seconds:g} s"
    try:
        report: Mapping[str, Any] = json.loads(said.stdout)
    except ValueError:
        lines = [line.strip().removeprefix("cause: ") for line in said.stderr.splitlines() if line.strip()]
        return None, lines[-1] if lines else f"uv ended with {said.returncode}"
    return report, ""


def main() -> int:
    """Ask, compare, and say it."""
    parser = argparse.ArgumentParser(prog="python -m deploy.audit", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--service", default=os.environ.get("AUDIT_URL") or SERVICE, help="OSV, or what speaks like it")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to wait for it")
    parser.add_argument("--if-reachable", action="store_true", help="exit 0 where nobody can be asked")
    given = parser.parse_args()
    today = datetime.now(UTC).date()
    try:
        accepted = read_accepted(ACCEPTED.read_text(encoding="utf-8"), today)
    except AcceptedWrong as error:
        sys.stderr.write(f"audit: {error}\n")
        return FOUND
    report, why = ask(given.service, given.seconds)
    if report is None:
        sys.stderr.write(f"audit: NOT LOOKED UP: {given.service} cannot be asked: {why}\n")
        return CLEAN if given.if_reachable else UNREACHED
    lines = complaints(read_report(report), accepted, today)
    for line in lines:
        sys.stderr.write(f"audit: {line}\n")
    count = report["summary"]["audited_packages"]
    sys.stdout.write(f"audit: {count} packages looked up, {len(lines)} to mend, {len(accepted)} accepted for a time\n")
    return FOUND if lines else CLEAN


if __name__ == "__main__":
    sys.exit(main())
