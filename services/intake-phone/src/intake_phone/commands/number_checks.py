"""What `doctor` says of the account's numbers: which flow answers, and whether what comes in comes to us."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from intake_phone.adapters.twilio.doors import PREFIX
from intake_phone.domain.account import MOST_NUMBERS, AccountNumber, goes_to, shown_address
from intake_phone.domain.flows.book import FlowBook
from intake_phone.domain.numbers import is_region, read_caller
from intake_phone.ports.account import Doors
from ventanilla_runtime.findings import Finding, ok, problem, warning

_ABOUT: Final = "number"
_MOST_SHOWN: Final = 100
_MOST_COUNTRIES: Final = 5


def doors_of(public: str) -> dict[str, str]:
    """The settings of a number whose calls and texts come to us, by Twilio's names for them."""
    return {
        "voice_url": f"{public}{PREFIX}/voice",
        "voice_method": "POST",
        "sms_url": f"{public}{PREFIX}/messages",
        "sms_method": "POST",
        "status_callback": f"{public}{PREFIX}/status/call",
        "status_callback_method": "POST",
    }


def number_findings(
    numbers: Sequence[AccountNumber], book: FlowBook | None, public: str, *, shipped_too: bool
) -> list[Finding]:
    """One line for each number of the account; and that there is none.

    Args:
        book: None: the flows have mistakes, which are told elsewhere.
        shipped_too: the operator has flows, and what none of them takes the shipped one answers.
    """
    if not numbers:
        return [problem(_ABOUT, "the account has none: nobody can call or text", "buy one in Twilio's console")]
    doors = doors_of(public)
    order = sorted(numbers, key=lambda one: (book is None or one.number not in book.by_number, one.number))
    found = [_of(one, book, doors, shipped_too=shipped_too) for one in order[:_MOST_SHOWN]]
    if len(numbers) > _MOST_SHOWN:
        more = "or more " if len(numbers) >= MOST_NUMBERS else ""
        found.append(warning(_ABOUT, f"{len(numbers) - _MOST_SHOWN} {more}other numbers are not shown"))
    return found


def region_finding(region: str | None, numbers: Sequence[AccountNumber]) -> list[Finding]:
    """What is to be said of the region in which numbers without a country's code are dialled."""
    setting = "INTAKE_PHONE_REGION"
    countries = sorted({country for one in numbers if (country := read_caller(one.number).country)})
    if region is None:
        says = f"{setting} is not set: numbers that callers type without a country's code are not understood"
        return [warning("region", says, f"set it to {' or '.join(countries[:_MOST_COUNTRIES]) or 'ES, for example'}")]
    if not is_region(region):
        return [problem("region", f"{region} is no region with telephone numbers", f"set {setting} to one such as ES")]
    if countries and region not in countries:
        says = f"numbers without a country's code count as {region}, and the account's are of {', '.join(countries)}"
        return [warning("region", says, f"leave it so, or set {setting}")]
    return [ok("region", f"numbers without a country's code count as {region}")]


def desk_number_finding(number: str, numbers: Sequence[AccountNumber]) -> Finding:
    """What is to be said of the number from which the desk calls and texts by itself."""
    about, setting = "desk number", "INTAKE_PHONE_DESK_NUMBER"
    found = next((one for one in numbers if one.number == number), None)
    if not number:
        able = next((one.number for one in numbers if one.voice and one.texts), "a number of the account")
        return warning(about, f"{setting} is not set: nobody is paged by telephone", f"set it, for example to {able}")
    if found is None:
        return problem(about, f"{number} is no number of the account: no page goes out", f"correct {setting}")
    if not (found.voice and found.texts):
        says = f"{number} cannot {'text' if found.voice else 'call'}: half of each page does not go out"
        return warning(about, says, f"set {setting} to a number that does both")
    return ok(about, f"pages go out from {number}")


