"""Changes how a team signs its replies."""

from collections.abc import Mapping

import structlog

from tickets.domain.correspondence.signatures import Signature
from tickets.handlers.working.work import Asked, DeskDeps

log = structlog.get_logger()


async def put_signatures(team: str, signatures: Mapping[str, Signature], asked: Asked, deps: DeskDeps) -> None:
    """Sign a team's replies so from now on.

    Args:
        signatures: by language; in others the team does not sign.

    Raises:
        Overtaken: somebody else changed it at this moment.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    async with deps.writes.transaction(asked.via) as transaction:
        await transaction.correspondence.put_signatures(team, signatures, asked.actor)
    log.info("signature.changed", team=team, languages=sorted(signatures))
