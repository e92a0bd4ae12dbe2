"""What `doctor` says of the account at Twilio: its token, state and money, the clock, templates; and mends numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from intake_phone.adapters.twilio.account import TwilioAccount
from intake_phone.commands.number_checks import before, doors_of
from intake_phone.domain.account import AccountNumber, AccountState, danger_of, shown_address
from intake_phone.domain.numbers import is_e164
from intake_phone.errors import TwilioAway, TwilioBusy, TwilioRefused
from intake_phone.settings import Settings
from ventanilla_contracts.words import LANGUAGES
from ventanilla_runtime.findings import Finding, ok, problem, warning

_SKEW_SECONDS: Final = 60.0
_APPROVED: Final = "approved"
_TOKEN: Final = frozenset({20003, 20404})
_NO_CONTENT: Final = "template"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was to be seen at Twilio.

    Attributes:
        numbers: of the account; None: they could not be listed.
    """

    findings: list[Finding]
    numbers: Sequence[AccountNumber] | None = None


async def examine_twilio(settings: Settings, account: TwilioAccount) -> Seen:
    """What is to be said of the account. Nothing is changed there."""
    try:
        state = await account.state()
    except (TwilioRefused, TwilioAway, TwilioBusy) as error:
        return Seen([_unseen(error, settings.twilio_url)])
    clock = clock_finding(account.wire.said_at, datetime.now(UTC))
    found = [*account_findings(state, settings.balance_low), clock]
    if worry := account.wire.tokens.worry():
        says, _, do = worry.partition("; ")
        found.append(warning("token", says, do))
    try:
        numbers = await account.numbers()
    except (TwilioRefused, TwilioAway, TwilioBusy) as error:
        return Seen([*found, problem("number", f"they cannot be listed: {error}", "look again in a minute")])
    return Seen([*found, *await _templates(settings.whatsapp_templates, account)], numbers)


def account_findings(state: AccountState, low: float | None) -> list[Finding]:
    """What is to be said of an account that Twilio tells of."""
    name = f"“{state.name}”" if state.name else "without a name"
    danger = danger_of(state, low)
    if danger is not None and danger.connection == "account":
        says, _, do = danger.problem.partition("; ")
        return [problem("account", says, do)]
    found = [ok("account", f"{name} is active; the auth token is taken")]
    if danger is not None:
        owes = state.balance is not None and state.balance < 0
        says, _, _ = danger.problem.partition("; ")
        found.append((problem if owes else warning)("balance", says, "pay in, or let Twilio recharge it by itself"))
    elif state.balance is None:
        found.append(ok("balance", "not told: an account above this one pays"))
    else:
        found.append(ok("balance", f"{state.money} left"))
    if state.kind == "Trial":
        says = "it is a trial: it calls and texts numbers only that you have verified, and says so first"
        found.append(warning("account", says, "upgrade it in Twilio's console"))
    return found


def _unseen(error: TwilioRefused | TwilioAway | TwilioBusy, url: str) -> Finding:
    if isinstance(error, TwilioAway):
        return problem(
            "account",
            f"{shown_address(url)}: {error}",
            "look at the network, or at INTAKE_PHONE_TWILIO_URL if it is set",
        )
    if isinstance(error, TwilioBusy):
        return warning("account", f"was not looked at: {error}", "look again in a minute")
    if error.status == 401 or error.code in _TOKEN:
        do = "copy both again: console.twilio.com → Account → API keys & tokens (the live ones, not the test ones)"
        return problem("account", f"Twilio does not take SID and auth token ({error})", do)
    return problem("account", f"Twilio refuses ({error})", "look at the account in Twilio's console")


def clock_finding(said_at: str, now: datetime) -> Finding:
    """What is to be said of this machine's clock beside Twilio's.

    Args:
        said_at: the date of an answer of Twilio's, as HTTP writes it.
    """
    try:
        theirs = parsedate_to_datetime(said_at).astimezone(UTC)
    except (ValueError, OverflowError):
        return warning("clock", "Twilio's answer had no time to compare with")
    skew = (now - theirs).total_seconds()
    if abs(skew) < _SKEW_SECONDS:
        return ok("clock", "agrees with Twilio's")
    says = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Twilio's"
    return warning("clock", says, "set it by NTP: opening hours and what is looked for after an outage go by it")


async def _templates(templates: Mapping[str, str], account: TwilioAccount) -> list[Finding]:
    found = []
    for language, sid in templates.items():
        try:
            state = await account.template(sid)
        except TwilioRefused as error:
            says = f"{language}: {sid} is no template of the account ({error})"
            found.append(problem(_NO_CONTENT, says, "take its SID from Content Template Builder in Twilio's console"))
        except (TwilioAway, TwilioBusy) as error:
            found.append(
                warning(_NO_CONTENT, f"{language}: {sid} was not looked at: {error}", "look again in a minute")
            )
        else:
            found.append(template_finding(language, sid, state))
    if templates and (absent := [one for one in LANGUAGES if one not in templates]):
        says = f"there is none in {', '.join(absent)}: WhatsApp's window closes without one"
        found.append(warning(_NO_CONTENT, says, "add it to INTAKE_PHONE_WHATSAPP_TEMPLATES"))
    return found


def template_finding(language: str, sid: str, state: str) -> Finding:
    """What is to be said of a template of which WhatsApp says so."""
    if state == _APPROVED:
        return ok(_NO_CONTENT, f"{language}: {sid} is approved by WhatsApp")
    says = f"{language}: WhatsApp says {state} of {sid}: answers after 24 hours fail"
    do = "wait for it" if state in ("pending", "received") else "submit it to WhatsApp for approval, or mend it"
    return problem(_NO_CONTENT, says, do)


async def mend(
    wanted: Sequence[str], seen: Seen, settings: Settings, account: TwilioAccount, *, proven: bool
) -> tuple[list[Finding], Sequence[AccountNumber] | None]:
    """Let numbers come to us, as somebody has asked for; returns what was done, and the numbers as they are then.

    Args:
        proven: the public address reaches us: else a number that works would be led into nowhere.
    """
    found: list[Finding] = []
    numbers = {one.number: one for one in seen.numbers or ()}
    for number in dict.fromkeys(wanted):
        one = numbers.get(number)
        if not is_e164(number):
            found.append(problem("fix", f"{number} is no number in E.164", "write it like +34910000000"))
        elif one is None:
            found.append(problem("fix", f"{number} is no number of the account", "look at those that are listed here"))
        elif not proven:
            says = f"{number} was left as it is: nobody knows that the public address reaches intake-phone"
            found.append(problem("fix", says, "mend the public address first"))
        else:
            try:
                numbers[number] = await account.send_here(one.sid, doors_of(settings.public_url))
            except (TwilioRefused, TwilioAway, TwilioBusy) as error:
                found.append(problem("fix", f"{number} could not be set: {error}", "set it in Twilio's console"))
            else:
                found.append(ok("fix", f"{number} comes here now; before: {before(one)}"))
    return found, list(numbers.values()) if seen.numbers is not None else None