def telephone_findings(phones: Mapping[str, str], ours: Collection[str]) -> list[Finding]:
    """Agents whom nobody can ring, because what stands as their telephone is a number of the desk itself.

    Args:
        phones: agent → number in E.164. ours: numbers of the desk.
    """
    return [
        warning(
            "telephone",
            f"{agent} is never rung: {phone} is a number of the desk, which would answer by itself",
            f"give {agent} a telephone outside of the account, or none (`phone` of the agent)",
        )
        for agent, phone in sorted(phones.items())
        if phone in ours
    ]


def _of(one: AccountNumber, book: FlowBook | None, doors: Doors, *, shipped_too: bool) -> Finding:
    named = book is not None and one.number in book.by_number
    flow = book.flow_for(one.number) if book is not None else None
    wrong = _wrong(one, doors)
    if wrong and not named and not _any_here(one, doors):
        says = f"{one.number} is not the desk's: {', '.join(wrong.values())}"
        return warning(_ABOUT, says, f"leave it so, or: intake-phone doctor --fix {one.number}")
    if wrong.keys() - {"ends"}:
        return problem(_ABOUT, f"{one.number}: {', '.join(wrong.values())}", _mended(one))
    if wrong:
        says = f"{one.number}: {wrong['ends']}: calls become tickets minutes later only"
        return warning(_ABOUT, says, _mended(one))
    if not one.voice and named and flow is not None:
        says = f"{one.number} of the flow {flow.name} takes no calls (texts come in)"
        return problem(_ABOUT, says, "name a number that takes calls in the flow")
    if not one.texts:
        says = f"{one.number} takes calls and no texts: who calls it is not told the ticket's number"
        return warning(_ABOUT, says, "leave it so, or take a number that can text")
    answered = f"answered by the flow {flow.name}" if flow is not None else "calls come in"
    if shipped_too and not named:
        says = f"{one.number} is in none of your flows: the one that comes with Ventanilla answers"
        return warning(_ABOUT, says, "name it under `numbers` of a flow, or let one have `numbers: []`")
    return ok(_ABOUT, f"{one.number}: {answered}, texts come in" if one.voice else f"{one.number}: texts come in")


def _wrong(one: AccountNumber, doors: Doors) -> dict[str, str]:
    """What of a number does not come to us, in words, by what it is."""
    found: dict[str, str] = {}
    if one.voice:
        if one.trunk:
            found["calls"] = "calls go to a SIP trunk"
        elif one.voice_application:
            found["calls"] = "calls go to a TwiML app"
        elif words := _elsewhere("calls", one.voice_url, one.voice_method, doors["voice_url"]):
            found["calls"] = words
        if words := _elsewhere("ends of calls", one.status_url, one.status_method, doors["status_callback"]):
            found["ends"] = words
    if one.texts:
        if one.sms_application:
            found["texts"] = "texts go to a TwiML app"
        elif words := _elsewhere("texts", one.sms_url, one.sms_method, doors["sms_url"]):
            found["texts"] = words
    return found


def _elsewhere(what: str, url: str, method: str, door: str) -> str:
    if not url:
        return f"{what} go nowhere"
    if not goes_to(url, door):
        return f"{what} go to {shown_address(url)}"
    return "" if method.upper() == "POST" else f"{what} come by {method}, and we take POST"


def _any_here(one: AccountNumber, doors: Doors) -> bool:
    return any(
        goes_to(url, doors[door])
        for url, door in ((one.voice_url, "voice_url"), (one.sms_url, "sms_url"), (one.status_url, "status_callback"))
    )


def _mended(one: AccountNumber) -> str:
    if one.trunk:
        return "take it out of the trunk (Elastic SIP Trunking), then: intake-phone doctor --fix " + one.number
    return f"intake-phone doctor --fix {one.number} sets them; or by hand, as docs/phone.md says"


def before(one: AccountNumber) -> str:
    """Where calls, texts and ends of calls of a number went, so that it can be put back."""
    shown: Mapping[str, str] = {
        "calls": one.voice_application or shown_address(one.voice_url),
        "texts": one.sms_application or shown_address(one.sms_url),
        "ends": shown_address(one.status_url),
    }
    return ", ".join(f"{what} {where or 'nowhere'}" for what, where in shown.items())
