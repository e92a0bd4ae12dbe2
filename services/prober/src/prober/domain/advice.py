"""What to look at when a probe fails: the stage names the part of the desk, the reason what is wrong with it."""

from collections.abc import Mapping
from typing import Final

from prober.domain.probe import (
    ANSWER,
    API,
    BROKEN,
    CLEAN,
    DOOR,
    ISSUE,
    MAIL,
    PORTAL,
    SETTLE,
    SLACK,
    SMS,
    TICKET,
    VOICE,
    WHATSAPP,
)

_SERVICE: Final[Mapping[str, str]] = {
    MAIL: "intake-email",
    SLACK: "intake-chat",
    SMS: "intake-phone",
    WHATSAPP: "intake-phone",
    VOICE: "intake-phone",
    API: "tickets",
    PORTAL: "portal",
}
_AT: Final[Mapping[tuple[str, str], str]] = {
    (ISSUE, "refused"): "the token of PROBER_TICKETS_TOKEN: it needs the scope probe, and a desk that issues probes",
    (ISSUE, ""): "tickets: is it ready, and is PROBER_TICKETS_URL right? Nothing was sent",
    (SETTLE, ""): "GET /api/v1/intake/ledger: `in_flight` names what waits, and where; then `ventanilla deadletters"
    " list`, and /readyz of {service}, router and tickets. If nothing waits, the message was settled as an ordinary"
    " one: something on its way has changed its words, or it was older than five minutes when it was accepted",
    (TICKET, "quarantined"): "the rule that holds it back: `router explain`. Customers who write like the prober fare"
    " the same; give the prober an address that the rules let in",
    (TICKET, ""): "the ticket in this report, and the rules and releases that changed lately",
    (ANSWER, "refused"): "what the relay said, and whether it takes mail for PROBER_MAIL_FROM",
    (ANSWER, ""): "the outbox of tickets (`tickets_outbox_oldest_seconds`), intake-email and its relay; and whether the"
    " rules acknowledge mail like the prober's, and TICKETS_PROBE_ANSWERS_TO is PROBER_MAIL_FROM",
    (CLEAN, ""): "tickets: the desk itself cleans up after an hour",
}
_DOORS: Final[Mapping[tuple[str, str], str]] = {
    (MAIL, "refused"): "the reply of the mail server: PROBER_MAIL_TO must be a mailbox of the desk",
    (SLACK, "refused"): "PROBER_SLACK_SIGNING_SECRET and the clock of this machine: Slack's signatures last 5 minutes",
    (PORTAL, "refused"): "the log of the portal, and its token for the tickets API",
}
_SIGNED: Final = (
    "PROBER_TWILIO_AUTH_TOKEN and PROBER_PHONE_PUBLIC_URL: both as intake-phone has them; and whether the number is"
    " one of the desk's"
)


def look_at(channel: str, stage: str, reason: str) -> str:
    """Where somebody looks first, in a sentence."""
    service = _SERVICE[channel]
    if reason == BROKEN:
        return "the log of the prober, which has the whole of it, and the settings of this channel"
    if stage == DOOR:
        if reason == "refused" and service == "intake-phone":
            return _SIGNED
        usual = f"/readyz of {service}, and the way to it: load balancer, network policy, certificate"
        return _DOORS.get((channel, reason), usual)
    words = _AT.get((stage, reason)) or _AT.get((stage, ""), "")
    return words.format(service=service)
