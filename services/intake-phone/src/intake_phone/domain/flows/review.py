"""Looks at a flow as a whole: what is named but not there, who leads nowhere, what is said twice, what is too long."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from intake_phone.domain.flows.flow import (
    CallbackNode,
    Choice,
    CollectNode,
    Flow,
    HoursNode,
    LanguageNode,
    MenuNode,
    Node,
    TeamNode,
    TransferNode,
    VoicemailNode,
)
from intake_phone.domain.flows.graph import automatic_loop, edges_of, too_late_to_reject, ways, without_an_end
from intake_phone.domain.flows.node_fields import NODE_KINDS, STANDARD_USES
from intake_phone.domain.flows.reading import Fault, Path, suggestion
from intake_phone.domain.flows.sizes import kind_of, largest_documents, prompts_of
from intake_phone.domain.flows.speech import folded, key_names
from intake_phone.domain.twiml import DOCUMENT_BYTES

BLANK: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desk and its account have; None: not known, nothing is held against it."""

    teams: frozenset[str] | None = None
    numbers: frozenset[str] | None = None


def review(flow: Flow, teams: Sequence[str], desk: Desk, *, incomplete: bool) -> Iterator[Fault]:
    """Everything that is wrong between the parts of a flow.

    Args:
        teams: what the file declares under `teams`.
        incomplete: parts were left out as faulty: what is missing or not reached may be their doing, and is not told.
    """
    yield from _team_faults(flow, teams, desk)
    for name, node in flow.nodes.items():
        path: Path = ("nodes", name)
        yield from _name_faults(flow, node, path, incomplete=incomplete)
        yield from _blank_faults(flow, node, path)
        yield from _phrase_faults(flow, node, path)
        if isinstance(node, CollectNode) and node.least > node.most:
            yield Fault((*path, "least"), f"least {node.least} is more than most {node.most}", "turn them round")
        if isinstance(node, TransferNode) and node.number in flow.numbers:
            yield comes_back(name, node.number, f"the flow {flow.name} answers it")
        elif isinstance(node, TransferNode) and node.number in (desk.numbers or ()):
            yield comes_back(name, node.number, "it is a number of the account")
    for name, blanks in STANDARD_USES.items():
        yield from _blanks_of(flow, name, blanks)
    if not incomplete:
        yield from _walk_faults(flow)


def comes_back(name: str, number: str, why: str) -> Fault:
    """Of a transfer to the desk itself: Twilio makes a new call of it, so a silent caller would go round for ever.

    Args:
        name: of the transfer's node.
    """
    advice = "transfer to a number outside of the account; whoever works for the desk is rung by a team node"
    return Fault(("nodes", name, "number"), f"{number} comes back to the desk, as a new call: {why}", advice)


def _team_faults(flow: Flow, teams: Sequence[str], desk: Desk) -> Iterator[Fault]:
    for position, team in enumerate(teams):
        if desk.teams is not None and team not in desk.teams:
            advice = suggestion(team, sorted(desk.teams))
            yield Fault(("teams", position), f"the desk has no team {team}", advice)
    for name, node in flow.nodes.items():
        if isinstance(node, TeamNode | CallbackNode) and node.team not in teams:
            advice = suggestion(node.team, teams) or "declare it: `teams: [first-line]`"
            yield Fault(("nodes", name, "team"), f"unknown team {node.team}", advice)


def _name_faults(flow: Flow, node: Node, path: Path, *, incomplete: bool) -> Iterator[Fault]:
    for edge in edges_of(node):
        if edge.target not in flow.nodes and not incomplete:
            yield Fault((*path, *edge.path), f"unknown node {edge.target}", suggestion(edge.target, tuple(flow.nodes)))
    for field, prompt in prompts_of(node).items():
        if prompt not in flow.prompts:
            yield Fault((*path, field), f"unknown prompt {prompt}", suggestion(prompt, tuple(flow.prompts)))
    if isinstance(node, HoursNode) and node.calendar not in flow.calendars:
        advice = suggestion(node.calendar, tuple(flow.calendars)) or "declare it under `calendars`"
        yield Fault((*path, "calendar"), f"unknown calendar {node.calendar}", advice)


