"""Addresses to which mail comes back: nothing is sent there until one writes from there, or an agent vouches for it."""

from collections.abc import Iterable

import structlog

from tickets.adapters.postgres.desk_writes import DeskTransaction
from tickets.domain.rows import Settlement
from tickets.domain.settling.reach import Reach, after_sign_of_life
from tickets.errors import NotFound, Undeliverable
from tickets.handlers.working.work import Asked, DeskDeps

log = structlog.get_logger()


async def refuse_undeliverable(addresses: Iterable[str], transaction: DeskTransaction) -> None:
    """Let nothing be sent to addresses to which mail comes back.

    Raises:
        Undeliverable: one of them is such an address.
    """
    stopped = await transaction.undeliverable([address.lower() for address in addresses])
    if stopped:
        raise Undeliverable(stopped)


async def lift(address: str, why: str, asked: Asked, deps: DeskDeps) -> Reach:
    """Send mail to an address again, because an agent says that it works; doing it twice changes nothing.

    Bounces of mails that were sent before say nothing any more; the next one stops it again.

    Raises:
        NotFound: nobody knows this address.
        DatabaseAway: nothing was written, or it cannot be known; asking again is safe.
    """
    async with deps.writes.transaction(asked.via) as transaction:
        contact = await transaction.known_contact(address)
        if contact is None:
            raise NotFound(f"nobody has written from {address}, and nothing was sent there")
        reach = after_sign_of_life(contact.reach, await transaction.now())
        if reach is not contact.reach:
            await transaction.settling.save_returns(Settlement(reaches={address: reach}))
            await transaction.decide(asked.actor, "address.reached", {"address": address}, why)
            log.info("address.reached", contact=contact.id)
    return reach
