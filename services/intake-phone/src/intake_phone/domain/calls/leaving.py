"""Nodes by which a call leaves the questions: a message, a call back, another number, a text, the end."""

from typing import Final

from intake_phone.domain.calls.effects import (
    PauseRecording,
    RecordingLeft,
    StartRecording,
    TextLink,
    WantCallback,
)
from intake_phone.domain.calls.turn import BLANK, Turn
from intake_phone.domain.flows.flow import (
    CallbackNode,
    HangUpNode,
    RecordNode,
    RejectNode,
    TextLinkNode,
    TransferNode,
    VoicemailNode,
)
from intake_phone.domain.numbers import costs_extra, dialled_number
from intake_phone.domain.twiml import DialNumber, Hangup, Record, Redirect, Reject

NUMBER_SECONDS: Final = 8
MOST_DIGITS_OF_A_NUMBER: Final = 17
"""15 of E.164 behind `00`."""
_TALKED: Final = frozenset({"completed", "answered"})


def enter_record(turn: Turn, node: RecordNode) -> str | None:
    """Tell that recording begins. A call is recorded from the next document on: by then it has been told."""
    turn.say(node.say)
    turn.must_be_heard()
    turn.note("recording_told")
    if node.what == "conversation":
        if not turn.state.recording:
            turn.change(recording="told")
        return node.then
    turn.verbs.append(Redirect(turn.link(case="told")))
    return None


def hear_record(turn: Turn, node: RecordNode) -> str | None:
    """The announcement is over."""
    if turn.state.case == "told" and turn.state.recording in ("", "told"):
        turn.effects.append(StartRecording())
        turn.change(recording="on")
    return node.then


def enter_voicemail(turn: Turn, node: VoicemailNode) -> None:
    """Take a message; an empty one goes on behind the recording."""
    turn.say(node.say)
    turn.verbs.append(
        Record(turn.link(), turn.link("recording"), node.most_seconds, node.finish_key, node.silence_seconds)
    )
    turn.verbs.append(Redirect(turn.link(case="empty")))


def hear_voicemail(turn: Turn, node: VoicemailNode) -> str | None:
    """A message; or nothing, which is asked for once more."""
    if turn.heard.recording:
        note_message(turn)
    else:
        turn.note("empty_recording")
        if not turn.state.missed:
            turn.change(missed=1)
            turn.say("nothing-heard")
            return turn.state.node
    turn.change(missed=0)
    return _onward(turn, node.then)


def note_message(turn: Turn) -> None:
    """Keep what was recorded."""
    turn.effects.append(RecordingLeft(turn.heard.recording, turn.heard.recording_seconds, turn.language))
    turn.note("recorded", str(turn.heard.recording_seconds))


def enter_callback(turn: Turn, node: CallbackNode) -> str | None:
    """Note the wish; whoever withholds the number, or calls from one that nobody calls back, is asked for one."""
    caller = turn.facts.caller
    if caller.anonymous or costs_extra(caller.number) or caller.number in turn.facts.ours:
        turn.ask(turn.line(node.ask), NUMBER_SECONDS, MOST_DIGITS_OF_A_NUMBER, "#", case="asked")
        return None
    return _wanted(turn, node, "")


def hear_callback(turn: Turn, node: CallbackNode) -> str | None:
    """A number that can be called, or a misunderstanding."""
    number = dialled_number(turn.heard.digits.rstrip("#"), turn.facts.region)
    if number is None or number in turn.facts.ours:  # one of ours would bring a flow and an agent together
        return turn.misunderstood("number-not-understood")
    turn.change(missed=0)
    return _wanted(turn, node, number)


def _wanted(turn: Turn, node: CallbackNode, number: str) -> str | None:
    turn.effects.append(WantCallback(node.team, number, turn.state.ticket or None))
    turn.note("callback", node.team)
    turn.say(node.confirm)
    return _onward(turn, node.then)


def enter_transfer(turn: Turn, node: TransferNode) -> None:
    """Ring another number."""
    if node.pause_recording and turn.state.recording == "on":
        turn.effects.append(PauseRecording())
        turn.change(recording="paused")
    turn.say(node.say)
    turn.verbs.append(DialNumber(turn.link(), node.number, node.ring_seconds))


def hear_transfer(turn: Turn, node: TransferNode) -> str | None:
    """Whether somebody took it there."""
    turn.note("dialled", turn.heard.dial or "failed")
    return _onward(turn, node.answered) if turn.heard.dial in _TALKED else node.unanswered


def enter_text_link(turn: Turn, node: TextLinkNode) -> str | None:
    """Promise a link by text, to whom that can be done."""
    caller = turn.facts.caller
    if not turn.facts.textable or turn.facts.links_lost:
        return node.otherwise
    line = turn.flow.prompts[node.text][turn.language]
    text = BLANK.sub(lambda match: node.url if match[1] == "link" else "", line.text)
    turn.effects.append(TextLink(caller.number, text or node.url, turn.language))
    turn.say(node.say)
    return node.then


def enter_hang_up(turn: Turn, node: HangUpNode) -> None:
    """The end."""
    turn.goodbye(node.say)


def enter_reject(turn: Turn, node: RejectNode) -> None:
    """Do not answer; a call that was answered ends."""
    first = not turn.verbs and turn.state.step <= 1
    turn.verbs.append(Reject(node.busy) if first else Hangup())
    turn.note("rejected")


def _onward(turn: Turn, then: str) -> str | None:
    if then:
        return then
    turn.goodbye()
    return None
