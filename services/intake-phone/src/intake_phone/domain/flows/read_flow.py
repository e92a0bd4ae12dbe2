"""Reads the plain content of a flow file into a `Flow`, or says everything that is wrong with it.

What only makes sense once all of it is read (who leads where, what is said twice) is looked at by `flows.review`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from intake_phone.domain.flows.flow import NAME_CHARS, Flow, Line, Prompt
from intake_phone.domain.flows.hours import Calendar
from intake_phone.domain.flows.read_hours import HolidayLookup, HoursReader
from intake_phone.domain.flows.read_nodes import URL_CHARS, NodeReader
from intake_phone.domain.flows.reading import Fault, Path, Plain, Reading
from intake_phone.domain.flows.review import Desk, review
from intake_phone.domain.numbers import is_e164
from intake_phone.domain.twiml import VOICES, Voice

FORMAT: Final = "1"
TOP_KEYS: Final = (
    "flow", "name", "description", "numbers", "zone", "languages", "voices", "teams", "start", "fallback", "confidence",
    "hang_up_words", "calendars", "prompts", "nodes",
)  # fmt: skip
NEEDED: Final = ("flow", "name", "numbers", "languages", "start", "fallback", "nodes")
NUMBER_LIMIT: Final = 200
TEAM_LIMIT: Final = 100
PROMPT_LIMIT: Final = 300
PROMPT_CHARS: Final = 1_500
DIGEST_CHARS: Final = 12
DEFAULT_CONFIDENCE_PERCENT: Final = 45
_LOCALE: Final = re.compile(r"[a-z]{2,3}-[A-Z]{2}\Z")
_VOICE: Final = re.compile(r"[A-Za-z0-9.-]{3,60}\Z")
_PLAY: Final = re.compile(r"https?://[^\s\"<>{}]+\Z")

T = TypeVar("T")
Words = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a flow is read against.

    Attributes:
        words: language → key → text; `prompt.<name>` are the standard prompts.
        holidays: finds a country's holidays.
        desk: what the desk has, as far as that is known.
    """

    words: Words
    holidays: HolidayLookup
    desk: Desk


def read_flow(content: Plain, around: Surroundings) -> tuple[Flow | None, list[Fault]]:
    """The flow, or None with everything that is wrong. There is a flow if and only if there are no faults."""
    reading = Reading()
    flow = _FlowReader(reading, content, around).read()
    return (None, reading.faults) if reading.faults else (flow, [])


