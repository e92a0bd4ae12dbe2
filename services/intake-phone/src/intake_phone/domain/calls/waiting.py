"""What is told of a caller who waits for a team: as a form, as all else that is told of calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from intake_phone.domain.calls.effects import RingTeam
from intake_phone.domain.calls.legs import LEG
from intake_phone.domain.calls.ringing import Wish
from intake_phone.errors import Senseless

ENTERS_FIELD: Final = "Enters"
"""Of a wish: the caller is on the way into the queue, so nobody is to be rung yet."""
SERVED_FIELD: Final = "Served"
"""Of a form that says that a wait has ended: somebody had taken the caller out of the queue."""


@dataclass(frozen=True, slots=True)
class Name:
    """One wait: a call, and the step at which the caller joined the queue; a call may wait for two teams in turn."""

    call: str
    step: int

    def __str__(self) -> str:
        return f"{self.call}.{self.step}"

    @property
    def prefix(self) -> str:
        """What the keys of this wait begin with."""
        return f"ring.{self}."


def wish_form(name: Name, effect: RingTeam, desk: str, caller: str, at: float) -> dict[str, str]:
    """A wish as it is told; `at` is Unix time."""
    return {
        **name_form(name),
        "Team": effect.team,
        "Queue": effect.queue,
        "InTurn": "1" if effect.in_turn else "",
        "RingSeconds": str(effect.ring_seconds),
        "Leg": effect.leg,
        "Language": effect.language,
        "Ticket": str(effect.ticket or ""),
        "Desk": desk,
        "Caller": caller,
        "At": f"{at:.3f}",
        **({ENTERS_FIELD: "1"} if effect.round is None else {}),
    }


def name_form(name: Name) -> dict[str, str]:
    """Which wait it is."""
    return {"CallSid": name.call, "Step": str(name.step)}


def read_name(form: Mapping[str, str]) -> Name:
    """Which wait it is.

    Raises:
        Senseless: it does not say.
    """
    call, step = form.get("CallSid", ""), form.get("Step", "")
    if not call or not step.isdecimal():
        raise Senseless("somebody waits, but nobody says who")
    return Name(call, int(step))


def read_wish(form: Mapping[str, str]) -> Wish:
    """What `wish_form` wrote.

    Raises:
        Senseless: it was not that.
    """
    try:
        return Wish(
            team=form["Team"],
            queue=form["Queue"],
            in_turn=bool(form["InTurn"]),
            ring_seconds=int(form["RingSeconds"]),
            leg=form["Leg"],
            desk=form["Desk"],
            language=form["Language"],
            at=float(form["At"]),
            caller=form["Caller"],
            ticket=int(form["Ticket"]) if form["Ticket"] else None,
        )
    except (KeyError, ValueError) as error:
        raise Senseless(f"nobody can tell for whom to ring: {error}") from error


def read_leg(form: Mapping[str, str]) -> tuple[Name, str]:
    """For whom a leg was made, and its own name, as its addresses carry them.

    Raises:
        Senseless: they do not.
    """
    wait, slash, leg = form.get(LEG, "").partition("/")
    call, _, step = wait.rpartition(".")
    if not slash or not step.isdecimal() or not leg.rpartition(".")[2].isdecimal():
        raise Senseless("a leg without its name")
    return Name(call, int(step)), leg
