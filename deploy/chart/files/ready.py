"""What `helm test` runs: ready.py READYZ SECONDS [HOST:PORT of SMTP]. Ends with 1 and what is wrong."""

import socket
import sys
import time
import urllib.error
import urllib.request

TIMEOUT = 5.0


def not_ready(url: str) -> str:
    """What `/readyz` says is wrong; empty if nothing is."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT):  # noqa: S310  # the chart's own address
            return ""
    except urllib.error.HTTPError as answer:
        return answer.read(2000).decode("utf-8", "replace").strip()
    except OSError as error:
        return f"{url} does not answer: {error}"


def no_greeting(address: str) -> str:
    """Why the SMTP door does not greet; empty if it does."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), TIMEOUT) as door:
            said = door.recv(512).decode("ascii", "replace")
    except OSError as error:
        return f"{address} does not answer: {error}"
    return "" if said.startswith("220 ") else f"{address} does not greet as a mail server: {said!r}"


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
