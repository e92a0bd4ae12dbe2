"""Reads a desk file in YAML: people and whom they serve, calendars, promises. It is taken whole, or refused whole."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from yaml.nodes import MappingNode, Node, ScalarNode

from tickets.adapters.desk_file_documents import SINGLE, DocumentSections, missing_words
from tickets.adapters.desk_nodes import Nodes, Problem, is_null, suggestion
from tickets.domain.desk.documents import SECTIONS
from tickets.domain.desk.plan import Missing, Roster
from tickets.domain.staffing.people import (
    ASSIGNMENTS,
    ROLES,
    WEEKDAYS,
    Agent,
    CalendarHours,
    Category,
    Customer,
    Membership,
    Organisation,
    Team,
    WorkingHours,
    customer_name,
    slots_of,
    way_of,
    zone_problem,
)
from tickets.domain.staffing.phones import MOST_PHONE_CHARS, ONE_PHONE_ONE_AGENT, phone_of
from ventanilla_contracts.words import CHANNELS, IDENTITY_KINDS, LANGUAGES, TIERS

_SECTIONS: Final = (*SECTIONS, "skills", "categories", "teams", "agents", "organisations", "customers")
_TEAM: Final = ("name", "title", "tier", "assignment", "calendar", "ladder", "active")
_AGENT: Final = (
    "handle", "name", "email", "languages", "skills", "weight", "hours", "capacity", "tiers", "teams", "active",
    "phone",
)  # fmt: skip
_ORGANISATION: Final = ("name", "domains", "vip", "plan", "tags")
_CUSTOMER: Final = ("address", "kind", "vip", "tags", "ways")
_MOST_WAYS: Final = 10
_CATEGORY: Final = ("name", "needs_cause")
SLUG: Final = re.compile(r"[^\W_](?:[\w.-]{0,58}[^\W_])?\Z")
_SLUG_ADVICE: Final = "letters, digits, and -, _ or . between them; 60 at most"
_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,189}\Z")
_DOMAIN: Final = re.compile(r"(?=.{3,253}\Z)[^\W_](?:[\w-]{0,62})(?:\.[^\W_](?:[\w-]{0,62})){1,20}\Z")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}\Z")
MOST_CAPACITY: Final = 100_000
_MOST_WORDS: Final = 100


class DeskFile:
    """A desk file as it is read: `roster` is what it says, to be used only if `nodes.problems` names nothing.

    Whether those whom it names exist is known only with the desk at hand: see `unknown_teams` and `unknown_names`.
    """

    def __init__(self, name: str, source: str) -> None:
        self.nodes = Nodes(name)
        self.places: dict[tuple[str, str], Node] = {}
        """(agent, team) → where the membership is written."""
        self.documents = DocumentSections(self.nodes)
        self._named: dict[tuple[str, str, str], Node] = {}
        """(agent or team, its name, field) → where it names something."""
        self._known_skills: list[str] | None = None
        self._phones: dict[str, str] = {}
        """Number → the agent at work whose it is."""
        root = self.nodes.compose(source)
        self.roster = self._read(root) if root is not None else Roster()

    def unknown_teams(self, known: Mapping[str, Any], missing: list[tuple[str, str]]) -> list[Problem]:
        """Complaints about memberships in teams that are not there."""
        for agent, team in missing:
            reason = f"agent {agent} is in team {team}, which does not exist"
            self.nodes.complain(self.places[agent, team], reason, suggestion(team, sorted(known)) if known else "")
        return self.nodes.problems

    def unknown_names(self, missing: Iterable[Missing]) -> list[Problem]:
        """Complaints about documents, teams and agents that name what is not there."""
        for one in missing:
            mention = one.mention
            words = missing_words(mention.kind, mention.name, one.known)
            if one.name in self.documents.contents.get(one.kind, ()):
                self.documents.complain(one.kind, one.name, one.path, *words)
            elif node := self._named.get((one.kind, one.name, str(one.path[0]))):
                self.nodes.complain(node, f"{one.kind} {one.name}: {words[0]}", words[1])
            else:
                self.documents.complain_of_loss(mention.kind, mention.name, f"{one.kind} {one.name}")
        return self.nodes.problems

    def _read(self, root: MappingNode) -> Roster:
        sections = self.nodes.mapping(root, "the file", _SECTIONS)
        for section in SECTIONS:
            if section in sections:
                self._documents(section, sections)
        for kind in ("agent", "team"):
            if f"{kind}s" in sections:
                self.documents.note_section(kind, sections[f"{kind}s"])
        skills = self._skills(sections["skills"]) if "skills" in sections else None
        self._known_skills = sorted(skills) if skills is not None else None
        return Roster(
            skill=skills,
            category=self._section(sections, "categories", "name", _CATEGORY, self._category),
            team=self._section(sections, "teams", "name", _TEAM, self._team),
            agent=self._section(sections, "agents", "handle", _AGENT, self._agent),
            organisation=self._organisations(sections),
            customer=self._customers(sections["customers"]) if "customers" in sections else None,
            documents=self.documents.contents,
        )

    def _documents(self, section: str, sections: Mapping[str, Node]) -> None:
        def read(name: str, entry: dict[str, Node]) -> str:
            self.documents.add(section, name, entry)
            return name

        self.documents.begin(section, sections[section])
        if section not in SINGLE:
            self._section(sections, section, "name", None, read)

    def _skills(self, node: Node) -> dict[str, str]:
        return {word: word for word in self.nodes.texts(node, "skills", _MOST_WORDS * 10, _word_problem)}

    def _section(
        self,
        sections: Mapping[str, Node],
        section: str,
        own_name: str,
        known: tuple[str, ...] | None,
        read: Callable[[str, dict[str, Node]], Any],
    ) -> dict[str, Any] | None:
        """Name → entry of a section; None if the file does not have it."""
        if section not in sections:
            return None
        found: dict[str, Any] = {}
        for node in self.nodes.items(sections[section], section):
            entry = self.nodes.mapping(node, f"an entry of {section}", known)
            if own_name not in entry:
                self.nodes.complain(node, f"an entry of {section} has no {own_name}")
                continue
            name = self.nodes.text(entry[own_name], own_name)
            if name is None:
                continue
            if section != "organisations" and not SLUG.match(name):
                self.nodes.complain(entry[own_name], f"{name!r} is no {own_name}", _SLUG_ADVICE)
            elif name in found:
                self.nodes.complain(entry[own_name], f"{section} has two entries called {name}", "remove one")
            else:
                found[name] = read(name, entry)
        return found

    def _category(self, name: str, entry: dict[str, Node]) -> Category:
        needs = self.nodes.truth(entry["needs_cause"], "needs_cause") if "needs_cause" in entry else False
        return Category(name, bool(needs))

    def _team(self, name: str, entry: dict[str, Node]) -> Team:
        nodes = self.nodes
        title = nodes.mapping(entry["title"], "title", LANGUAGES) if "title" in entry else {}
        titles = {language: nodes.text(one, f"the title in {language}") or "" for language, one in title.items()}
        tier = nodes.choice(entry["tier"], "tier", TIERS) if "tier" in entry else "1"
        self._named |= {("team", name, field): entry[field] for field in ("calendar", "ladder") if field in entry}
        way = nodes.choice(entry["assignment"], "assignment", ASSIGNMENTS) if "assignment" in entry else "manual"
        return Team(
            name=name,
            title_es=titles.get("es", ""),
            title_en=titles.get("en", ""),
            tier=tier or "1",
            assignment=way or "manual",
            calendar=nodes.nullable(entry["calendar"], "calendar", 60) if "calendar" in entry else None,
            ladder=nodes.nullable(entry["ladder"], "ladder", 60) if "ladder" in entry else None,
            active=self._active(entry),
        )

    def _agent(self, handle: str, entry: dict[str, Node]) -> Agent:
        nodes = self.nodes
        for needed in ("name", "email"):
            if needed not in entry:
                nodes.complain(entry["handle"], f"agent {handle} has no {needed}")
        email = nodes.text(entry["email"], "email", 254) if "email" in entry else None
        if email is not None and not _ADDRESS.match(email):
            nodes.complain(entry["email"], f"{email!r} is no mail address")
        weight = nodes.number(entry["weight"], "weight", 0.01, 100) if "weight" in entry else 1.0
        return Agent(
            handle=handle,
            name=(nodes.text(entry["name"], "name", 100) if "name" in entry else None) or handle,
            email=(email or "").lower(),
            languages=self._words(entry, "languages", _language_problem),
            skills=self._words(entry, "skills", self._skill_problem),
            weight=weight or 1.0,
            hours=self._hours(handle, entry["hours"]) if "hours" in entry and not is_null(entry["hours"]) else None,
            capacity=self._capacity(entry["capacity"]) if "capacity" in entry else {},
            tiers=self._words(entry, "tiers", lambda word: None if word in TIERS else f"{word} is no tier"),
            active=self._active(entry),
            teams=self._memberships(handle, entry["teams"]) if "teams" in entry else (),
            phone=self._phone(handle, entry),
        )

    def _phone(self, handle: str, entry: Mapping[str, Node]) -> str | None:
        node = entry.get("phone")
        text = None if node is None or is_null(node) else self.nodes.text(node, "phone", MOST_PHONE_CHARS)
        if node is None or text is None:
            return None
        try:
            phone = phone_of(text)
        except ValueError as error:
            self.nodes.complain(node, f"the phone {error}")
            return None
        if self._active(entry) and (owner := self._phones.setdefault(phone, handle)) != handle:
            self.nodes.complain(node, f"this is the phone of agent {owner} already", ONE_PHONE_ONE_AGENT)
        return phone

    def _skill_problem(self, word: str) -> str | None:
        known = self._known_skills
        if known is None or word in known:
            return _word_problem(word)
        return f"{word} is not among the skills of this file; {suggestion(word, known) if known else 'it has none'}"

    def _memberships(self, handle: str, node: Node) -> tuple[Membership, ...]:
        found: dict[str, Membership] = {}
        for item in self.nodes.items(node, "teams", _MOST_WORDS):
            role = "member"
            name: Node | None = item
            if isinstance(item, MappingNode):
                entry = self.nodes.mapping(item, "a membership", ("team", "role"))
                name = entry.get("team")
                if name is None:
                    self.nodes.complain(item, "a membership has no team")
                if "role" in entry:
                    role = self.nodes.choice(entry["role"], "role", ROLES) or "member"
            team = self.nodes.text(name, "team") if name is not None else None
            if team is None or name is None:
                continue
            if team in found:
                self.nodes.complain(name, f"agent {handle} is in team {team} twice", "remove one")
            found[team] = Membership(team, role)
            self.places[handle, team] = name
        return tuple(found.values())

    def _hours(self, handle: str, node: Node) -> WorkingHours | CalendarHours | None:
        if isinstance(node, ScalarNode):
            name = self.nodes.text(node, "hours", 60)
            self._named["agent", handle, "hours"] = node
            return CalendarHours(name) if name else None
        entry = self.nodes.mapping(node, "hours", ("zone", *WEEKDAYS))
        if not entry:
            return None
        zone = self.nodes.text(entry["zone"], "zone") if "zone" in entry else None
        if "zone" not in entry:
            self.nodes.complain(node, "hours have no zone", "for example zone: Europe/Madrid")
        elif zone is not None and (reason := zone_problem(zone)):
            self.nodes.complain(entry["zone"], reason)
            zone = None
        week = []
        for day in WEEKDAYS:
            texts = self.nodes.texts(entry[day], day, 12) if day in entry else []
            try:
                week.append(slots_of(texts))
            except ValueError as error:
                self.nodes.complain(entry[day], f"{day}: {error}")
        return WorkingHours(zone, tuple(week)) if zone and len(week) == len(WEEKDAYS) else None

    def _capacity(self, node: Node) -> dict[str, int]:
        entry = self.nodes.mapping(node, "capacity", ("default", *CHANNELS))
        read = {name: self.nodes.whole(one, f"capacity of {name}", 0, MOST_CAPACITY) for name, one in entry.items()}
        return {name: number for name, number in read.items() if number is not None}

    def _organisations(self, sections: Mapping[str, Node]) -> dict[str, Organisation] | None:
        owners: dict[str, str] = {}

        def read(name: str, entry: dict[str, Node]) -> Organisation:
            def domain_problem(word: str) -> str | None:
                if not _DOMAIN.match(word):
                    return f"{word!r} is no domain; write it like acme.example"
                owner = owners.setdefault(word.lower(), name)
                return None if owner == name else f"{word} belongs to {owner} already; a domain has one organisation"

            nodes = self.nodes
            return Organisation(
                name=name,
                domains=tuple(word.lower() for word in self._words(entry, "domains", domain_problem, 1000)),
                vip=self._vip(entry),
                plan=nodes.nullable(entry["plan"], "plan", 60) if "plan" in entry else None,
                tags=self._words(entry, "tags", _word_problem, 50),
            )

        return self._section(sections, "organisations", "name", _ORGANISATION, read)

    def _customers(self, node: Node) -> dict[str, Customer]:
        """Name → customer; an address without a kind is a mail address."""
        found: dict[str, Customer] = {}
        for item in self.nodes.items(node, "customers"):
            entry = self.nodes.mapping(item, "an entry of customers", _CUSTOMER)
            if "address" not in entry:
                self.nodes.complain(item, "an entry of customers has no address")
                continue
            kind = self.nodes.choice(entry["kind"], "kind", IDENTITY_KINDS) if "kind" in entry else "email"
            address = self.nodes.text(entry["address"], "address", 254)
            if kind is None or address is None:
                continue
            try:
                name = customer_name(kind, address)
            except ValueError as error:
                self.nodes.complain(entry["address"], str(error))
                continue
            if name in found:
                self.nodes.complain(entry["address"], f"customers has two entries for {name}", "remove one")
            tags = self._words(entry, "tags", _word_problem, 50)
            written = self._words(entry, "ways", _way_problem, _MOST_WAYS)
            ways = tuple(sorted({way_of(way) for way in written if _way_problem(way) is None}))
            found[name] = Customer(name, self._vip(entry), tags, ways)
        return found

    def _vip(self, entry: Mapping[str, Node]) -> bool | None:
        vip = entry.get("vip")
        return None if vip is None or is_null(vip) else self.nodes.truth(vip, "vip")

    def _words(
        self, entry: Mapping[str, Node], name: str, check: Callable[[str], str | None], limit: int = _MOST_WORDS
    ) -> tuple[str, ...]:
        return tuple(self.nodes.texts(entry[name], name, limit, check)) if name in entry else ()

    def _active(self, entry: Mapping[str, Node]) -> bool:
        return self.nodes.truth(entry["active"], "active") is not False if "active" in entry else True


def _word_problem(word: str) -> str | None:
    if len(word) > 60 or any(letter.isspace() for letter in word):
        return f"{word!r} must be one word of at most 60 characters"
    return None


def _way_problem(text: str) -> str | None:
    try:
        way_of(text)
    except ValueError as error:
        return f"the way {error}" if "@" not in text else str(error)
    return None


def _language_problem(word: str) -> str | None:
    return None if _LANGUAGE.match(word) else f"{word!r} is no language; write its code, for example es"