def digest_of(content: Plain) -> str:
    """Names a version by what stands in it."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARS]


class _FlowReader:
    def __init__(self, reading: Reading, content: Plain, around: Surroundings) -> None:
        self._reading = reading
        self._content = content
        self._around = around
        self._top = reading.mapping(content, (), "the file", TOP_KEYS)

    def read(self) -> Flow | None:
        missing = [key for key in NEEDED if key not in self._top]
        for key in missing:
            self._reading.complain((), f"{key} is missing", "docs/phone-flows.md has an example to start from")
        if missing:
            return None
        self._reading.word(self._top["flow"], ("flow",), "version of the flow language", (FORMAT,))
        name = self._reading.name(self._top["name"], ("name",), "name of a flow", NAME_CHARS)
        languages = self._languages()
        if not languages:
            return None
        nodes = NodeReader(self._reading, languages)
        start = self._reading.name(self._top["start"], ("start",), "name of a node", NAME_CHARS)
        fallback = self._reading.name(self._top["fallback"], ("fallback",), "name of a node", NAME_CHARS)
        flow = Flow(
            name or "",
            digest_of(self._content),
            self._numbers(),
            languages,
            self._voices(languages),
            start or "",
            fallback or "",
            self._optional("confidence", self._confidence, DEFAULT_CONFIDENCE_PERCENT / 100),
            self._optional("hang_up_words", lambda said, path: nodes.by_language(said, path, "hang_up_words"), {}),
            self._calendars(),
            self._prompts(languages),
            nodes.read(self._top["nodes"], ("nodes",)),
            {language: self._around.words[language] for language in languages},
        )
        no_teams: tuple[str, ...] = ()
        teams = self._optional("teams", lambda said, path: self._names(said, path, "teams", TEAM_LIMIT), no_teams)
        incomplete = bool(self._reading.faults)
        for fault in review(flow, teams, self._around.desk, incomplete=incomplete):
            self._reading.complain(fault.path, fault.reason, fault.advice)
        return flow

    def _optional(self, key: str, read: Callable[[Plain, Path], T], otherwise: T) -> T:
        return read(self._top[key], (key,)) if key in self._top else otherwise

    def _names(self, content: Plain, path: Path, what: str, limit: int) -> tuple[str, ...]:
        found = self._reading.texts(content, path, what, limit, NAME_CHARS)
        read = (self._reading.name(one, (*path, at), f"entry of {what}", NAME_CHARS) for at, one in enumerate(found))
        return tuple(name for name in read if name is not None)

    def _numbers(self) -> tuple[str, ...]:
        path: Path = ("numbers",)
        if self._top["numbers"] == []:
            return ()
        found = self._reading.texts(self._top["numbers"], path, "numbers", NUMBER_LIMIT, 40)
        for position, number in enumerate(found):
            here = (*path, position)
            if not is_e164(number):
                self._reading.complain(here, f"{number} is no number in E.164", "write it like +34910000000")
            elif self._around.desk.numbers is not None and number not in self._around.desk.numbers:
                self._reading.complain(here, f"{number} is no number of the account", "buy it, or correct it")
        return found

    def _languages(self) -> tuple[str, ...]:
        path: Path = ("languages",)
        spoken = tuple(self._around.words)
        found = self._reading.texts(self._top["languages"], path, "languages", len(spoken), NAME_CHARS)
        for position, language in enumerate(found):
            self._reading.word(language, (*path, position), "language of the desk", spoken)
        return tuple(language for language in found if language in spoken)

    def _voices(self, languages: tuple[str, ...]) -> dict[str, Voice]:
        voices = {language: VOICES[language] for language in languages}
        entries = (
            self._reading.mapping(self._top["voices"], ("voices",), "voices", languages)
            if "voices" in self._top
            else {}
        )
        for language, entry in entries.items():
            path: Path = ("voices", language)
            said = self._reading.mapping(entry, path, "a voice", ("locale", "name"))
            for needed, pattern, example in (("locale", _LOCALE, "es-MX"), ("name", _VOICE, "Polly.Mia-Neural")):
                text = self._reading.text(said.get(needed), (*path, needed), f"the {needed} of a voice", 60)
                if text is not None and not pattern.match(text):
                    self._reading.complain((*path, needed), f"{text} is no {needed}", f"write it like {example}")
            locale, name = said.get("locale"), said.get("name")
            if isinstance(locale, str) and _LOCALE.match(locale) and locale.partition("-")[0] != language:
                advice = f"callers in {language} would hear and be heard in another language: write {language}-…"
                self._reading.complain((*path, "locale"), f"{locale} is no locale of {language}", advice)
            if isinstance(locale, str) and isinstance(name, str):
                voices[language] = Voice(locale, name)
        return voices

    def _confidence(self, content: Plain, path: Path) -> float:
        percent = self._reading.whole(content, path, "confidence", 0, 100)
        return (percent or 0) / 100

    def _calendars(self) -> dict[str, Calendar]:
        zone = ZoneInfo("UTC")
        hours = HoursReader(self._reading, self._around.holidays)
        if "zone" in self._top:
            zone = hours.zone(self._top["zone"], ("zone",)) or zone
        return hours.read(self._top["calendars"], ("calendars",), zone) if "calendars" in self._top else {}

    def _prompts(self, languages: tuple[str, ...]) -> dict[str, Prompt]:
        prompts: dict[str, Prompt] = {}
        for key, text in self._around.words[languages[0]].items():
            if key.startswith("prompt."):
                standard = {language: Line(self._around.words[language].get(key, text)) for language in languages}
                prompts[key.removeprefix("prompt.")] = standard
        content = self._top.get("prompts")
        entries = self._reading.mapping(content, ("prompts",), "prompts") if "prompts" in self._top else {}
        if len(entries) > PROMPT_LIMIT:
            self._reading.complain(
                ("prompts",), f"there are {len(entries)} prompts", f"at most {PROMPT_LIMIT} are allowed"
            )
            return prompts
        for key, entry in entries.items():
            path: Path = ("prompts", key)
            name = self._reading.name(key, path, "name of a prompt", NAME_CHARS)
            lines = self._lines(entry, path, languages)
            if name is not None:
                prompts[name] = lines
        return prompts

    def _lines(self, content: Plain, path: Path, languages: tuple[str, ...]) -> Prompt:
        entries = self._reading.mapping(content, path, "a prompt", languages)
        for language in languages:
            if isinstance(content, Mapping) and language not in content:
                self._reading.complain(path, f"the prompt has no words in {language}", f"add `{language}: …`")
        return {
            language: line
            for language, entry in entries.items()
            if (line := self._line(entry, (*path, language))) is not None
        }

    def _line(self, content: Plain, path: Path) -> Line | None:
        if not isinstance(content, Mapping):
            text = self._reading.text(content, path, "a prompt", PROMPT_CHARS)
            return None if text is None else Line(text)
        said = self._reading.mapping(content, path, "a recorded prompt", ("play",))
        url = self._reading.text(said.get("play"), (*path, "play"), "the address of a recorded prompt", URL_CHARS)
        if url is not None and not _PLAY.match(url):
            self._reading.complain((*path, "play"), f"{url[:60]} is no address", "write it like https://…/welcome.mp3")
        return None if url is None else Line("", url)
