"""Prometheus metrics of the portal, beside those of the chassis."""

from typing import Final

from prometheus_client import Counter, Histogram

from ventanilla_runtime.metrics import OTHER, REGISTRY, bounded

METHODS: Final = frozenset({"GET", "HEAD", "POST"})
REQUEST_SECONDS = Histogram(
    "portal_request_seconds",
    "Time to answer a request for a page, by the template of its address.",
    ("route", "method", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
ANSWERS = Counter("portal_answers", "Pages: failed (5xx) or ok (all others).", ("outcome",), registry=REGISTRY)
_FAILED: Final = ANSWERS.labels("failed")
"""A status has no series before its first answer, and a rate does not see that one: this has."""
_OK: Final = ANSWERS.labels("ok")


def note_request(route: str, method: str, status: int, seconds: float) -> None:
    """One more request; what has no template is `other`, and so is a method that no page knows."""
    REQUEST_SECONDS.labels(route or OTHER, bounded(method, METHODS), str(status)).observe(seconds)
    (_FAILED if status >= 500 else _OK).inc()


# Series that alerts and rates ask for exist from the start.
for _route, _method in (("/", "GET"), ("/s/{token}", "GET"), ("/s/{token}", "POST"), ("/p/{token}", "GET")):
    for _status in ("200", "503"):
        REQUEST_SECONDS.labels(_route, _method, _status)
