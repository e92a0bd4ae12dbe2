"""What an interaction lends to an app for a while: a trigger to open a modal with, an address to answer to."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from ventanilla_devstack.slack.errors import Refused
from ventanilla_devstack.slack.ids import new_secret

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS, RESPONSE_USES = 30 * 60.0, 5
_KEPT = 5_000


@dataclass(slots=True)
class Trigger:
    """The right to open one view for one person.

    Attributes:
        view_id: the modal in which they acted; "" outside of one.
    """

    app_id: str
    user: str
    at: float
    view_id: str = ""
    used: bool = False


@dataclass(slots=True)
class ResponsePlace:
    """Where an answer to an interaction goes.

    Attributes:
        message_ts: the message that was acted on, which may be replaced or deleted; "" for a command.
        ephemeral: whether that message is only theirs.
    """

    app_id: str
    user: str
    channel: str
    at: float
    thread_ts: str = ""
    message_ts: str = ""
    ephemeral: bool = False
    uses: int = 0


@dataclass(slots=True)
class Lent:
    """All triggers and addresses that were lent, the newest few thousand."""

    clock: Callable[[], float]
    triggers: OrderedDict[str, Trigger] = field(default_factory=OrderedDict)
    places: OrderedDict[str, ResponsePlace] = field(default_factory=OrderedDict)

    def new_trigger(self, app_id: str, user: str, view_id: str = "") -> str:
        """A `trigger_id`."""
        at = self.clock()
        name = f"{int(at * 1000)}.{int(at)}.{new_secret()}"
        self.triggers[name] = Trigger(app_id, user, at, view_id)
        while len(self.triggers) > _KEPT:
            self.triggers.popitem(last=False)
        return name

    def exchange(self, name: str, app_id: str) -> Trigger:
        """The person for whom a view may be opened, once and within three seconds.

        Raises:
            Refused: `invalid_trigger_id`, `expired_trigger_id`, `exchanged_trigger_id`.
        """
        trigger = self.triggers.get(name)
        if trigger is None or trigger.app_id != app_id:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self.clock() - trigger.at > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_place(self, place: ResponsePlace) -> str:
        """The secret part of a `response_url`."""
        name = new_secret(size_bytes=24)
        self.places[name] = place
        while len(self.places) > _KEPT:
            self.places.popitem(last=False)
        return name

    def use_place(self, name: str) -> ResponsePlace:
        """Where an answer goes; counts as one of five uses.

        Raises:
            Refused: `no_active_hooks` for an unknown address, `expired_url`, `used_url`.
        """
        place = self.places.get(name)
        if place is None:
            raise Refused("no_active_hooks")
        if self.clock() - place.at > RESPONSE_SECONDS:
            raise Refused("expired_url")
        if place.uses >= RESPONSE_USES:
            raise Refused("used_url")
        place.uses += 1
        return place
