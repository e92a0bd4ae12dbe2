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
def greeting(words: bytes) -> Iterator[str]:
    """The address of a door that says so to the first who knocks."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def greet() -> None:
            peer, _ = door.accept()
            with peer:
                peer.sendall(words)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield f"127.0.0.1:{door.getsockname()[1]}"


def run(*words: str) -> tuple[int, str]:
    """As the pod runs it: the text behind -c."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *words], capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_service_that_is_ready_and_greets_passes() -> None:
    with answering(200, b"{}") as url, greeting(b"220 desk ESMTP\r\n") as smtp:
        assert run(url, "5", smtp) == (0, "ready\n")


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
