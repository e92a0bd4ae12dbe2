"""Nodes that ask the caller something: what is offered, and what the answer means.

`enter_…` adds to the document and returns the node that follows in it, or None where the document is complete; `hear_…`
reads the answer and returns where the call goes on.
"""

from collections.abc import Sequence
from typing import Final

from intake_phone.domain.calls.effects import NotifyWhenSolved, PauseRecording, RememberLanguage
from intake_phone.domain.calls.facts import Announcement
from intake_phone.domain.calls.masking import kept_digits, without_cards
from intake_phone.domain.calls.state import KEY, LIST_LIMIT, REST, TICKET_MOST
from intake_phone.domain.calls.turn import Turn
from intake_phone.domain.flows.flow import AnnouncementsNode, Choice, CollectNode, LanguageNode, MenuNode, TicketNode
from intake_phone.domain.flows.sizes import ANNOUNCEMENT_CHARS, ANNOUNCEMENTS_SAID, TICKETS_OFFERED
from intake_phone.domain.flows.speech import best_match, folded, key_names
from intake_phone.domain.twiml import Gather, Say, plain_text

OFFER_SECONDS: Final = 4
LANGUAGE_SECONDS: Final = 5
DIGIT_SECONDS: Final = 7
REST_SECONDS: Final = 1
TRIES: Final = 2
"""So often something is offered that need not be answered."""
assert ANNOUNCEMENTS_SAID == TICKETS_OFFERED == LIST_LIMIT


def enter_language(turn: Turn, node: LanguageNode) -> str | None:
    """Ask in each language; nobody is asked whose language is known, unless a menu was used to come here."""
    known = turn.facts.language if turn.facts.language in turn.flow.languages else ""
    alone = len(turn.flow.languages) == 1
    if alone or ((turn.state.language or known) and turn.chosen != turn.state.node):
        turn.change(language=turn.flow.language if alone else turn.state.language or known)
        return node.then
    inside = [
        line
        for language in turn.flow.languages
        for line in turn.line(node.say, language, key=turn.spelt(node.choices[language].key, language))
    ]
    phrases = {phrase for choice in node.choices.values() for phrase in choice.words[turn.flow.language]}
    names = [turn.spelt(choice.key) for choice in node.choices.values()]
    turn.ask(inside, LANGUAGE_SECONDS, hints=[*sorted(phrases), *names])
    return None


def hear_language(turn: Turn, node: LanguageNode) -> str | None:
    """A language by key or word; after a silence the flow's first one."""
    heard = turn.heard
    chosen = next((name for name, choice in node.choices.items() if choice.key == heard.digits[:1]), None)
    if not heard.digits and heard.speech:
        chosen = best_match(heard.speech, {name: _said_for(turn, one) for name, one in node.choices.items()})
    if chosen is None:
        if not heard.silent and turn.state.missed + 1 < TRIES:
            turn.chosen = turn.state.node
            return turn.misunderstood()
        turn.note("silent")
    else:
        turn.note("chose", chosen)
        turn.effects.append(RememberLanguage(chosen))
    turn.change(language=chosen or turn.language, missed=0)
    return node.then


def _said_for(turn: Turn, choice: Choice) -> list[str]:
    """What may be said for a language: its words, or the key's name in any of them, as each is told its own."""
    names = [name for language in turn.flow.languages for name in key_names(turn.flow.words[language], choice.key)]
    return [*choice.words[turn.flow.language], *names]


def enter_menu(turn: Turn, node: MenuNode) -> None:
    """Offer the choices; names of keys and words of good-bye are heard by a menu that has no words of its own too."""
    hints = [phrase for choice in node.choices for phrase in choice.words.get(turn.language, ())]
    hints += [turn.spelt(choice.key) for choice in node.choices]
    hints += turn.flow.hang_up_words.get(turn.language, ())
    turn.ask(turn.line(node.say), node.wait_seconds, hints=hints)


def hear_menu(turn: Turn, node: MenuNode) -> str | None:
    """A choice, good-bye, or a misunderstanding."""
    heard = turn.heard
    key: str | None = heard.digits[:1]
    if not key and heard.speech:
        key = _spoken_key(turn, node)
        if key == "":
            turn.note("chose", "hang_up")
            turn.goodbye()
            return None
    choice = next((one for one in node.choices if one.key == key), None)
    if choice is None:
        return turn.misunderstood()
    turn.note("chose", choice.key)
    turn.change(missed=0)
    turn.chosen = choice.then
    return choice.then