def _blank_faults(flow: Flow, node: Node, path: Path) -> Iterator[Fault]:
    fields = NODE_KINDS[kind_of(node)][1]
    for field, prompt in prompts_of(node).items():
        for fault in _blanks_of(flow, prompt, fields[field].blanks):
            where = f"{fault.reason} where {path[-1]} says it as {field}"
            yield Fault(fault.path, where, fault.advice)


def _blanks_of(flow: Flow, prompt: str, allowed: Sequence[str]) -> Iterator[Fault]:
    for language, line in flow.prompts.get(prompt, {}).items():
        for blank in BLANK.findall(line.text):
            if blank not in allowed:
                known = ", ".join(f"{{{one}}}" for one in allowed)
                advice = f"there is {known}" if known else "write it out: nothing can be left open here"
                yield Fault(("prompts", prompt, language), f"nothing fills {{{blank}}}", advice)


def _phrase_faults(flow: Flow, node: Node, path: Path) -> Iterator[Fault]:
    if isinstance(node, MenuNode):
        choices: list[tuple[Path, Choice]] = [((*path, "choices", at), one) for at, one in enumerate(node.choices)]
    elif isinstance(node, LanguageNode):
        choices = [((*path, "choices", language), one) for language, one in node.choices.items()]
    else:
        return
    for (_, first), (where, second) in combinations(choices, 2):
        if first.key == second.key:
            yield Fault((*where, "key"), f"key {second.key} stands twice", "give each choice a key of its own")
    for language in flow.languages:
        yield from _twice_said(flow, language, choices)


def _twice_said(flow: Flow, language: str, choices: Sequence[tuple[Path, Choice]]) -> Iterator[Fault]:
    """Phrases that mean two things once accents and capitals are dropped; so that no choice could be told by them."""
    owners = {folded(phrase): "hang_up_words" for phrase in flow.hang_up_words.get(language, ())}
    owners |= {
        phrase: f"key {choice.key}" for _, choice in choices for phrase in key_names(flow.words[language], choice.key)
    }
    for path, choice in choices:
        own = f"key {choice.key}"
        for position, phrase in enumerate(choice.words.get(language, ())):
            owner = owners.setdefault(folded(phrase), own)
            if owner != own:
                reason = f"“{phrase}” in {language} already means {owner}, once accents and capitals are dropped"
                yield Fault((*path, "words", language, position), reason, "say it in other words in one of the two")


def _walk_faults(flow: Flow) -> Iterator[Fault]:
    for field, name in (("start", flow.start), ("fallback", flow.fallback)):
        if name not in flow.nodes:
            yield Fault((field,), f"unknown node {name}", suggestion(name, tuple(flow.nodes)))
    last = flow.nodes.get(flow.fallback)
    if last is not None and not isinstance(last, TeamNode | TransferNode | VoicemailNode):
        advice = "a fallback is a team, a transfer or a voicemail: whoever was not understood needs a person"
        yield Fault(("fallback",), f"{flow.fallback} is a {kind_of(last)} node", advice)
    found = ways(flow)
    for name in flow.nodes:
        if name not in found:
            yield Fault(("nodes", name), f"nothing leads to {name}", "let a node lead to it, or remove it")
    for name in without_an_end(flow):
        way = " → ".join(found.get(name, (name,)))
        yield Fault(("nodes", name), f"a dead end: no call ends that goes {way}", "let it lead to a hang_up in the end")
    for name in too_late_to_reject(flow):
        reason = f"the call is answered by then: {' → '.join(found.get(name, (name,)))}"
        yield Fault(("nodes", name), reason, "reject only at the start, or behind hours that say nothing; else hang_up")
    if loop := automatic_loop(flow):
        way = " → ".join((*loop, loop[0]))
        advice = "let one of them lead to a voicemail or a hang_up; a silent caller falls back to the fallback"
        yield Fault(("nodes", loop[0]), f"a call goes round by itself: {way}", advice)
    elif all(edge.target in flow.nodes for node in flow.nodes.values() for edge in edges_of(node)):
        yield from _size_faults(flow)


def _size_faults(flow: Flow) -> Iterator[Fault]:
    for name, size in largest_documents(flow).items():
        if size > DOCUMENT_BYTES:
            reason = f"what is said from here on may have {size} bytes; Twilio takes {DOCUMENT_BYTES}"
            yield Fault(("nodes", name), reason, "shorten the prompts, or put a question between them")
