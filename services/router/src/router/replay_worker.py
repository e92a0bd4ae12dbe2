"""A process that replays parts of the range: it fetches them itself, so that no message travels between processes."""

import asyncio
import logging
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import structlog

from router.adapters.recorded_messages import Range, read_range, read_recorded
from router.adapters.rule_file import read_rules
from router.domain.replaying import Replay, Tally
from router.settings import RouterSettings
from ventanilla_contracts.errors import ContractError
from ventanilla_contracts.probes import token_said
from ventanilla_runtime.broker import Broker, BrokerRefuses, OldServer
from ventanilla_runtime.many import Many
from ventanilla_runtime.service import tune_garbage_collection


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs: the texts of both rule sets and its parts of the range. `subject` None: all channels."""

    user: str
    new_source: str
    in_force_source: str
    ranges: Sequence[Range]
    subject: str | None
    limit_moves: int


def work(job: Job, results: Connection) -> None:
    """Send a tally for each page, at last None; a text instead says what went wrong. Settings: the environment's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends its workers itself
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    tune_garbage_collection()
    try:
        asyncio.run(_work(job, results))
        results.send(None)
    except (ContractError, BrokerRefuses, OldServer) as error:
        results.send(str(error))
    except BrokenPipeError:
        return  # nobody waits for it any more


async def _work(job: Job, results: Connection) -> None:
    replay = Replay(read_rules(job.new_source, "new"), read_rules(job.in_force_source, "in force"), job.limit_moves)
    broker = Broker(job.user, RouterSettings())
    await broker.connect()
    many = Many(broker)
    try:
        for range_ in job.ranges:
            async for messages, advanced in read_range(many, range_, job.subject):
                tally = Tally()
                for stored in messages:
                    recorded = read_recorded(stored)
                    if recorded is None:
                        tally.unreadable += 1
                    elif token_said(recorded.received.text):
                        tally.probes += 1
                    else:
                        replay.compare(recorded, tally)
                results.send((advanced, tally))
    finally:
        await broker.close()
