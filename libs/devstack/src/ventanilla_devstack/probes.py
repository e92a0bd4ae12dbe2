"""Short HTTP questions to our own services, without a client library: a run asks thousands of times."""

import http.client
import json
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status 0 means that nobody answered; `body` is what the JSON said, or None."""

    status: int
    body: Any


def ask(url: str, token: str | None = None, timeout_seconds: float = _TIMEOUT_SECONDS) -> Answer:
    """GET a URL on this machine. Never raises for what the network does."""
    return _request("GET", url, {"Authorization": f"Bearer {token}"} if token else {}, None, timeout_seconds)


def tell(url: str, content: dict[str, Any], timeout_seconds: float = _TIMEOUT_SECONDS) -> Answer:
    """POST JSON to a URL on this machine. Never raises for what the network does."""
    body = json.dumps(content).encode()
    return _request("POST", url, {"Content-Type": "application/json"}, body, timeout_seconds)


def _request(method: str, url: str, headers: dict[str, str], content: bytes | None, timeout_seconds: float) -> Answer:
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        with closing(http.client.HTTPConnection(parts.netloc, timeout=timeout_seconds)) as connection:
            connection.request(method, path, content, {"Accept": "application/json", **headers})
            answer = connection.getresponse()
            body = answer.read()
    except (OSError, http.client.HTTPException):
        return Answer(0, None)
    try:
        return Answer(answer.status, json.loads(body))
    except ValueError:
        return Answer(answer.status, None)


def readiness(url: str) -> tuple[bool, str]:
    """Whether a `/readyz` says yes, and else why not, in a few words."""
    answer = ask(url, timeout_seconds=2.0)
    if answer.status == 200:  # the HTTP status
        return True, ""
    if not answer.status:
        return False, "no answer"
    problems = answer.body.get("problems") if isinstance(answer.body, dict) else None
    if isinstance(problems, dict):
        return False, "; ".join(f"{name}: {text}" for name, text in problems.items())
    return False, f"HTTP {answer.status}"
