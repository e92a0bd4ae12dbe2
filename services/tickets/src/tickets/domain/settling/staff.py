"""Agents who write where their customer does: in the thread of Slack that is the ticket's conversation.

They have answered publicly, for anybody in the thread has read it: it is the ticket's message, stops the clock of the
first response and wakes nothing. Nothing is sent, because it is there already.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from tickets.domain.changes import FieldChange
from tickets.domain.lifecycle import status_after_agent_reply
from tickets.domain.rows import HistoryRow
from tickets.domain.settling.incoming import Incoming, Staff, TicketRow
from tickets.domain.settling.threads import KnownReference, Thread, ThreadTicket

SLACK: Final = "slack"
"""The channel in which agents and customers are in one place."""
_PROOFS: Final = frozenset({"conversation", "customer_message_id", "shared_reference"})
"""That a message stands in the thread; a number in a subject proves nothing of the kind."""


def slack_writers(messages: Iterable[Incoming]) -> list[tuple[str, str]]:
    """(team, user) of everybody who wrote one of these messages in Slack; of a batch of mails nobody."""
    writers = {message.sender_address for message in messages if message.channel == SLACK}
    parted = (one.partition("/") for one in writers)
    return sorted((team, user) for team, slash, user in parted if slash and user)


def slack_members(messages: Iterable[Incoming]) -> list[tuple[str, str, str]]:
    """(team, user, confirmed mail) of those who wrote in Slack and prove by it who of the desk they may be.

    A machine proves nobody, and neither does a message for which Slack does not vouch.
    """
    proofs: dict[str, str] = {}
    for message in messages:
        if message.member_mail and message.channel == SLACK and message.grade == "verified" and not message.automatic:
            proofs[message.sender_address] = message.member_mail
    parted = ((*one.partition("/"), mail) for one, mail in proofs.items())
    return sorted((team, user, mail) for team, slash, user, mail in parted if slash and user)


def staff_who_wrote(
    message: Incoming,
    thread: Thread,
    tickets: Mapping[int, ThreadTicket],
    references: Mapping[str, Sequence[KnownReference]],
    known: Mapping[str, Staff],
) -> Staff | None:
    """The agent who answers with this message; None: it is a customer's, a machine's, or stands in no ticket's thread.

    Agents ask, too. So it is not the person alone that decides, but who asked in the conversation in which it stands:
    whoever did is its customer there, and an agent in everybody else's.

    Args:
        tickets: every ticket that the message can lead to; of a merged one also the merged one itself, for its
            conversation goes on being its own customer's.
        references: as `find_thread` has them.
        known: team/user → agent at work, of those who wrote in Slack.
    """
    if not known or message.channel != SLACK or message.automatic or message.grade != "verified":
        return None
    if thread.ticket_number is None or thread.proof not in _PROOFS:
        return None
    asked = tickets.get(thread.came_by or thread.ticket_number)
    if asked is None or message.sender_address == asked.requester == _who_began(message, asked, tickets, references):
        return None
    if asked.conversation not in (None, message.claim.conversation):
        return None  # whoever asks now is talked with elsewhere, and would not read it here
    return known.get(message.sender_address)


def _who_began(
    message: Incoming,
    asked: ThreadTicket,
    tickets: Mapping[int, ThreadTicket],
    references: Mapping[str, Sequence[KnownReference]],
) -> str:
    """Who asks in the first ticket of a conversation.

    An agent who says one thing more in the thread of a closed ticket opens the next one, and is not its customer.
    """
    places = references.get(message.claim.conversation or "", ())
    first = next((tickets[one.ticket_number] for one in places if one.own and one.ticket_number in tickets), asked)
    return first.requester


def answered_in_thread(
    before: TicketRow, message: Incoming, staff: Staff, proof: str, came_by: int | None
) -> tuple[TicketRow, list[HistoryRow]]:
    """The ticket after an agent's answer in its thread, and the lines of its history: those of any public reply."""
    at, actor = message.accepted_at, f"agent:{staff.handle}"
    status = status_after_agent_reply(before.status, None)
    ticket = replace(
        before,
        version=before.version + 1,
        status=status,
        updated_at=max(before.updated_at, at),
        first_response_at=before.first_response_at or at,
    )
    detail: dict[str, Any] = {
        "message": str(message.id),
        "channel": message.channel,
        "via": f"{message.channel}:{message.sender_address}",
    }
    if came_by:
        detail["came_by"] = came_by
    lines = [HistoryRow(before.number, at, actor, "reply.sent", detail, proof)]
    if status != before.status:
        changed = {**FieldChange("status", before.status, status).as_data(), "via": detail["via"]}
        lines.append(HistoryRow(before.number, at, actor, "ticket.changed", changed))
    return ticket, lines
