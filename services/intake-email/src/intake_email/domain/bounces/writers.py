"""Who wrote a mail, by its sender and first lines: a mail server, a gateway, or a person."""

from typing import Final

from intake_email.domain.automation_words import CERTAIN_DAEMONS, DAEMON_NAMES, DAEMONS, MACHINE_WORDS, PERSONS_PROGRAMS
from intake_email.domain.mail import Mail

OPENING_LIMIT_CHARS: Final = 4_000
"""Read of a text for what it opens with."""
_READ_LINES: Final = 8
_OFFICES: Final = ("administraci", "administraç", "administrati", "amministrazion")
"""Where people keep the books."""
_FORWARDED: Final = (
    "from:", "de:", "de :", "von:", "da:", "-----original", "----- original", "-----urspr", "-----mensaje original",
    "---------- forwarded", "begin forwarded", "----- forwarded",
)  # fmt: skip
_GREETINGS: Final = (
    "hi ", "hi,", "hello", "dear", "hey", "good morning", "good afternoon", "hola", "buenos", "buenas", "estimad",
    "querid", "bonjour", "bonsoir", "salut", "cher", "hallo", "guten", "sehr geehrte", "liebe", "ciao", "buongiorno",
    "salve", "gentile", "olá", "ola ", "ola,", "bom dia", "boa tarde", "prezad", "caro", "beste", "geachte", "hej",
    "cześć", "dzień dobry", "witam", "здравствуйте", "привет", "добрый", "こんにちは", "您好", "你好", "merhaba",
)  # fmt: skip


def daemon_certainty(mail: Mail) -> int:
    """2: From is a mail server; 1: it may be one, or the person who looks after it; 0: it is none."""
    found = 0
    for sender in [*mail.senders[:3], *mail.sender[:1]]:
        local = sender.address.partition("@")[0].lower().strip("\"'")
        if local in CERTAIN_DAEMONS or local.startswith(("mailer-daemon", "mdaemon")):
            return 2
        if (
            local in DAEMONS
            or local.startswith("postmaster")
            or any(name in sender.name.lower() for name in DAEMON_NAMES)
        ):
            found = 1
    if not found and not any(sender.address for sender in mail.senders):
        value = mail.header("from").lower()
        if "mailer-daemon" in value:
            return 2
        return 1 if not value or "<>" in value or any(name in value for name in DAEMON_NAMES) else 0
    return found


def is_named_postmaster(mail: Mail) -> bool:
    """Whether From is a postmaster with a name, which may be a person's."""
    name = mail.senders[0].name.lower() if mail.senders else ""
    return bool(name) and not any(word in name for word in (*DAEMON_NAMES, *MACHINE_WORDS))


def sounds_like_machine(mail: Mail) -> bool:
    """Whether From has the address of a gateway or a filter, no person's name, and wants no answer elsewhere."""
    if not mail.senders or "in-reply-to" in mail.headers:
        return False
    sender = mail.senders[0]
    if any(mailbox.address.lower() != sender.address.lower() for mailbox in mail.reply_to[:3]):
        return False  # a form of a web site, that passes on what somebody typed
    local, name = sender.address.partition("@")[0].lower(), sender.name.lower()
    if local.startswith(_OFFICES):
        return False
    named = not name or any(word in name for word in MACHINE_WORDS)
    return named and any(word in local for word in MACHINE_WORDS)


def is_typed(mail: Mail) -> bool:
    """Whether a program for people wrote the mail."""
    for name in ("user-agent", "x-mailer"):
        value = mail.header(name).strip().lower()
        if value.startswith(PERSONS_PROGRAMS):
            return True
    return False


def opening_of(mail: Mail) -> list[str]:
    """The first lines that say something, in lower case."""
    text = mail.text or (mail.texts[0] if mail.texts else "")
    lines = [line.strip().lower() for line in text[:OPENING_LIMIT_CHARS].splitlines()[:60]]
    return [line for line in lines if line and line.strip("-*=_ ")][:_READ_LINES]


def asks(mail: Mail) -> bool:
    """Whether the first lines ask something; an address of a page may have a question mark inside."""
    return any(line.endswith(("?", "\uff1f")) or "? " in line or "\u00bf" in line for line in opening_of(mail))


def greets_or_quotes(mail: Mail) -> bool:
    """Whether the first line greets somebody, or the mail is a quotation or forwarded: all are a person's."""
    opening = opening_of(mail)
    if not opening:
        return False
    first = opening[0]
    if first.startswith(_FORWARDED):
        return True
    return (first.startswith(_GREETINGS) and not first.startswith("hi. ")) or any(
        line.startswith(">") and not line.startswith(">>>") for line in opening
    )
