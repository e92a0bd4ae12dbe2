"""What `helm test` runs inside the cluster, run here against sockets."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.support.chart import CHART

_SCRIPT = (CHART / "files" / "ready.py").read_text(encoding="utf-8")


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """The address of a service that says so."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is read."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/readyz"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def greeting(words: bytes, *, after: bytes = b"") -> Iterator[str]:
    """The address of a door that says so to the first two who knock; `after` is what it must hear before."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def greet() -> None:
            for _ in range(2):
                peer, _ = door.accept()
                with peer:
                    if not after or peer.recv(len(after)) == after:
                        peer.sendall(words)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield f"127.0.0.1:{door.getsockname()[1]}"


def run(*words: str, hurried: bool = False) -> tuple[int, str]:
    """As the pod runs it: the text behind -c; in a hurry it waits for a tenth of a second only."""
    script = _SCRIPT.replace("TIMEOUT = 5.0", "TIMEOUT = 0.1") if hurried else _SCRIPT
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_service_that_is_ready_and_greets_passes() -> None:
    with answering(200, b"{}") as url, greeting(b"220 desk ESMTP\r\n") as smtp:
        assert run(url, "5", smtp) == (0, "ready\n")


def test_a_door_that_waits_for_a_balancers_header_passes() -> None:
    with answering(200, b"{}") as url, greeting(b"220 desk ESMTP\r\n", after=b"PROXY UNKNOWN\r\n") as smtp:
        assert run(url, "0", smtp, hurried=True) == (0, "ready\n")


def test_whoever_gets_no_answer_is_told_how_to_ask_a_pod_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        closed = door.getsockname()[1]
    code, said = run(f"http://127.0.0.1:{closed}/readyz", "0")
    assert code == 1
    assert "a Service sends to ready pods only" in said
    asked = said.partition("python -c '")[2].partition("'")[0]
    with answering(503, b'{"problems": {"database": "away"}}') as url:
        port = url.split(":")[2].split("/")[0]
        done = subprocess.run(
            [sys.executable, "-c", asked.replace("8080", port)], capture_output=True, text=True, timeout=30, check=False
        )
    assert (done.stdout, done.stderr) == ('{"problems": {"database": "away"}}\n', "")


def test_what_is_wrong_is_what_the_test_says() -> None:
    with answering(503, b'{"problems": {"broker": "not connected"}}') as url:
        code, said = run(url, "0")
    assert (code, "not connected" in said) == (1, True)


@pytest.mark.parametrize("words", [b"554 no\r\n", b""])
def test_a_door_that_does_not_greet_fails(words: bytes) -> None:
    with answering(200, b"") as url, greeting(words) as smtp:
        code, said = run(url, "0", smtp)
    assert code == 1
    assert "does not greet as a mail server" in said
