"""Slack's signature of a request: version 0, over the time and the body, with the app's signing secret."""

import hashlib
import hmac


def sign(secret: str, at: int, body: bytes) -> dict[str, str]:
    """The two headers by which an app knows that Slack has sent a body."""
    digest = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}
