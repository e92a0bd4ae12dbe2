"""A team's queue: the way in, what is heard while waiting, and the way out.

The customer waits in a queue of Twilio's, the team's phones are rung by calls of their own (`RingTeam`), and whoever
presses the key there takes the first one out of the queue. A queue whose callers have been told that they are
recorded has a name of its own: its conversations are, the others' never.
"""

from dataclasses import replace
from typing import Final

from intake_phone.domain.calls.effects import LeftByKey, RingTeam, StopRinging
from intake_phone.domain.calls.state import write_state
from intake_phone.domain.calls.turn import Turn
from intake_phone.domain.flows.flow import TeamNode
from intake_phone.domain.twiml import Enqueue, Gather, Hangup, Leave, Pause, Play, Say

KEY_SECONDS: Final = 2
RECORDED: Final = "recorded"
_BRIDGED: Final = frozenset({"bridged", "bridging-in-process"})
_TAKEN: Final = frozenset({"redirected", "redirected-from-bridged"})
"""Somebody moved the call by REST: another document has it, and nobody hears this one."""


def queue_of(team: str, *, recorded: bool) -> str:
    """The name of a team's queue: at most 64 characters."""
    return f"{team}.{RECORDED}" if recorded else team


def is_recorded(queue: str) -> bool:
    """Whether who waits there has been told of the recording."""
    return queue.endswith(f".{RECORDED}")


def enter_team(turn: Turn, node: TeamNode) -> str | None:
    """Join the queue, where phones are rung with the first round; nobody waits for a team of which nobody is there."""
    if turn.facts.available is not None and node.team not in turn.facts.available:
        turn.note("unavailable", node.team)
        return node.unavailable
    queue = queue_of(node.team, recorded=turn.state.recording == "told")
    turn.say(node.say)
    _ring(turn, node, None)
    turn.note("queued", node.team)
    turn.verbs.append(Enqueue(turn.link(case="queued"), turn.link("wait", case="queued"), queue))
    return None


def _ring(turn: Turn, node: TeamNode, in_round: int | None) -> None:
    state = turn.state
    # What goes on an agent's leg belongs to the agent: of the call it knows the node and the language, nothing else.
    leg = write_state(replace(state, answers=(), ticket=0, said=(), offered=(), case=""), turn.flow)
    turn.effects.append(
        RingTeam(
            node.team,
            queue_of(node.team, recorded=state.recording == "told"),
            node.ring == "in_turn",
            node.ring_seconds,
            leg,
            turn.language,
            state.ticket or None,
            in_round,
        )
    )


def hear_team(turn: Turn, node: TeamNode) -> str | None:
    """How the wait ended."""
    result = turn.heard.queue
    if result in _BRIDGED or result in _TAKEN:
        stop_ringing(turn, node, served=True)
        turn.note("answered", node.team)
        if result in _BRIDGED and node.answered:
            return node.answered
        if result in _BRIDGED:
            turn.goodbye()
        else:
            turn.verbs.append(Hangup())
        return None
    stop_ringing(turn, node)
    by_key = bool(node.offered) and result == "leave" and turn.facts.left_by_key
    turn.note("left_queue", "key" if by_key else result or "error")
    return node.offered if by_key else node.unanswered


def stop_ringing(turn: Turn, node: TeamNode, *, served: bool = False) -> None:
    """Nobody waits any longer. `served`: an agent has had the caller."""
    queue = queue_of(node.team, recorded=turn.state.recording == "told")
    turn.effects.append(StopRinging(queue, turn.heard.queue_seconds, served))


def wait_a_round(turn: Turn, node: TeamNode) -> None:
    """One round of waiting: the position, the offer, music; or the way out of the queue.

    A document that ends is asked for again by Twilio, with the position and how long it has been: only what it asks by
    itself says that, so that nothing here leads on to another document.
    """
    heard = turn.heard
    waited = turn.facts.waited_seconds if heard.queue_seconds is None else heard.queue_seconds
    pressed = bool(node.offered) and heard.digits[:1] == node.offer_key
    if pressed:
        turn.effects.append(LeftByKey())
    if pressed or waited >= node.most_seconds or turn.facts.exhausted:
        turn.verbs.append(Leave())
        return
    _ring(turn, node, -(-waited // node.every_seconds))
    said: list[Say | Play | Pause] = []
    if node.position and heard.position:
        said += turn.line(node.position, position=str(heard.position))
    if node.offered:
        said += turn.line(node.offer, key=turn.spelt(node.offer_key))
    rest = min(node.every_seconds, max(node.most_seconds - waited, 1))
    said.append(Play(node.music) if node.music else Pause(rest))
    if node.offered:
        turn.verbs.append(Gather(turn.link("wait"), said, turn.voice, KEY_SECONDS, 1, "", on_silence=False))
    else:
        turn.verbs += said
