"""A stand-in for a service, the local Slack or Twilio, or the tickets command.

It only answers probes. Plain Python, to be quick.

`ROUTER_FAKE=die` makes the router end at once, `ROUTER_FAKE=never` keeps it from being ready.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = "a-token-of-the-stand-in"


def serve(name: str, port: int = 0) -> None:
    """Answer on a port, or that of the environment, until SIGTERM; leaves its environment in the working folder."""
    prefix = name.upper().replace("-", "_")
    fault = os.environ.get(f"{prefix}_FAKE")
    if fault == "die":
        sys.stderr.write(f"{name}: the moon is in the wrong house\n")
        sys.exit(3)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if fault == "never" else 200)
            self.end_headers()
            body: dict[str, Any] = {"ready": fault != "never", "problems": {"broker": "not connected"}}
            if self.path.startswith("/api/"):
                body = {"items": [], "next": None}
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port or int(os.environ[f"{prefix}_HTTP_PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Path(f"{name}.environment.json").write_text(json.dumps(dict(os.environ)))
    print(json.dumps({"event": "service.started", "level": "info", "port": server.server_port}), flush=True)
    server.serve_forever()


def slack(arguments: list[str]) -> None:
    """Tell secrets as the local Slack does, and answer; leaves what it was told in the working folder."""
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    seed = Path(given["--seed"]).read_text()
    Path("slack.options.json").write_text(json.dumps(given))
    print(json.dumps(json.loads(seed)["app"]), flush=True)
    serve("slack", int(given["--port"]))


def twilio(arguments: list[str]) -> None:
    """Tell secrets as the local Twilio does, and answer."""
    given = dict(zip(arguments[::2], arguments[1::2], strict=False))
    seed = json.loads(Path(given["--seed"]).read_text())
    print(json.dumps(seed["account"]), flush=True)
    serve("twilio", int(given["--port"]))


def tickets(arguments: list[str]) -> None:
    """Migrate nothing, know one token, and take any desk file once."""
    if arguments == ["desk"]:
        print("teams: []")
    if arguments[:1] == ["import-desk"]:
        print(json.dumps({"skipped": os.environ.get("TICKETS_FAKE") == "grown"}))
    if arguments[:2] == ["token", "create"]:
        print(TOKEN)
    if arguments[:2] == ["token", "check"]:
        sys.exit(sys.stdin.readline().strip() != TOKEN)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    elif sys.argv[1] == "slack":
        slack(sys.argv[2:])
    elif sys.argv[1] == "twilio":
        twilio(sys.argv[2:])
    else:
        tickets(sys.argv[2:])
