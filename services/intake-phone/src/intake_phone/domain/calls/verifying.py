"""The node that verifies a caller: a code goes to the number on file of the ticket, and they type what they got.

What the desk says of a code is needed before the document can be told: where it is not known, the step wants it asked
(`SendCode`, `CheckCode`), and is made once more with the answer. The digits are kept nowhere.
"""

from typing import Final

from intake_phone.domain.calls.asking import spoken_digits
from intake_phone.domain.calls.effects import CheckCode, PauseRecording, SendCode
from intake_phone.domain.calls.turn import Turn
from intake_phone.domain.flows.flow import VerifyNode

DIGITS: Final = 6


def enter_verify(turn: Turn, node: VerifyNode) -> str | None:
    """Ask for the code that was sent; whoever chose no ticket, or cannot be texted, goes on otherwise."""
    again = turn.state.missed > 0
    unsent = not again and turn.facts.code not in ("", "sent")  # one code for one document
    # The desk has a number for codes: what the one that was called can do does not matter.
    if not turn.state.ticket or not turn.facts.takes_texts or unsent:
        turn.note("not_verified")
        return node.otherwise
    if not again:
        if turn.facts.code != "sent":
            turn.effects.append(SendCode(turn.state.ticket))
        turn.note("code_sent")
    if turn.state.recording == "on":
        turn.effects.append(PauseRecording())
        turn.change(recording="paused")
    turn.ask(turn.line(node.again if again else node.say), node.wait_seconds, DIGITS)
    return None


def hear_verify(turn: Turn, node: VerifyNode) -> str | None:
    """The code, or something else."""
    digits = turn.heard.digits.rstrip("#") or spoken_digits(turn.heard.speech)
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdecimal():
        return turn.misunderstood()
    if turn.facts.code == "wrong":
        return turn.misunderstood("wrong-code")
    if turn.facts.code == "":
        turn.effects.append(CheckCode(turn.state.ticket, digits))
    if turn.facts.code != "right":
        turn.note("not_verified")
        turn.change(missed=0)
        return node.otherwise
    turn.note("verified")
    turn.change(missed=0)
    turn.say(node.confirm)
    return node.then