def _spoken_key(turn: Turn, node: MenuNode) -> str | None:
    """The key that was said; empty for good-bye, None for nothing that was offered."""
    confidence = turn.heard.confidence
    if confidence is not None and confidence < turn.flow.confidence:
        return None
    words = turn.flow.words[turn.language]
    offered: dict[str, Sequence[str]] = {
        choice.key: (*choice.words.get(turn.language, ()), *key_names(words, choice.key)) for choice in node.choices
    }
    return best_match(turn.heard.speech, {**offered, "": turn.flow.hang_up_words.get(turn.language, ())})


def enter_announcements(turn: Turn, node: AnnouncementsNode) -> str | None:
    """Say what the desk announces; offer to tell when it is solved, to whom that can be told."""
    said = [one for one in turn.facts.announcements if _announced(one, turn.language)][:ANNOUNCEMENTS_SAID]
    if not said:
        return node.then
    for one in said:
        turn.note("announced", one.key if KEY.match(one.key) else "")
    lines = [Say(_announced(one, turn.language), turn.voice) for one in said]
    keys = tuple(one.key for one in said if KEY.match(one.key))
    if not turn.facts.textable or not keys:
        turn.verbs += lines
        return node.then
    turn.change(said=keys)
    offer = turn.line(node.offer, key=turn.spelt(node.key))
    turn.ask([*lines, *offer], OFFER_SECONDS)
    return None


def _announced(announcement: Announcement, language: str) -> str:
    return without_cards(plain_text(announcement.texts.get(language, "")[:ANNOUNCEMENT_CHARS]))


def hear_announcements(turn: Turn, node: AnnouncementsNode) -> str | None:
    """The key, or on."""
    if turn.heard.digits[:1] == node.key and turn.state.said:
        turn.effects.append(NotifyWhenSolved(turn.state.said))
        turn.note("notify")
        turn.say(node.confirm)
    elif not turn.heard.silent and turn.state.missed + 1 < TRIES:
        return turn.misunderstood()
    turn.change(said=(), missed=0)
    return node.then


def enter_ticket(turn: Turn, node: TicketNode) -> str | None:
    """Offer open tickets by their numbers, and something else."""
    offered = tuple(one for one in turn.facts.tickets if 0 < one <= TICKET_MOST)[:TICKETS_OFFERED]
    if not offered:
        return node.otherwise
    turn.change(offered=offered)
    inside = [
        line
        for position, ticket in enumerate(offered, 1)
        for line in turn.line(node.say, ticket=turn.spelt(str(ticket)), key=turn.spelt(str(position)))
    ]
    inside += turn.line("something-else", key=turn.spelt(str(len(offered) + 1)))
    turn.ask(inside, OFFER_SECONDS)
    return None


def hear_ticket(turn: Turn, node: TicketNode) -> str | None:
    """One of the tickets, or something else."""
    offered, key = turn.state.offered, turn.heard.digits[:1]
    chosen = int(key) if key.isdigit() else 0
    if 1 <= chosen <= len(offered):
        turn.note("chose", key)
        turn.change(ticket=offered[chosen - 1], offered=(), missed=0)
        return node.then
    other = chosen == len(offered) + 1
    if not turn.heard.silent and not other and turn.state.missed + 1 < TRIES:
        return turn.misunderstood()
    turn.note("something_else" if other else "silent" if turn.heard.silent else "misunderstood")
    turn.change(offered=(), missed=0)
    return node.otherwise


def enter_collect(turn: Turn, node: CollectNode) -> None:
    """Ask for digits; what is sensitive is asked for off the record."""
    if node.sensitive and turn.state.recording == "on":
        turn.effects.append(PauseRecording())
        turn.change(recording="paused")
    turn.ask(turn.line(node.say), DIGIT_SECONDS, node.most, "#")


def hear_collect(turn: Turn, node: CollectNode) -> str | None:
    """As many digits as were asked for.

    Of more than `most` Twilio takes that many, and the next question may get the rest: `12345678` of eight and then
    `1` would ask for a call back in the queue that follows. So what is still being typed is swallowed.
    """
    if turn.state.case == REST:
        turn.change(case="")
        return node.then
    digits = turn.heard.digits.rstrip("#") or spoken_digits(turn.heard.speech)
    if not (digits.isdecimal() and node.least <= len(digits) <= node.most):
        return turn.misunderstood()
    turn.state = turn.state.with_answer(node.name, kept_digits(digits, sensitive=node.sensitive))
    turn.change(missed=0)
    turn.note("collected", node.name)
    if len(turn.heard.digits) < node.most:
        return node.then
    turn.change(case=REST)
    turn.verbs.append(Gather(turn.link(), (), turn.voice, REST_SECONDS, finish_key="#"))
    return None


def spoken_digits(speech: str) -> str:
    """Digits that were said, where nothing else was."""
    return folded(speech).replace(" ", "")
