"""A link that a caller is promised by text: as a form, as all else that is told of calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from intake_phone.domain.calls.state import State
from intake_phone.errors import Senseless


@dataclass(frozen=True, slots=True)
class Link:
    """One promise.

    Attributes:
        step, position: of the effect, within the call. node: where the flow stood then.
        desk, number: from and to which number it is texted. text: all of it.
        at: when it was promised, Unix time.
    """

    call: str
    step: int
    position: int
    node: str
    desk: str
    number: str = field(repr=False)
    text: str = field(repr=False)
    at: float

    def __str__(self) -> str:
        return f"{self.call}.{self.step}.{self.position}"

    @property
    def state(self) -> State:
        """Where the call stood, as far as its log has to say it."""
        return State(self.node, step=self.step)

    def form(self) -> dict[str, str]:
        """It as it is told."""
        return {
            "CallSid": self.call,
            "Step": str(self.step),
            "Position": str(self.position),
            "Node": self.node,
            "Desk": self.desk,
            "Number": self.number,
            "Text": self.text,
            "At": f"{self.at:.3f}",
        }


def read_link(form: Mapping[str, str]) -> Link:
    """What `Link.form` wrote.

    Raises:
        Senseless: it was not that.
    """
    try:
        return Link(
            call=form["CallSid"],
            step=int(form["Step"]),
            position=int(form["Position"]),
            node=form["Node"],
            desk=form["Desk"],
            number=form["Number"],
            text=form["Text"],
            at=float(form["At"]),
        )
    except (KeyError, ValueError) as error:
        raise Senseless(f"nobody can tell what to text to whom: {error}") from error
