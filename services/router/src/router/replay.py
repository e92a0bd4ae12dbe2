"""Replaying a rule set over what was routed: splits the range, runs the workers, adds up what they find."""

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import NamedTuple

from router.adapters.recorded_messages import Range, find_range, reaches_back_to, routed_subject
from router.adapters.rule_file import read_rules
from router.adapters.ticket_numbers import ticket_numbers
from router.domain.replaying import Failed, Move, Tally
from router.domain.rules import RuleSet
from router.errors import ReplayFailed
from router.publishing import in_force_text, text_of
from router.replay_worker import Job, work
from router.settings import RouterSettings
from ventanilla_contracts.errors import Temporary
from ventanilla_runtime.broker import Broker
from ventanilla_runtime.errors import NotPermitted

PARTS_FOR_EACH = 4
"""Parts of the range for each process: the later ones level out what the first ones cost more."""
SILENCE_SECONDS = 60.0


class Asked(NamedTuple):
    """What somebody wants to know. `rules` as commands name them; `channel` None: all of them."""

    rules: str
    since: datetime
    until: datetime | None
    channel: str | None
    limit_moves: int


class Tickets(NamedTuple):
    """Id of the received event → number of its ticket, and why nobody could be asked for them, or nothing."""

    numbers: Mapping[str, int]
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be replayed. `subject` None: all channels; `reaches` is when the oldest message was routed."""

    new: RuleSet
    new_source: str
    in_force: RuleSet
    in_force_source: str
    range: Range
    since: datetime
    until: datetime | None
    subject: str | None
    limit_moves: int
    reaches: datetime | None = None


async def prepare(broker: Broker, settings: RouterSettings, asked: Asked) -> Question:
    """Both rule sets and the range, so that the work can begin.

    Raises:
        RulesRefused: one of the sets has mistakes.
        Temporary: the broker does not answer.
    """
    source = await text_of(broker, asked.rules)
    new = read_rules(source, asked.rules)
    in_force_source = await in_force_text(broker, settings.rules_file)
    in_force = read_rules(in_force_source, "the set in force")
    range_ = await find_range(broker, asked.since, asked.until)
    subject = routed_subject(settings.prefix, asked.channel) if asked.channel else None
    reaches = await reaches_back_to(broker)
    return Question(
        new, source, in_force, in_force_source, range_, asked.since, asked.until, subject, asked.limit_moves, reaches
    )


def replay(question: Question, user: str, processes: int, progress: Callable[[int, int], None]) -> Tally:
    """The whole range counted. `progress` is told how many of how many places of the stream are done.

    Raises:
        ReplayFailed: a worker could not do its part.
    """
    total = Tally()
    first, behind = question.range
    if first >= behind:
        return total
    context = multiprocessing.get_context("spawn")
    parts = split(question.range, processes * PARTS_FOR_EACH)
    running: dict[Connection, BaseProcess] = {}
    try:
        for number in range(min(processes, len(parts))):
            receiver, sender = context.Pipe(duplex=False)
            job = Job(
                user,
                question.new_source,
                question.in_force_source,
                parts[number::processes],
                question.subject,
                question.limit_moves,
            )
            process: BaseProcess = context.Process(target=work, args=(job, sender), daemon=True)
            process.start()
            sender.close()
            running[receiver] = process
        _collect(running, total, question, progress)
    finally:
        for process in running.values():
            process.terminate()
            process.join()
    return total


async def tickets_of(broker: Broker, prefix: str, messages: Sequence[Move | Failed]) -> Tickets:
    """The tickets of messages that the report names. Nothing is raised: the rest of the report is worth having."""
    try:
        return Tickets(await ticket_numbers(broker, prefix, messages))
    except (Temporary, NotPermitted) as error:
        return Tickets({}, str(error))


def split(range_: Range, parts: int) -> Sequence[Range]:
    """The range in so many parts, or fewer, none of them empty."""
    first, behind = range_
    size = max(1, -(-(behind - first) // parts))
    return [(start, min(start + size, behind)) for start in range(first, behind, size)]


def _collect(
    running: dict[Connection, BaseProcess],
    total: Tally,
    question: Question,
    progress: Callable[[int, int], None],
) -> None:
    done, places = 0, question.range[1] - question.range[0]
    progress(done, places)
    while running:
        ready = wait(list(running), SILENCE_SECONDS)
        if not ready:
            raise ReplayFailed(f"no worker said anything for {SILENCE_SECONDS:.0f} s")
        for receiver in ready:
            assert isinstance(receiver, Connection)
            try:
                said = receiver.recv()
            except EOFError as error:
                raise ReplayFailed("a worker ended in the middle of its work: is there enough memory?") from error
            if isinstance(said, str):
                raise ReplayFailed(said)
            if said is None:
                running.pop(receiver).join()
                continue
            advanced, tally = said
            total.add(tally, question.limit_moves)
            done += advanced
            progress(done, places)
