"""Recorded payloads that we did not write, and how ours may differ from them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

_BESIDE_THE_PROJECT = Path(__file__).parents[5] / "shared" / "data" / "slack"
FOLDER = Path(os.environ.get("VENTANILLA_SLACK_PAYLOADS") or _BESIDE_THE_PROJECT)

# What recorded payloads have and ours never do: organisations are not imitated, `authed_users` is the predecessor of
# `authorizations`, thumbnails are not made.
_NOT_OURS = frozenset({"enterprise_name", "authed_users", "enterprise_id", "upload_reply_to"})
_FREE = frozenset({"values", "private_metadata"})


def load(name: str) -> dict[str, Any]:
    """A recorded payload; the test is skipped where there are none."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip("no recorded Slack payloads here: VENTANILLA_SLACK_PAYLOADS names their folder")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def differences(recorded: Any, ours: Any, place: str = "") -> list[str]:
    """Fields that a recorded payload has and ours lacks, or has with another type."""
    if isinstance(recorded, dict):
        if not isinstance(ours, dict):
            return [f"{place}: an object, ours {_kind(ours)}"]
        found = []
        for key, value in recorded.items():
            if key in _NOT_OURS or key.startswith(("thumb_", "original_")) or (place and key in _FREE):
                continue
            if key not in ours:
                found.append(f"{place}.{key}: missing")
            else:
                found += differences(value, ours[key], f"{place}.{key}")
        return found
    if isinstance(recorded, list):
        if not isinstance(ours, list):
            return [f"{place}: a list, ours {_kind(ours)}"]
        return differences(recorded[0], ours[0], f"{place}[0]") if recorded and ours else []
    return [] if _kind(recorded) == _kind(ours) else [f"{place}: {_kind(recorded)}, ours {_kind(ours)}"]


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__
