"""A text conversation and a call with voicemail, by people of the local Twilio."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from ventanilla_devstack.errors import ServiceFailed
from ventanilla_devstack.probes import tell

_SECONDS: Final = 15.0
"""The desk has been asked and has answered by then."""


@dataclass(frozen=True, slots=True)
class TextSample:
    """One text; `reply_to` names the one that it follows in its conversation.

    Attributes:
        author: the number of whoever writes it. number: which of the desk's numbers gets it.
    """

    id: str
    author: str
    number: str
    text: str
    reply_to: str | None = None

    @property
    def subject(self) -> str:
        """The subject of its ticket."""
        return self.text.splitlines()[0]


@dataclass(frozen=True, slots=True)
class CallSample:
    """One call; its script is what the caller does, as docs/fidelity.md says."""

    id: str
    author: str
    number: str
    script: tuple[str, ...]


def read_text_samples() -> tuple[TextSample, ...]:
    """The texts that come with this package, in the order in which they are written."""
    return tuple(
        TextSample(each["id"], each["from"], each["to"], each["text"].strip(), each.get("reply_to"))
        for each in _read()["text"]
    )


def read_call_samples() -> tuple[CallSample, ...]:
    """The calls that come with this package."""
    return tuple(CallSample(each["id"], each["from"], each["to"], tuple(each["script"])) for each in _read()["call"])


def send_texts(samples: Sequence[TextSample], url: str) -> None:
    """Let the texts be written at the local Twilio at `url`; returns when the desk has been given them.

    Raises:
        ServiceFailed: it was not possible to write one.
    """
    for sample in samples:
        _use_hand(url, "text", {"from": sample.author, "to": sample.number, "body": sample.text})


def begin_calls(samples: Sequence[CallSample], url: str) -> None:
    """Let the calls begin at the local Twilio at `url`; they take as long as calls do, and nobody waits for them.

    Raises:
        ServiceFailed: it was not possible to begin one.
    """
    for sample in samples:
        _use_hand(url, "call", {"from": sample.author, "to": sample.number, "script": list(sample.script)})


def _read() -> dict[str, Any]:
    text = resources.files("ventanilla_devstack").joinpath("data/samples.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _use_hand(url: str, name: str, arguments: Mapping[str, Any]) -> None:
    answer = tell(f"{url}/_local/{name}", dict(arguments), _SECONDS)
    if isinstance(answer.body, dict) and answer.body.get("ok"):
        return
    why = answer.body.get("error") if isinstance(answer.body, dict) else answer.status or "no answer"
    raise ServiceFailed(f"a sample could not be given to the local Twilio ({name}: {why}); see the log of twilio")
