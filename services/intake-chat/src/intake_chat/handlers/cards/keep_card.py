"""Keep the card of one ticket: in its team's channel, once, at its last state.

Before a card is posted its record says so; where nobody knows what became of a post, the channel's history is read back
by the card's metadata. What a card shows is asked for when its turn at Slack has come, not when it begins to wait.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import structlog

from intake_chat import metrics
from intake_chat.domain.slack.cards.card import METADATA, Card, Seen, card, extract_of, is_done, moved_card
from intake_chat.domain.slack.cards.haste import yields_seconds
from intake_chat.domain.slack.cards.kept import Kept
from intake_chat.domain.slack.cards.standing import agents_of, placed_of, set_by, why_now
from intake_chat.domain.slack.cards.team_channels import TeamChannels
from intake_chat.domain.slack.mrkdwn import escaped
from intake_chat.errors import Overtaken, SlackAway, SlackRefused
from intake_chat.handlers.cards.record import Doubts, Record, thread_key, unposted_key
from intake_chat.handlers.cards.tell_thread import ThreadTeller
from intake_chat.ports.cards import Json, KeepsCards, KnowsTickets, Post, ShowsCards

log = structlog.get_logger()

CARD_GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
CHANNEL_GONE: Final = frozenset(
    {"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "restricted_action_read_only_channel",
     "restricted_action_thread_only_channel", "team_access_not_granted", "no_permission"}
)  # fmt: skip
"""A person has to invite the app, bring the channel back, or name another one."""
NO_TOKEN: Final = frozenset(
    {"invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_authed", "missing_scope",
     "org_login_required", "ekm_access_denied"}
)  # fmt: skip
"""Nothing is wrong with the card: everything waits until the app may speak again."""
_UNUSABLE_SECONDS: Final = 60.0


class Channels:
    """Where cards may stand now: a channel that Slack has refused is left alone for a while."""

    def __init__(self, teams: TeamChannels, now: Callable[[], float]) -> None:
        self._teams = teams
        self._now = now
        self._unusable: dict[str, float] = {}

    def of(self, team: str) -> list[str]:
        """The channels of a team that can be used, the best first."""
        return [channel for channel in self._teams.of(team) if self._unusable.get(channel, 0.0) <= self._now()]

    def refused(self, channel: str, code: str) -> None:
        """Slack does not let us post there."""
        if channel not in self._unusable:
            log.warning("card_channel.unusable", channel=channel, reason=code, advice=_ADVICE.get(code, _INVITE))
        self._unusable[channel] = self._now() + _UNUSABLE_SECONDS
        metrics.UNUSABLE_CHANNELS.labels(channel).set(1)

    def worked(self, channel: str) -> None:
        """A card stands there."""
        if self._unusable.pop(channel, None) is not None:
            log.info("card_channel.usable", channel=channel)
        metrics.UNUSABLE_CHANNELS.labels(channel).set(0)


class CardKeeper:
    """Keeps cards, one ticket at a time. For each ticket one call may be under way."""

    def __init__(
        self,
        *,
        state: KeepsCards,
        desk: KnowsTickets,
        slack: ShowsCards,
        channels: Channels,
        teller: ThreadTeller,
        doubts: Doubts,
        language: str,
        desk_url: str | None,
    ) -> None:
        self._state = state
        self._desk = desk
        self._slack = slack
        self._channels = channels
        self._teller = teller
        self._doubts = doubts
        self._language = language
        self._desk_url = desk_url

    async def keep(self, number: int, *, lines: bool) -> None:
        """Bring a ticket's card to its last state; with `lines`, its thread too. Again changes nothing.

        Raises:
            InDoubt: it is not known yet what became of a post; come again after its seconds.
            Temporary: come again.
            SlackRefused, DeskRefused: it will never be done like this.
        """
        try:
            await self._keep(number, lines=lines)
        except SlackRefused as error:
            if error.code in NO_TOKEN:
                raise SlackAway(str(error)) from error
            raise

    async def _keep(self, number: int, *, lines: bool) -> None:
        record = await Record.of(number, self._state)
        await self._find_out(record)
        ticket = await self._desk.ticket(number)
        if ticket is None:
            return
        if lines and record.kept.looked:
            opening = await self._desk.opening(number, record.kept.opening) or {}
            words = "" if opening.get("kind") == "note" else str(opening.get("reply_text") or "")
            record.kept = replace(record.kept, extract=extract_of(words), opening=str(opening.get("id") or ""))
        await self._place(record, ticket)
        await self._leave_word(record, ticket)
        if lines and record.kept.stands:
            try:
                await self._teller.tell(record, ticket)
            except SlackRefused as error:
                if error.code not in CARD_GONE | CHANNEL_GONE:
                    raise
                kept = record.kept
                await record.write(kept.stuck_at(kept.channel, kept.ts, error.code).gone())
                raise Overtaken(f"the card of {number} is gone") from error

    async def _place(self, record: Record, ticket: Json) -> None:
        """Let the card stand where it belongs, showing what it should."""
        channels, refused = self._channels.of(ticket["team"]), ""
        if record.kept.stands and (is_done(ticket) or not channels):
            channels = [record.kept.channel]
        for channel in channels:
            try:
                if record.kept.stands and record.kept.channel == channel and await self._update(record):
                    return
                if is_done(ticket):
                    break
                await self._post(record, channel)
                return
            except SlackRefused as error:
                if error.code not in CHANNEL_GONE:
                    raise
                self._channels.refused(channel, refused := error.code)
                if record.kept.channel == channel:
                    await record.write(record.kept.gone())
        if record.kept.stands:  # where it should not, but better there than nowhere
            await self._update(record)
        if not is_done(ticket):
            await self._note_unposted(record, refused)
        elif record.kept.unposted:  # nobody needs the card any more
            await self._state.put_all([unposted_key(record.number)], b"")
            await record.write(replace(record.kept, unposted=""))

    async def _post(self, record: Record, channel: str) -> None:
        if not record.kept.looked:
            look = await self._desk.look(record.number, self._language)
            known = replace(record.kept, looked=True, extract=look.extract, why=look.why, similar=look.similar)
            record.kept = replace(known, placed=look.placed, opening=look.opening)
        shown = ""

        async def make() -> Post | None:
            nonlocal shown
            ticket = await self._desk.ticket(record.number)
            if ticket is None or is_done(ticket) or channel not in self._channels.of(ticket["team"]):
                return None
            made = await self._card(ticket, record)
            shown = made.digest
            attempt = self._doubts.attempt(secrets.token_hex(8), channel)
            await record.write(replace(record.kept, posting=attempt))
            payload = {"ticket": str(record.number), "attempt": attempt.id}
            return Post(made.text, made.blocks, METADATA, payload)

        moved = record.kept.stands
        try:
            ts = await self._slack.post(channel, make)
        except SlackRefused:
            await record.write(replace(record.kept, posting=None))
            raise
        if ts is None:
            raise Overtaken(f"ticket {record.number} has changed while its card waited")
        metrics.CARDS.labels("moved" if moved else "posted").inc()
        await self._stands(record, channel, ts, shown)

    async def _update(self, record: Record) -> bool:
        """Let the card show the last state; False: somebody has deleted it."""
        ticket = await self._desk.ticket(record.number)
        if ticket is None or (await self._card(ticket, record)).digest == record.kept.shown:
            metrics.CARDS.labels("unchanged").inc()
            return True
        kept = record.kept
        shown = kept.shown

        async def make() -> Post | None:
            nonlocal shown
            fresh = await self._desk.ticket(record.number)
            made = await self._card(fresh, record) if fresh else None
            if made is None or made.digest == kept.shown:
                shown = kept.shown  # where Slack has refused an earlier try, the ticket may look as before by now
                return None
            shown = made.digest
            # Until Slack answers nobody knows what the card shows; the ticket may look as before when somebody asks.
            await record.write(replace(record.kept, shown=""))
            return Post(made.text, made.blocks)

        try:
            changed = await self._slack.update(kept.channel, kept.ts, make, yields_seconds=yields_seconds(ticket))
        except SlackRefused as error:
            if error.code in NO_TOKEN:
                raise
            stuck = record.kept.stuck_at(kept.channel, kept.ts, error.code)
            await record.write(stuck.gone() if error.code in CARD_GONE else stuck)
            if error.code in CARD_GONE:
                return False
            raise
        metrics.CARDS.labels("updated" if changed else "unchanged").inc()
        # The thread's key is written anew with its card, so that both grow old together.
        await self._state.put_all([thread_key(kept.channel, kept.ts)], str(record.number).encode())
        await record.write(replace(record.kept.free_at(kept.channel, kept.ts), shown=shown))
        return True

    async def _find_out(self, record: Record) -> None:
        """Learn what became of a post that nobody saw the end of."""
        attempt = record.kept.posting
        if attempt is None:
            return
        self._doubts.must_be_over(attempt)
        try:
            ts = await self._slack.find(attempt.channel, METADATA, "attempt", attempt.id, attempt.at)
        except SlackRefused as error:
            if error.code not in CHANNEL_GONE:
                raise
            ts = None
        log.info("card.found_out", ticket=record.number, posted=ts is not None)
        if ts is None:
            await record.write(replace(record.kept, posting=None))
        else:
            await self._stands(record, attempt.channel, ts, "")

    async def _stands(self, record: Record, channel: str, ts: str, shown: str) -> None:
        """Remember where the card is: first whose its thread is, so that nothing written there is lost."""
        await self._state.put_all([thread_key(channel, ts)], str(record.number).encode())
        if record.kept.unposted:
            await self._state.put_all([unposted_key(record.number)], b"")
        await record.write(record.kept.posted(channel, ts, shown))
        self._channels.worked(channel)

    async def _note_unposted(self, record: Record, reason: str) -> None:
        if record.kept.unposted and reason in ("", record.kept.unposted):
            return
        reason = reason or "no_channel"
        metrics.CARDS.labels("unposted").inc()
        log.info("card.unposted", ticket=record.number, reason=reason)
        await self._state.put_all([unposted_key(record.number)], b"1")
        await record.write(replace(record.kept, unposted=reason))

    async def _leave_word(self, record: Record, ticket: Json) -> None:
        """Turn cards in channels that the ticket has left into a line that says where it is; their threads hear it."""
        if not record.kept.older:
            return
        told = await self._teller.handed_on(record, ticket)
        team = await self._desk.team(ticket["team"], self._language)
        for channel, ts in record.kept.older:
            left = moved_card(ticket, record.kept.channel, self._language, team=team, told=told)

            async def make(left: Card = left) -> Post | None:
                return Post(left.text, left.blocks)

            changed = False
            try:
                await self._slack.update(channel, ts, make)
                changed = True
                await self._teller.leave(record, (channel, ts), left)
            except SlackRefused as error:
                if error.code in NO_TOKEN:
                    raise
                log.info("card.not_left", ticket=record.number, reason=error.code)
                if not changed:
                    await record.write(record.kept.stuck_at(channel, ts, error.code))
            await record.write(replace(record.kept, older=record.kept.older[1:], leaving=None))

    async def _weigh(self, record: Record, ticket: Json) -> Kept:
        """What is kept of a card, with who set the ticket's priority, team and tier; asked again when one changed."""
        kept, placed = record.kept, placed_of(ticket)
        # What came out of another ticket may have been made one by an agent: its history tells, no router does.
        if kept.placed != placed or (ticket.get("related_to") and not kept.weighed):
            entries, cursor = await self._desk.history(record.number, kept.weighed, kept.weighed_at)
            read_to = int(entries[-1]["id"]) if entries else kept.weighed
            by = {**kept.by, **set_by(entries)}
            await record.write(replace(kept, placed=placed, by=by, weighed=read_to, weighed_at=cursor))
        return record.kept

    async def _card(self, ticket: Json, record: Record) -> Card:
        kept = await self._weigh(record, ticket)
        names = {handle: (await self._desk.agent(handle)).name for handle in sorted(agents_of(kept.by))}
        team = await self._desk.team(ticket["team"], self._language)
        why = why_now(ticket, kept.why, kept.by, names, team, self._language)
        assignee = None
        if ticket["assignee"]:
            agent = await self._desk.agent(ticket["assignee"])
            assignee = f"<@{agent.user}>" if agent.user else escaped(agent.name)
        similar = [{**one, "page": self._page(int(one["number"]))} for one in kept.similar]
        page = self._page(ticket["number"])
        seen = Seen(ticket, kept.extract, why, assignee, page, similar, kept.turn, team)
        return card(seen, self._language)

    def _page(self, number: int) -> str | None:
        return f"{self._desk_url}/{number}" if self._desk_url else None


_INVITE: Final = "invite the app into the channel (/invite), or name another one in INTAKE_CHAT_SLACK_TEAM_CHANNELS"
_ADVICE: Final = {
    "is_archived": "bring the channel back, or name another one in INTAKE_CHAT_SLACK_TEAM_CHANNELS",
    "channel_not_found": "check INTAKE_CHAT_SLACK_TEAM_CHANNELS, and invite the app if the channel is private",
}
