"""What we build on: vulnerabilities are looked up and told, licences fit, and nothing is called well unasked."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy import audit, licences
from ventanilla_devstack.ports import HOST, free_port

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 28)
FOUND = audit.Found("GHSA-1", frozenset({"GHSA-1", "CVE-2026-1"}), "requests", "2.0", "Reads too much", ("2.1",))
ENTRY = "accepted: [{id: CVE-2026-1, package: requests, reason: Only files of our own get there., until: %s}]"


@contextmanager
def advisories(vulnerable: str) -> Iterator[str]:
    """A service that speaks as OSV does, and knows of one vulnerable package."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
            known = {"vulns": [{"id": "GHSA-1", "modified": "2026-01-01T00:00:00Z"}]}
            self.answer({"results": [known if one["package"]["name"] == vulnerable else {} for one in asked]})

        def do_GET(self) -> None:
            self.answer({"id": "GHSA-1", "modified": "2026-01-01T00:00:00Z", "summary": "Reads too much"})

        def answer(self, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.audit", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_known_vulnerability_of_a_locked_package_fails_and_is_named() -> None:
    with advisories("orjson") as url:
        said = run("--service", url)
    assert said.returncode == audit.FOUND
    assert "orjson" in said.stderr
    assert "GHSA-1: Reads too much" in said.stderr


def test_where_nothing_is_known_it_says_how_much_was_looked_up() -> None:
    with advisories("nothing-of-ours") as url:
        said = run("--service", url)
    assert (said.returncode, said.stderr) == (audit.CLEAN, "")
    assert int(said.stdout.split()[1]) > 80


@pytest.mark.parametrize(("flags", "code"), [((), audit.UNREACHED), (("--if-reachable",), audit.CLEAN)])
def test_a_service_that_cannot_be_asked_is_told_in_one_line_and_is_no_all_clear(
    flags: tuple[str, ...], code: int
) -> None:
    said = run("--service", f"http://{HOST}:{free_port()}", *flags)
    assert said.returncode == code
    assert said.stdout == ""
    [line] = said.stderr.splitlines()
    assert line.startswith("audit: NOT LOOKED UP: http://")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("accepted: []", ["requests 2.0: GHSA-1: Reads too much (mended in 2.1)"]),
        (ENTRY % "2026-12-31", []),
        (ENTRY % "2026-11-27", ["accepted until 2026-11-27, which is over: Only files of our own get there."]),
        (
            (ENTRY % "2026-12-31").replace("requests", "other"),
            ["requests 2.0: GHSA-1", "audit.yaml: CVE-2026-1 of other is not there any more: take the entry out"],
        ),
    ],
)
def test_what_is_accepted_is_accepted_for_one_package_until_a_day(entry: str, expected: list[str]) -> None:
    lines = audit.complaints([FOUND], audit.read_accepted(entry, TODAY), TODAY)
    assert len(lines) == len(expected)
    assert all(words in line for words, line in zip(expected, lines, strict=True))


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY % "2027-12-31",
        ENTRY % "soon",
        "accepted: [{id: CVE-1, package: x, until: 2026-12-01}]",
        "accepted: [{id: CVE-1, package: x, reason: no, until: 2026-12-01}]",
    ],
)
def test_an_entry_without_a_reason_or_with_no_near_end_is_refused(entry: str) -> None:
    with pytest.raises(audit.AcceptedWrong, match=r"audit\.yaml"):
        audit.read_accepted(entry, TODAY)


def test_everything_in_the_images_is_under_a_licence_that_fits() -> None:
    assert list(licences.unfit()) == []
    assert {"nats-py", "fastapi", "opentelemetry-sdk"} <= set(licences.shipped())


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("MIT", True),
        ("MPL-2.0 AND MIT", True),
        ("Apache-2.0 OR BSL-1.1", True),
        ("MIT AND BSL-1.1", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("(MIT OR SSPL-1.0) AND ISC", True),
        ("GPL-2.0-only", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_a_licence_fits_if_the_gpl_lets_it_in(expression: str, fits: bool) -> None:
    assert licences.is_compatible(expression) is fits
