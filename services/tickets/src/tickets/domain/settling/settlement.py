"""Second half of settling a batch: everything that will be written, as rows, from what was assigned.

Pure: numbers and contacts are drawn before, the clock and the languages are passed in. The rows are written by one
transaction, or not at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tickets.domain.announcing.wishes import wishes_of
from tickets.domain.changes import CHANGED, change, change_source, changed_event
from tickets.domain.correspondence.acknowledging import AcknowledgementCaps, request_acknowledgement
from tickets.domain.correspondence.notices import Desk
from tickets.domain.correspondence.participants import company_of, joined_by, with_suggestions
from tickets.domain.lifecycle import status_after_agent_reply, status_after_customer_message
from tickets.domain.rows import HistoryRow, LedgerRow, MessageRow, OutboxRow, Settlement
from tickets.domain.settling.bounces import TAG, SentMail, judge, own_mail_of, reach_line, reports_of, wanted_of
from tickets.domain.settling.incoming import Contact, Incoming, Staff, TicketRow
from tickets.domain.settling.matching import Assignment
from tickets.domain.settling.new_tickets import new_ticket
from tickets.domain.settling.noticed import noticed
from tickets.domain.settling.on_reply import named_by, wanted_on_reply
from tickets.domain.settling.reach import Reach, after_sign_of_life
from tickets.domain.settling.search_terms import facets, joined, place_facets, words_of
from tickets.domain.settling.spoken_there import spoken_there, words_said
from tickets.domain.settling.staff import answered_in_thread
from tickets.domain.settling.taken_calls import WHY, Takers, talked, with_taker
from tickets.domain.staffing.assigning import ASSIGNED, Dispatch, Wanting
from tickets.domain.staffing.rule_moves import FIELDS, timer_of_move
from tickets.domain.staffing.rule_moves import KIND as MOVE
from ventanilla_contracts.ids import event_id

LanguageOf = Callable[[str, str | None], str | None]
"""(text, language the writer is known for) → language of the text."""


@dataclass(slots=True)
class Settler:
    """Builds the rows of one batch.

    Attributes:
        numbers: placeholder → number of the new ticket (a number to use again where the assignment has one).
        contacts: (channel, sender's address) → contact.
        tickets: tickets that exist, by number.
        sent: mails of ours that reports in the batch prove to be about, by (ticket, nonce).
        dispatch: hands out tickets of teams that do so by themselves; None: no such team is concerned.
        takers: who took the calls among the messages.
        rerouted: tickets of which more changed than settling writes otherwise.
    """

    desk: Desk
    caps: AcknowledgementCaps
    language_of: LanguageOf
    numbers: Mapping[int | None, int]
    contacts: dict[tuple[str, str], Contact]
    tickets: Mapping[int, TicketRow]
    now: datetime
    sent: dict[tuple[int, str], SentMail] = field(default_factory=dict)
    dispatch: Dispatch | None = None
    takers: Takers = field(default_factory=Takers)
    rerouted: set[int] = field(default_factory=set)
    rows: Settlement = field(default_factory=Settlement)
    _live: dict[int, TicketRow] = field(default_factory=dict)
    _lexemes: dict[int, set[str]] = field(default_factory=dict)

    def settle(self, assignments: Sequence[Assignment]) -> Settlement:
        """The rows for all assignments, in their order."""
        for assignment in assignments:
            message = assignment.message
            if assignment.outcome == "created":
                self._create(assignment)
            elif assignment.outcome == "appended" and assignment.staff is not None:
                self._answer(assignment, assignment.staff)
            elif assignment.outcome == "appended":
                self._append(assignment)
            elif assignment.outcome == "quarantined":
                self.rows.quarantined.append(message)
                self.rows.quarantine_reasons[message.id] = assignment.reason
            self._enter(assignment)
        self._finish()
        return self.rows

    def _create(self, assignment: Assignment) -> None:
        message, decision = assignment.message, assignment.message.decision
        assert assignment.target is not None
        number = self.numbers[assignment.target]
        contact = self.contacts[message.writer]
        language = self._language(message, contact)
        spoken = self.desk.spoken(language)
        wanting = Wanting(number, decision.team, message.channel, decision.tier, language or spoken, decision.skills)
        choice = self.takers.owner(message, decision.team)
        if choice is None and self.dispatch is not None:
            choice = self.dispatch.choose(wanting)
        ticket = new_ticket(
            number,
            decision,
            message.accepted_at,
            subject=message.subject,
            assignee=choice.agent if choice else None,
            channel=message.channel,
            account=message.account,
            requester_id=contact.id,
            requester_address=message.sender_address,
            requester_name=message.sender_name,
            requester_grade=message.grade,
            language=spoken,
            related_to=assignment.related_to,
            participants=frozenset({message.sender_address}),
            conversation=message.claim.conversation,
            written_in=language,
        )
        self.rows.created.append(ticket)
        if decision.skills:
            self.rows.skills[number] = decision.skills
        self._live[number] = ticket
        self._store(message, ticket, language)
        detail = {"message": str(message.id), "channel": message.channel}
        if message.brought_by:
            detail["brought_by"] = message.brought_by
        if assignment.related_to:
            detail["related_to"] = str(assignment.related_to)
        why = "restored: its row had been deleted" if assignment.number else ""
        self.rows.history.append(HistoryRow(number, message.accepted_at, "customer", "ticket.created", detail, why))
        if choice:
            given = {"assignee": choice.agent, "team": ticket.team}
            self.rows.history.append(HistoryRow(number, self.now, "desk", ASSIGNED, given, choice.why))
        self._emit("ticket.created.v1", ticket, message, {"message_id": str(message.id)})
        self._note_talk(message, number)
        self._hear_from(message, number)
        self.rows.waits += wishes_of(message, number, self.now, opened=True)
        contact = self.contacts[message.writer]
        counted = request_acknowledgement(self.rows, message, ticket, contact, self.caps, self.now)
        if counted is not None:
            self.contacts[message.writer] = self.rows.contacts[contact.id] = counted

    def _append(self, assignment: Assignment) -> None:
        message = assignment.message
        assert assignment.target is not None
        number = self.numbers.get(assignment.target, assignment.target)
        before = self._live.get(number) or self.tickets[number]
        status = before.status if message.automatic else status_after_customer_message(before.status)
        ticket = replace(
            before,
            version=before.version + 1,
            status=status,
            updated_at=max(before.updated_at, message.accepted_at),
            solved_at=before.solved_at if status == before.status else None,
        )
        self._live[number] = ticket
        if status != before.status:
            self.rows.restarted[number] = status, ticket.updated_at
        contact = self.contacts[message.writer]
        self._store(message, ticket, self._language(message, contact), assignment.came_by)
        aside = self._is_aside(message, before, assignment.came_by)
        actor = "automatic" if message.automatic else "aside" if aside else "customer"
        detail: dict[str, Any] = {"message": str(message.id), "channel": message.channel}
        if status != before.status:
            detail["status"] = [before.status, status]
        if assignment.came_by:
            detail["came_by"] = assignment.came_by
        self.rows.history.append(
            HistoryRow(number, message.accepted_at, actor, "message.added", detail, assignment.reason)
        )
        extra = {"message_id": str(message.id), "kind": "automatic" if message.automatic else "customer"}
        self._emit("ticket.message_added.v1", ticket, message, extra)
        self._note_talk(message, number, aside=aside)
        self.rows.waits += wishes_of(message, number, self.now, opened=False)
        if message.claim.is_report:
            self._note_report(message, number)
        else:
            self._hear_from(message, number)
            self._reroute(message, number)

    def _note_talk(self, message: Incoming, number: int, *, aside: bool = False) -> None:
        """An agent took this call: that was an answer, and the ticket is theirs where nobody has it."""
        agent, ticket = self.takers.took(message), self._live[number]
        if agent is None:
            return
        self.rows.history.append(talked(number, message, agent, aside=aside))
        if ticket.first_response_at is None and not aside:
            self.rows.answered[number] = message.accepted_at
            self._live[number] = ticket = replace(ticket, first_response_at=message.accepted_at)
        outsiders = self.takers.outsiders(message, ticket.team)
        self.rows.followers += [(number, outsider, message.accepted_at) for outsider in outsiders]
        owner = None if ticket.assignee else self.takers.owner(message, ticket.team)
        wanted = {"status": status_after_agent_reply(ticket.status, None), **({"assignee": agent} if owner else {})}
        self._change(ticket, wanted, message, WHY)
        self.rerouted.add(number)

    def _is_aside(self, message: Incoming, ticket: TicketRow, came_by: int | None) -> bool:
        """Whether somebody wrote whom an agent asked aside: somebody is to look at it, and no customer waits for it."""
        merged = self.tickets.get(came_by) if came_by else None
        return message.sender_address in (ticket.aside if merged is None else ticket.aside | merged.aside)

    def _answer(self, assignment: Assignment, staff: Staff) -> None:
        """An agent has answered in the customer's own thread."""
        message, came_by = assignment.message, assignment.came_by
        assert assignment.target is not None
        number = self.numbers.get(assignment.target, assignment.target)
        before = self._live.get(number) or self.tickets[number]
        ticket, lines = answered_in_thread(before, message, staff, assignment.reason, came_by)
        self._live[number] = ticket
        if before.first_response_at is None:
            self.rows.answered[number] = message.accepted_at
        if ticket.status != before.status:
            self.rows.restarted[number] = ticket.status, ticket.updated_at
        self._store(message, ticket, message.language or ticket.language, came_by, staff)
        self.rows.history += lines
        extra = {"message_id": str(message.id), "kind": "agent"}
        self._emit("ticket.message_added.v1", ticket, message, extra)

    def _reroute(self, message: Incoming, number: int) -> None:
        """Change what rules want changed when a message joins; what they want elsewhere is handed on at once."""
        on_reply = message.decision.on_reply
        if on_reply is None:
            return
        ticket = self._live[number]
        wanted = wanted_on_reply(ticket, on_reply)
        if not wanted:
            return
        why = named_by(on_reply)
        move: dict[str, Any] = {name: wanted.pop(name) for name in FIELDS if name in wanted}
        if move:
            self.rows.waits.append((number, MOVE, timer_of_move(move, message.id, why, self.now)))
        if wanted:
            self._change(ticket, wanted, message, why)
            self.rerouted.add(number)

    def _note_report(self, message: Incoming, number: int) -> None:
        """Note what a bounce or report says of the mail of ours that it proves to be about."""
        key = own_mail_of(message, self.desk.signer)
        mail = self.sent.get(key) if key and key[0] == number else None
        people = {whom: self.contacts.get(("email", whom)) for whom in (mail.recipients if mail else ())}
        reaches = {whom: contact.reach for whom, contact in people.items() if contact}
        judged = judge(reports_of(message), mail, reaches, self.now)
        for line in judged.lines:
            entry = HistoryRow(number, message.accepted_at, "automatic", line.action, line.detail, line.why)
            self.rows.history.append(entry)
        if mail is None or judged.mail is None or not judged.lines:
            return
        self.sent[mail.key] = judged.mail
        self.rows.returned[mail.id] = judged.mail, judged.detail
        for whom, reach in judged.reaches.items():
            self._note_reach(number, whom, reach)
        ticket = self._live[number]
        self._change(ticket, wanted_of(ticket, mail, judged), message, "a mail came back")

    def _hear_from(self, message: Incoming, number: int) -> None:
        """Whoever writes from an address is there: mail is sent to it again."""
        contact, ticket = self.contacts[message.writer], self._live[number]
        if message.channel != "email" or message.claim.is_report or message.claim.dmarc_failed:
            return
        reach = after_sign_of_life(contact.reach, self.now)
        if reach is contact.reach:
            return
        self._note_reach(number, message.sender_address, reach)
        if TAG in ticket.tags and message.sender_address == ticket.requester_address:
            tags = tuple(tag for tag in ticket.tags if tag != TAG)
            self._change(ticket, {"tags": tags}, message, "the customer wrote from this address")

    def _note_reach(self, number: int, address: str, reach: Reach) -> None:
        contact = self.contacts.get(("email", address))
        if contact:
            self.contacts["email", address] = replace(contact, reach=reach)
        self.rows.reaches[address] = reach
        if line := reach_line(address, contact.reach if contact else None, reach):
            self.rows.history.append(HistoryRow(number, self.now, "desk", line.action, line.detail))

    def _change(self, ticket: TicketRow, wanted: Mapping[str, Any], message: Incoming, why: str) -> None:
        """Change fields of a ticket of the batch, with history and event."""
        number = ticket.number
        after, changes = change(ticket, wanted, max(ticket.updated_at, self.now))
        if not changes:
            return
        self._live[number] = after
        if after.status != ticket.status:
            self.rows.restarted[number] = after.status, after.updated_at
        if "tags" in wanted:
            self.rows.retagged.add(number)
        for item in changes:
            self.rows.history.append(HistoryRow(number, self.now, "desk", "ticket.changed", item.as_data(), why))
        payload = changed_event(after, changes, "desk", self.now)
        self.rows.outbox.append(OutboxRow(CHANGED, change_source(after), payload, message.traceparent))

    def _store(
        self,
        message: Incoming,
        ticket: TicketRow,
        language: str | None,
        came_by: int | None = None,
        staff: Staff | None = None,
    ) -> None:
        message = with_taker(self._welcome(message, ticket), self.takers.took(message))
        self.rows.history += noticed(ticket.number, message)
        self.rows.messages.append(
            MessageRow(
                id=message.id,
                ticket_number=ticket.number,
                kind="agent" if staff else "automatic" if message.automatic else "customer",
                event_id=message.event_id,
                channel=message.channel,
                account=message.account,
                author_address=message.sender_address,
                author_name=staff.name if staff else message.sender_name,
                subject=message.subject,
                body=message.text,
                body_html=message.html,
                body_cut=message.text_cut,
                language=language,
                automation=message.automation,
                rfc_message_id=message.claim.message_id,
                addressed=message.addressed,
                attachments=message.attachments,
                raw=message.raw,
                sent_at=message.sent_at,
                accepted_at=message.accepted_at,
                intake_epoch=message.intake.epoch,
                intake_sequence=message.intake.sequence,
                reply_text=message.reply_text,
                findings=message.findings,
                came_by=came_by,
            )
        )
        self.rows.routings.append((message.id, message.routing))
        known_by = came_by or ticket.number  # answers to it go the way that it came, also after un-merging
        if message.claim.message_id:
            self.rows.references.append((message.account, message.claim.message_id, known_by, message.id, True))
        for id_ in message.claim.replies_to:
            self.rows.references.append((message.account, id_, known_by, message.id, False))
        found = self._lexemes.setdefault(ticket.number, set())
        found |= words_of(f"{message.subject}\n{message.text}", language or ticket.language)
        found |= words_of(f"{message.sender_name} {message.sender_address}", ticket.language)

    def _welcome(self, message: Incoming, ticket: TicketRow) -> Incoming:
        """Let those whom the message brings along take part; returns it with those whom it only suggests."""
        company = company_of(message, ticket.participants, self.desk.own, ticket.former)
        if company.joining:
            at, number = message.accepted_at, ticket.number
            self.rows.participants += joined_by(number, company.joining, at, "customer")
            addresses = [person.address for person in company.joining]
            detail = {"message": str(message.id), "addresses": addresses}
            self.rows.history.append(HistoryRow(number, at, "customer", "participants.added", detail))
            self._live[number] = replace(ticket, participants=ticket.participants.union(addresses))
        return with_suggestions(message, company.suggested)

    def _language(self, message: Incoming, contact: Contact) -> str | None:
        language = message.language
        if language is None:  # too short to tell by itself, or read by an older service
            prior = contact.language or spoken_there(message.sender_address)
            language = self.language_of(words_said(message.subject, message.text), prior)
        if language and language != contact.language and not message.automatic:
            updated = replace(contact, language=language)
            self.contacts[message.writer] = self.rows.contacts[contact.id] = updated
        return language

    def _enter(self, assignment: Assignment) -> None:
        message = assignment.message
        number = assignment.target
        if number is not None and number < 0:
            number = self.numbers[number]
        self.rows.ledger.append(
            LedgerRow(
                accepted=message.accepted,
                channel=message.channel,
                event_id=message.event_id,
                outcome=assignment.outcome,
                reason=assignment.reason,
                ticket_number=number,
                message_id=None if assignment.outcome in ("ignored",) else message.id,
                intake=message.intake,
                accepted_at=message.accepted_at,
            )
        )

    def _emit(self, type_: str, ticket: TicketRow, message: Incoming, extra: Mapping[str, Any]) -> None:
        source = f"{ticket.number}/{message.id}"
        said = {"id": event_id(type_, source), "ticket": ticket.snapshot(), "occurred_at": message.accepted_at}
        payload = {**said, **extra}
        self.rows.outbox.append(OutboxRow(type_, source, payload, message.traceparent))

    def _finish(self) -> None:
        if self.dispatch is not None:
            self.rows.turns |= self.dispatch.moved()
        created = {ticket.number for ticket in self.rows.created}
        self.rows.created = [self._live[ticket.number] for ticket in self.rows.created]
        for number, ticket in self._live.items():
            if number not in created:
                self.rows.changed[number] = ticket
            lexemes = self._lexemes[number]
            lexemes |= facets(ticket.search_facets())
            lexemes.update(place_facets(number))
            lexemes.add(str(number))
            self.rows.search.append((number, joined(lexemes)))
