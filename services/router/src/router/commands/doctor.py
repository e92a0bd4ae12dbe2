"""`router doctor`: says of all that the router needs whether it is there, and what to do where it is not."""

import asyncio
from typing import Annotated, Final

import typer

from router.errors import PublicationRefused, RulesRefused
from router.settings import PREFIX, RouterSettings
from ventanilla_contracts.errors import ContractError
from ventanilla_contracts.routing import DeskFacts
from ventanilla_runtime.doctors import keep_logs_quiet, read_or_say, show
from ventanilla_runtime.findings import Finding, is_well, ok, problem, warning

_NAME: Final = "router"
_SECONDS: Final = 10.0
_MOST: Final = 10
_TELL: Final = "run the ticket service: it writes what the desk has within a minute"


def doctor(
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for people.")] = False,
) -> None:
    """Look at the broker, and at the rules in force beside what the desk has, with the settings of `serve`.

    Changes nothing. Exit code 0: the router works (lines with ⚠ tell what will not); 1: something is to be mended.
    """
    raise show(asyncio.run(examine()), as_data=as_data)


async def examine() -> list[Finding]:
    """Everything that is to be said, in the order in which a person mends it."""
    from ventanilla_contracts.routing import FACTS_BUCKET, RULES_BUCKET
    from ventanilla_runtime.broker_check import broker_findings

    keep_logs_quiet()
    settings, said = read_or_say(RouterSettings, _NAME)
    if settings is None:
        return said
    broker = await broker_findings(_NAME, settings, PREFIX, (RULES_BUCKET, FACTS_BUCKET))
    rules = await _rules(settings) if is_well(broker) else []
    return [ok("settings", "readable"), *said, *broker, *rules]


async def _rules(settings: RouterSettings) -> list[Finding]:
    from router.adapters.facts_lookup import read_desk_facts
    from router.adapters.rule_file import default_rules_text, read_text
    from router.adapters.rule_store import RuleStore
    from ventanilla_runtime.broker import Broker
    from ventanilla_runtime.publish import Publisher

    broker = Broker(_NAME, settings)
    try:
        async with asyncio.timeout(_SECONDS):
            await broker.connect()
            known = await read_desk_facts(broker)
            store = RuleStore(broker, Publisher(broker))
            entry = await store.in_force()
            if settings.rules_file is not None:
                source, name = await asyncio.to_thread(read_text, settings.rules_file), str(settings.rules_file)
            elif entry is not None:
                source, name = await store.source(entry.rules.hash) or "", f"rules {entry.rules.hash[:12]}"
            else:
                source, name = default_rules_text(), "the shipped rules"
    except (TimeoutError, ContractError, PublicationRefused, RulesRefused) as error:
        return [problem("rules", str(error) or "the broker takes too long", "publish a set: router publish FILE")]
    finally:
        await broker.close()
    desk = known.facts if known is not None else None
    unknown = [] if desk is not None else [warning("desk", "nobody has told the router what the desk has", _TELL)]
    return [*unknown, *rule_findings(source, name, desk)]


def rule_findings(source: str, name: str, desk: DeskFacts | None) -> list[Finding]:
    """What is to be said of a rule set that decides, beside what the desk has."""
    from router.checking import checked

    try:
        found = checked(source, name, desk)
    except RulesRefused as error:
        lines = [str(one) for one in error.problems if not one.warning]
        says = [problem("rules", line, "mend it, then router publish FILE") for line in lines[:_MOST]]
        more = len(lines) - _MOST
        return [*says, problem("rules", f"{more} more", "router check lists all")] if more > 0 else says
    warnings = [warning("rules", str(one)) for one in found.warnings[:_MOST]]
    return [*warnings, ok("rules", f"{name}: no mistakes")]
