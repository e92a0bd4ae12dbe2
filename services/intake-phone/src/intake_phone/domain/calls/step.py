"""A call is a pure function: from where it stands, what was heard and what is known, to what is said next.

Nothing is kept between two requests: the state travels in the address that the document names, so any replica answers.
Nothing here raises, whatever comes: a state that makes no sense goes on at the flow's fallback, and a call that would
go on for ever ends with a word and leaves a line for a person.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from intake_phone.domain.calls import asking, leaving, queueing, verifying
from intake_phone.domain.calls.effects import ResumeRecording
from intake_phone.domain.calls.facts import Facts
from intake_phone.domain.calls.heard import Heard
from intake_phone.domain.calls.state import REST, State
from intake_phone.domain.calls.turn import Step, Turn
from intake_phone.domain.flows.flow import (
    LATE_STEP,
    STEPS,
    AnnouncementsNode,
    CallbackNode,
    CollectNode,
    Flow,
    HangUpNode,
    HoursNode,
    LanguageNode,
    MenuNode,
    Node,
    RecordNode,
    RejectNode,
    SayNode,
    TeamNode,
    TextLinkNode,
    TicketNode,
    TransferNode,
    VerifyNode,
    VoicemailNode,
)
from intake_phone.domain.twiml import ENDS, Hangup, Leave

_ASKING: Final = (LanguageNode, MenuNode, AnnouncementsNode, TicketNode, CollectNode, VerifyNode)

# What a node does is found by its class: the values of these tables take just that class.
_Does = Callable[[Turn, Any], str | None]


def _enter_say(turn: Turn, node: SayNode) -> str | None:
    turn.say(node.say)
    return node.then


def _enter_hours(turn: Turn, node: HoursNode) -> str | None:
    calendar = turn.flow.calendars[node.calendar]
    if calendar.is_open(turn.now):
        return node.open
    turn.note("closed", node.calendar)
    if node.say:
        turn.say(node.say, opens=turn.opens(calendar.next_opening(turn.now)))
    return node.special if node.special and calendar.is_special(turn.now) else node.closed


_ENTER: Final[Mapping[type[Node], _Does]] = {
    SayNode: _enter_say,
    HoursNode: _enter_hours,
    LanguageNode: asking.enter_language,
    MenuNode: asking.enter_menu,
    AnnouncementsNode: asking.enter_announcements,
    TicketNode: asking.enter_ticket,
    CollectNode: asking.enter_collect,
    VerifyNode: verifying.enter_verify,
    RecordNode: leaving.enter_record,
    TeamNode: queueing.enter_team,
    VoicemailNode: leaving.enter_voicemail,
    CallbackNode: leaving.enter_callback,
    TransferNode: leaving.enter_transfer,
    TextLinkNode: leaving.enter_text_link,
    HangUpNode: leaving.enter_hang_up,
    RejectNode: leaving.enter_reject,
}
_HEAR: Final[Mapping[type[Node], _Does]] = {
    LanguageNode: asking.hear_language,
    MenuNode: asking.hear_menu,
    AnnouncementsNode: asking.hear_announcements,
    TicketNode: asking.hear_ticket,
    CollectNode: asking.hear_collect,
    VerifyNode: verifying.hear_verify,
    RecordNode: leaving.hear_record,
    TeamNode: queueing.hear_team,
    VoicemailNode: leaving.hear_voicemail,
    CallbackNode: leaving.hear_callback,
    TransferNode: leaving.hear_transfer,
}


def step(flow: Flow, state: State, heard: Heard, facts: Facts, now: datetime) -> Step:
    """What is said next.

    Args:
        flow: one that its review found nothing wrong with.
        state: as `read_state` gives it.
        now: an instant; without a zone it is taken as UTC.
    """
    turn = Turn(flow, state, heard, facts, now)
    if heard.hung_up:
        return _hung_up(turn)
    turn.change(step=min(state.step + 1, STEPS))
    node = flow.nodes.get(state.node)
    if state.foreign or (state.node and node is None):
        following: str | None = turn.fall_back("foreign_state")
    elif node is None:
        if facts.language in flow.languages:
            turn.change(language=facts.language)
        following = flow.start
    else:
        following = _HEAR[type(node)](turn, node) if type(node) in _HEAR else state.node
        _resume(turn, node, following)
    if following is not None and turn.state.step >= STEPS:
        # What was heard last, a message for example, has been kept by then.
        turn.verbs.clear()
        turn.note("capped")
        turn.goodbye("sorry")
        return turn.step()
    _walk(turn, following)
    return turn.step()


def wait(flow: Flow, state: State, heard: Heard, facts: Facts, now: datetime) -> Step:
    """What is heard in a team's queue, one round of it. A state of elsewhere leaves the queue."""
    turn = Turn(flow, state, heard, facts, now)
    node = flow.nodes.get(state.node)
    if heard.hung_up:
        turn.verbs.append(Hangup())
    elif isinstance(node, TeamNode) and not state.foreign:
        queueing.wait_a_round(turn, node)
    else:
        turn.verbs.append(Leave())
    return turn.step()


def _walk(turn: Turn, name: str | None) -> None:
    """Through nodes until one of them completes the document."""
    for _ in range(len(turn.flow.nodes) + 1):
        if name is None:
            break
        node = turn.flow.nodes[name]
        if turn.state.step >= LATE_STEP and isinstance(node, _ASKING) and not turn.state.fell_back:
            name = turn.fall_back("late")
            node = turn.flow.nodes[name]
        turn.change(node=name, case="", missed=turn.state.missed if name == turn.state.node else 0)
        name = _ENTER[type(node)](turn, node)
    if not turn.verbs or not isinstance(turn.verbs[-1], ENDS):
        turn.goodbye("sorry")


def _resume(turn: Turn, node: Node, following: str | None) -> None:
    """What paused the recording is over, unless it is asked once more or still being typed."""
    if (
        turn.state.recording == "paused"
        and turn.state.case != REST
        and turn.flow.nodes.get(following or "") is not node
    ):
        turn.effects.append(ResumeRecording())
        turn.change(recording="on")


def _hung_up(turn: Turn) -> Step:
    """The call is over; what it left is kept."""
    node = turn.flow.nodes.get(turn.state.node)
    if turn.heard.recording and isinstance(node, VoicemailNode):
        leaving.note_message(turn)
    if isinstance(node, TeamNode) and turn.heard.queue not in ("bridged", "bridging-in-process"):
        queueing.stop_ringing(turn, node)
        if turn.heard.queue_seconds is not None:
            turn.note("left_queue", "hangup")
    elif isinstance(node, TeamNode):
        queueing.stop_ringing(turn, node, served=True)
        turn.note("answered", node.team)
    if isinstance(node, TransferNode) and turn.heard.dial:
        turn.note("dialled", turn.heard.dial)
    turn.note("hung_up")
    turn.verbs.append(Hangup())
    return turn.step()
