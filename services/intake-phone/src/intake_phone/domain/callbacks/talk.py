"""A talk with a customer who was called back, as agents hear of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake_phone.domain.callbacks.attempt import TALKED, Name, Wanted


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk that is over.

    Attributes:
        agent: handle of whoever called.
        seconds: how long it lasted; None: nobody said.
        caller: name of whom the desk knows by the number; empty: nobody.
        language: that the desk's number speaks.
    """

    name: Name
    wanted: Wanted
    agent: str
    seconds: int | None
    caller: str
    language: str


def is_talk(told: Mapping[str, Any]) -> bool:
    """Whether what the desk is told of an attempt, as `read_word` reads it, is that somebody talked."""
    return bool(told["outcome"] == TALKED and told["agent"])
