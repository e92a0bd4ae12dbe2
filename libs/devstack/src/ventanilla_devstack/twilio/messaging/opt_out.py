"""STOP, START and HELP: what Twilio answers by itself, and whom it then refuses to text.

https://help.twilio.com/articles/223134027, https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
"""

from ventanilla_devstack.twilio.exchange import Exchange
from ventanilla_devstack.twilio.records import DeskNumber

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})
ANSWERS = {
    "STOP": (
        "You have successfully been unsubscribed. You will not receive any more messages from this number. "
        "Reply START to resubscribe."
    ),
    "START": (
        "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
        "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    ),
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword(number: DeskNumber, body: str) -> str:
    """`STOP`, `START`, `HELP` or "": only a text that is one word and nothing else counts."""
    word = body.strip().upper()
    if number.advanced_opt_out:
        found = {key.upper(): meaning for key, meaning in number.keywords.items()}.get(word)
        if found is not None:
            return found
    return "STOP" if word in STOP else "START" if word in START else "HELP" if word in HELP else ""


def apply(exchange: Exchange, number: DeskNumber, person: str, body: str) -> tuple[str, str]:
    """What a text changes: its meaning, and the answer that Twilio gives ("" for none).

    `YES` is an ordinary word of somebody who has not opted out.
    """
    meaning, pair = keyword(number, body), (number.number, person)
    if meaning == "START" and body.strip().upper() == "YES" and pair not in exchange.opted_out:
        return "", ""
    if meaning == "STOP":
        told = pair not in exchange.opted_out
        exchange.opted_out.add(pair)
        return meaning, ANSWERS[meaning] if told else ""  # whoever has left already is not written to
    if meaning == "START":
        exchange.opted_out.discard(pair)
    if meaning == "HELP" and pair in exchange.opted_out:
        return meaning, ""
    return meaning, ANSWERS.get(meaning, "")
