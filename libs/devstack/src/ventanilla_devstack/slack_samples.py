"""A few first messages in the local Slack, written with the hands of people who are in it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ventanilla_devstack.errors import ServiceFailed
from ventanilla_devstack.probes import tell


@dataclass(frozen=True, slots=True)
class SlackSample:
    """One message that begins a conversation.

    Attributes:
        author: the handle of whoever writes it.
        channel: the name of a channel; empty: a direct message to the app.
    """

    id: str
    author: str
    channel: str
    text: str

    @property
    def subject(self) -> str:
        """The subject of its ticket."""
        return self.text.splitlines()[0]

    @property
    def reply_to(self) -> None:
        """It answers no other one."""


def read_slack_samples() -> tuple[SlackSample, ...]:
    """The messages that come with this package, in the order in which they are written."""
    text = resources.files("ventanilla_devstack").joinpath("data/samples.toml").read_text(encoding="utf-8")
    return tuple(
        SlackSample(each["id"], each["author"], each.get("channel", ""), each["text"].strip())
        for each in tomllib.loads(text)["slack"]
    )


def write_slack_samples(samples: Sequence[SlackSample], url: str) -> None:
    """Write the messages in the local Slack at `url`. One that stands there already is not written again.

    Raises:
        ServiceFailed: it was not possible to write one.
    """
    for sample in samples:
        channel = sample.channel or _use_hand(url, "dm", {"user": sample.author})
        place = {"user": sample.author, "channel": channel}
        found = _use_hand(url, "messages", place)
        if not any(message.get("text") == sample.text for message in found):
            _use_hand(url, "write", {**place, "text": sample.text})


def _use_hand(url: str, name: str, arguments: Mapping[str, str]) -> Any:
    answer = tell(f"{url}/_local/hands/{name}", dict(arguments))
    if isinstance(answer.body, dict) and answer.body.get("ok"):
        return answer.body.get("result")
    why = answer.body.get("error") if isinstance(answer.body, dict) else answer.status or "no answer"
    raise ServiceFailed(f"a sample could not be written in the local Slack ({name}: {why}); see the log of slack")
