"""The Secrets of the broker's users, as an operator makes them."""

import base64
import json

from typer.testing import CliRunner

from ventanilla_runtime.__main__ import app


def secrets(*words: str, given: str = "") -> dict[str, dict[str, str]]:
    """What `ventanilla topology secrets` prints: Secret → its content."""
    done = CliRunner().invoke(app, ["topology", "secrets", *words], input=given)
    assert done.exit_code == 0, done.output
    return {
        one["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in one["data"].items()}
        for one in json.loads(done.stdout)["items"]
    }
