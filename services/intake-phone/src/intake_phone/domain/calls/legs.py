"""An agent's leg: whoever answers hears who calls, and only a key takes the call.

A private voicemail that picks up presses no key, so it never takes a customer. The leg then takes whoever waits first
in the team's queue; if nobody waits any more, it ends.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from intake_phone.domain.calls.facts import Facts, Ringing
from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.calls.queueing import is_recorded, queue_of
from intake_phone.domain.calls.state import State
from intake_phone.domain.calls.turn import Step, Turn
from intake_phone.domain.flows.flow import Flow, TeamNode
from intake_phone.domain.teams import title_of
from intake_phone.domain.twiml import DialQueue, Gather, Hangup, Link

LEG: Final = "k"
"""In a query: the name of a leg."""
ACCEPT_KEY: Final = "1"
KEY_SECONDS: Final = 6
QUEUE_SECONDS: Final = 5
_TALKED: Final = frozenset({"completed", "answered"})
_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)  # nothing on a leg depends on it


def is_talk(state: State, heard: Heard) -> bool:
    """Whether a request of an agent's leg says that somebody was talked to on it."""
    return state.case == "queued" and heard.dial in _TALKED


def is_missed(state: State, heard: Heard) -> bool:
    """Whether such a request says that the key was pressed while nobody was in the queue."""
    return state.case == "queued" and heard.dial not in _TALKED and not heard.hung_up


def leg(flow: Flow, state: State, heard: Heard, ringing: Ringing, name: str) -> Step:
    """What an agent hears: the whisper, then the caller, then nothing.

    Args:
        state: as `RingTeam.leg` carries it, then as this leg's own addresses do.
        name: of the leg, as its addresses carry it.
    """
    turn = Turn(flow, replace(state, step=0), heard, Facts(), _NO_TIME)
    node = flow.nodes.get(state.node)
    if heard.hung_up or state.foreign or not isinstance(node, TeamNode):
        turn.verbs.append(Hangup())
        return turn.step()
    queue = queue_of(node.team, recorded=state.recording == "told")
    if state.case == "queued":
        if heard.dial not in _TALKED:
            turn.say("leg-gone")
        turn.verbs.append(Hangup())
    elif ringing.over:
        turn.say("leg-gone")
        turn.verbs.append(Hangup())
    elif state.case != "asked":
        words = flow.words[turn.language]
        spelt = turn.spelt(ringing.caller.number.removeprefix("+"))
        blanks = {
            "caller": ringing.name or spelt or words["caller.withheld"],
            "team": title_of(node.team, ringing.titles, turn.language),
            "language": words[f"language.{turn.language}"],
        }
        inside = turn.line(node.whisper, **blanks)
        asked = _named(turn.link("leg", case="asked"), name)
        turn.verbs.append(Gather(asked, inside, turn.voice, KEY_SECONDS, 1, ""))
    elif heard.digits[:1] == ACCEPT_KEY:
        turn.say("accepted")
        ended, told = _named(turn.link("leg", case="queued"), name), turn.link("recording")
        taken = Link("taken", urlencode({LEG: name}))
        turn.verbs.append(DialQueue(ended, queue, QUEUE_SECONDS, is_recorded(queue), told, taken))
    else:
        turn.verbs.append(Hangup())
    return turn.step()


def _named(link: Link, name: str) -> Link:
    return Link(link.door, f"{link.query}&{urlencode({LEG: name})}")
