"""Telling a report of delay or success from one of failure by its words."""

from typing import Final

_DELAY_SUBJECTS: Final = (
    "(delay)", "delayed", "delay)", "warning: could not send", "warning: message", "still being retried",
    "delivery delay", "delivery is delayed", "mail delivery delayed", "not yet been delivered", "mail delay",
    "temporarily undeliverable", "delivery warning", "retraso", "retrasad", "retardé", "retard ", "verzögert",
    "verzögerung",
    "ritardo", "atras", "vertraagd", "opóźni", "задерж", "遅延", "延迟", "延遲", "försenad", "forsinket",
)  # fmt: skip
_DELAY_TEXTS: Final = (
    "has not yet been delivered", "not yet been delivered", "has been delayed", "is delayed",
    "delivery attempts will continue", "will continue to attempt", "will continue to try", "will keep trying",
    "will be retried", "will retry", "attempts will continue to be made",
    "no action is required on your part", "you do not need to resend", "do not need to take any action",
    "this is a warning message only", "this is only a warning", "this is just a warning", "warning message only",
    "could not send message for past", "could not be delivered yet", "has been queued for",
    "still trying to deliver", "temporary problem", "temporarily delayed",
    "we will keep", "not an error", "i will keep trying", "it will be retried until", "no es necesario que reenv",
    "aún no se ha entregado", "ha sido retrasad", "n'a pas encore été", "noch nicht zugestellt",
    "wird weiter versucht", "non è stato ancora",
)  # fmt: skip
_SUCCESS_SUBJECTS: Final = (
    "(success)", "(relay)", "(relayed)", "(expanded)", "successful mail delivery report",
    "delivery report (success)", "return receipt", "delivered:", "successfully delivered", "relayed:", "entregado:",
    "remis :", "zugestellt:", "expanded:",
)  # fmt: skip
_SUCCESS_TEXTS: Final = (
    "was successfully delivered", "has been successfully delivered", "successfully delivered to",
    "your message was delivered to", "successfully relayed", "has been delivered to the following",
    "delivery to these recipients or distribution lists is complete",
    "se ha entregado a los siguientes", "delivered to mailbox",
)  # fmt: skip
_FINAL: Final = (
    "permanent error", "permanent failure", "permanent fatal", "failed permanently", "given up", "giving up",
    "gave up", "could not be delivered for", "has been returned", "was returned", "retry timeout exceeded",
    "delivery has failed", "returned to sender", "will not be delivered", "message has been rejected",
    "no further attempts", "last attempt", "has expired",
)  # fmt: skip
_TEXT_LIMIT_CHARS: Final = 3_000


def tells_delay(subject: str, text: str) -> bool:
    """Whether a notice says that delivery is still being tried."""
    lower = text[:_TEXT_LIMIT_CHARS].lower()
    said = any(phrase in lower for phrase in _DELAY_TEXTS)
    if any(phrase in subject.lower() for phrase in _DELAY_SUBJECTS):
        return said or not any(phrase in lower for phrase in _FINAL)
    return said and not any(phrase in lower for phrase in _FINAL)


def tells_success(subject: str, text: str) -> bool:
    """Whether a notice says that the mail arrived, or went on to a system that does not report."""
    lower = subject.lower().strip()
    if lower.startswith(_SUCCESS_SUBJECTS) or lower.endswith(("(success)", "(relay)", "(relayed)")):
        return True
    return any(phrase in text[:_TEXT_LIMIT_CHARS].lower() for phrase in _SUCCESS_TEXTS)
