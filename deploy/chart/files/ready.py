"""What `helm test` runs: ready.py READYZ SECONDS [HOST:PORT of SMTP]. Ends with 1 and what is wrong."""

import socket
import sys
import time
import urllib.error
import urllib.request

TIMEOUT = 5.0
ASK = (
    'import http.client as h; c = h.HTTPConnection("localhost", 8080); c.request("GET", "/readyz"); '
    "print(c.getresponse().read().decode())"
)
# Where balancers pass connections on, the door waits for their header before it greets.
HEADERS = (b"", b"PROXY UNKNOWN\r\n")


def not_ready(url: str) -> str:
    """What `/readyz` says is wrong; empty if nothing is."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT):  # noqa: S310  # the chart's own address
            return ""
    except urllib.error.HTTPError as answer:
        return answer.read(2000).decode("utf-8", "replace").strip()
    except OSError as error:
        name = url.split("//")[1].split(":", maxsplit=1)[0]
        return (
            f"{url} does not answer: {error}. Perhaps no pod is ready: a Service sends to ready pods only. "
            f"What a pod waits for it says itself: kubectl exec deploy/{name} -- python -c '{ASK}'"
        )


def no_greeting(address: str) -> str:
    """Why the SMTP door does not greet; empty if it does."""
    host, _, port = address.rpartition(":")
    heard = []
    for header in HEADERS:
        try:
            with socket.create_connection((host, int(port)), TIMEOUT) as door:
                door.sendall(header)
                said = door.recv(512).decode("ascii", "replace")
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            said = ""
        except OSError as error:
            return f"{address} does not answer: {error}"
        if said.startswith("220 "):
            return ""
        heard.append(said)
    return f"{address} does not greet as a mail server, nor after a PROXY header: {heard!r}"


def main(url: str, seconds: str, smtp: str = "") -> str:
    """What is still wrong after so many seconds; empty if nothing is."""
    until = time.monotonic() + float(seconds)
    while wrong := not_ready(url) or (no_greeting(smtp) if smtp else ""):
        if time.monotonic() > until:
            return wrong
        time.sleep(1)
    return ""


if __name__ == "__main__":
    if found := main(*sys.argv[1:]):
        sys.exit(found)
    sys.stdout.write("ready\n")
