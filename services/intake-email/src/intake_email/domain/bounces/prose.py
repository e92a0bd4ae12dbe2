"""Bounces without a delivery status: recipients and the server's words out of a text that somebody's server made up.

Recipients are looked for in classes from certain to doubtful (`_Kind`), and only the most certain class that the notice
has is believed. What stands between one recipient and the next belongs to the first.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from intake_email.domain.bounces.limits import BOUNCE_LIMIT
from intake_email.domain.bounces.notices import is_separator, names_contact, names_other_party
from intake_email.domain.bounces.recipients import ADDRESS, address_in, addresses_in, is_daemon
from intake_email.domain.bounces.replies import Notice, reply_in

LABELLED: Final = 5
ALONE: Final = 4
REFUSED: Final = 3
MENTIONED: Final = 2
PRESENT: Final = 1

_OWN_LIMIT: Final = 60
"""Lines that are read about one recipient."""
_LABEL: Final = re.compile(
    r"[\s>*\-|]{0,40}(?:final-recipient|original-recipient|recipient(?:s|\(s\))?(?: address(?:es)?)?|original address"
    r"|failed (?:recipient|address)(?:e?s)?|addressed to|error-for|intended recipients?|undeliverable address"
    r"|invalid address|e-?mail address|delivery to|unknown user|user unknown|invalid final delivery userid"
    r"|delivery failed \d{1,4} attempts"
    r"|undeliverable to|could not deliver to|original rcpt to|failed rcpt|rcpt to|destinatarios?|destinataires?"
    r"|empf.nger(?:adresse)?|odbiorca|ontvanger(?:s)?|получатель"
    r"|受信者|宛先|收件人|받는 사람)(?:\s{0,12}[:;=\uff1a]\s{0,12}|(?<=[者先人])\s{1,12})(?=\S)",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(
    r"[\s>*\-|#\u2022]{0,40}(?:\d{1,2}[.)]\s)?(?:to\s?:\s?|for\s|rfc822;\s?|smtp:|mailto:)?[\"'(\[<]{0,3}("
    + ADDRESS
    + r")[\"')\]>]{0,3}"
    r"(?:\s?[<\[(](?:mailto:|smtp:)?[^<>\s\])]{1,200}[>\])])?(?P<rest>.{0,1000})",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(r"[^@<>():;]{1,80}[<(\[](?:mailto:|smtp:)?(" + ADDRESS + r")[>)\]](?P<rest>.{0,300})")
_REST_OF_ALONE: Final = re.compile(
    r"\s{0,8}(?:\Z|[:;,.!]\s|[:;,.!]{1,4}\Z|\.{3}|[(\[{]|-{1,2}\s|on\s\S|\bfailed\b|\[|,\s|=>|->|\u2026)"
)
_RCPT: Final = re.compile(r"rcpt\s{1,3}to\s?:?\s{0,3}[<(]?\s?(" + ADDRESS + ")", re.IGNORECASE)
_MENTION: Final = re.compile(
    r"(?:\bto|\bfor|recipients?|user|mailbox|address(?:es)?|account|destinatario|usuario|direcci[oó]n|adresse|empf.nger|\ban|\ba|\bpara|\bà|alias|utente|получателю)\W{1,4}"
    r"(?:address\s|user\s|the\s)?[<\"'(]{0,2}(" + ADDRESS + ")",
    re.IGNORECASE,
)
_LOGIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+\-]{1,63}\Z")
_ANNOUNCES: Final = re.compile(r"recipient|address|user|destinatari|empf.nger", re.IGNORECASE)
_TRANSCRIPT: Final = (">>> rcpt", "<<<", "--> rcpt", "<--", "in:", "out:", "sent <<<", "received >>>")
_TELLS_SENDER: Final = re.compile(
    r"(?:sent by|message from|the sender is|the sender was|on behalf of)\s{0,4}:?\s{0,4}\Z", re.IGNORECASE
)
_ACCEPTED: Final = re.compile(r"[\s<>\-]{0,12}(?:out:\s?)?2[0-5]\d[ \-]", re.IGNORECASE)
_EXPANDED: Final = re.compile(r"\A\s{0,8}\(expanded from[^()]{1,300}\)", re.IGNORECASE)
_GENERATED: Final = re.compile(
    r"\s{0,12}\((?:generated|expanded|originally|forwarded) (?:from|to|addressed to)\b", re.IGNORECASE
)


@dataclass(slots=True)
class Failure:
    """A recipient and what the notice says of it."""

    recipient: str
    kind: int
    lines: list[str] = field(default_factory=list)
    words: str = ""


def failures_in(lines: list[str], own: frozenset[str] = frozenset()) -> list[Failure]:
    """The recipients that a notice names, each once, with the lines about them.

    Args:
        lines: of the notice, without the returned mail.
        own: addresses in lower case that the notice was sent from and to; they did not fail, unless nothing else did.
    """
    found = _Walk(own).through(lines)
    if not found:
        return []
    best = max(failure.kind for failure in found)
    found = [failure for failure in found if not _accepted(failure)] or found
    # What merely stands in a text is believed alone, or where all of it is about one and the same.
    merged: dict[str, Failure] = {}
    for failure in found:
        if failure.kind < best and not (best == LABELLED and failure.kind == ALONE and len(failure.lines) > 1):
            continue
        known = merged.setdefault(failure.recipient.lower(), failure)
        if known is not failure:
            known.lines.extend(failure.lines)
    kept = list(merged.values())[:BOUNCE_LIMIT]
    if best == PRESENT:
        kept = kept[:1]
    notice = Notice(tuple(lines))
    for failure in kept:
        failure.words = notice.words_about(failure.recipient, failure.lines[:_OWN_LIMIT], alone=len(kept) == 1)
    return kept


def logins_in(lines: list[str]) -> list[str]:
    """The names below a line that announces recipients, where they come without a domain (AOL's screen names)."""
    found: list[str] = []
    announced = False
    for line in lines:
        stripped = line.strip()
        if announced and stripped:
            if not _LOGIN.match(stripped) or len(found) >= BOUNCE_LIMIT:
                break
            found.append(stripped)
        elif stripped.endswith(":") and _ANNOUNCES.search(stripped):
            announced = True
    return found


@dataclass(slots=True)
class _Walk:
    """Down the lines of a notice, each of which names a recipient or belongs to the one above."""

    own: frozenset[str]
    found: list[Failure] = field(default_factory=list)
    spare: list[Failure] = field(default_factory=list)
    current: Failure | None = None

    def through(self, lines: list[str]) -> list[Failure]:
        """All that the lines name; the desk's own addresses only where there is nothing else."""
        before = ""
        for line in lines:
            named = None
            if "@" in line and len(self.found) < 4 * BOUNCE_LIMIT and not _TELLS_SENDER.search(before):
                if addresses := _listed_in(line):
                    self.found.extend(Failure(address, ALONE) for address in addresses)
                    self.current = self.found[-1]
                    continue
                named = _recipient_in(line)
            self._take(line, named)
            before = line if line.strip() else before
        return self.found or self.spare

    def _take(self, line: str, named: tuple[str, int, str] | None) -> None:
        if named is None:
            if self.current is not None:
                self.current.lines.append(line)
            return
        address, kind, rest = named
        if kind == MENTIONED and not rest and self.current is not None and _is_local(self.current.recipient):
            self.current.recipient = address  # what a server's own name for a mailbox stands for
            return
        failure = Failure(address, kind, [rest] if rest else [])
        if self.current is not None and kind < min(self.current.kind, ALONE):
            # Rather a word about the one above than a recipient; both is kept in mind.
            if rest:
                self.current.lines.append(line)
            failure.lines = [line]
            if not self._is_own(address):
                self.found.append(failure)
            return
        if not self._is_own(address):
            self.found.append(failure)
        elif kind >= ALONE:
            self.spare.append(failure)
        self.current = failure

    def _is_own(self, address: str) -> bool:
        return address.lower() in self.own or is_daemon(address)


def _listed_in(line: str) -> list[str]:
    """The addresses of a line that is nothing but several of them."""
    if line.count("@") < 2 or names_other_party(line):
        return []
    addresses = addresses_in(line)
    rest = line
    for address in addresses[:BOUNCE_LIMIT]:
        rest = rest.replace(address, "", 1)
    return addresses[:BOUNCE_LIMIT] if len(addresses) > 1 and not rest.strip(" \t,;<>\"'&") else []


def _is_local(address: str) -> bool:
    return "." not in address.rpartition("@")[2]


def _accepted(failure: Failure) -> bool:
    """Whether the transcript says that the server took this recipient."""
    if failure.kind != REFUSED:
        return False
    return next((_ACCEPTED.match(line) is not None for line in failure.lines if line.strip()), False)


def _recipient_in(line: str) -> tuple[str, int, str] | None:
    """A recipient that a line names, how certainly, and what else the line says."""
    if names_other_party(line) or is_separator(line):
        return None
    if line.lstrip().lower().startswith(_TRANSCRIPT):
        rcpt = _RCPT.search(line)
        return (rcpt[1], REFUSED, "") if rcpt else _mentioned(line, None)
    if label := _LABEL.match(line):
        address = address_in(line[label.end() :])
        if address is not None:
            if label[0].strip().lower().startswith("original"):
                return address, MENTIONED, ""  # what the one above was before it was rewritten
            return address, LABELLED, line[label.end() :].partition(address)[2].strip(" >\"')]:;,.")
    if "smtp=" in line.lower():  # an X.400 address: c=US;a= ;p=Example;dda:SMTP=user@example.com;
        address = address_in(line[line.lower().index("smtp=") + 5 :])
        if address is not None:
            return address, ALONE, ""
    if rcpt := _RCPT.search(line):
        return rcpt[1], REFUSED, ""
    if _GENERATED.match(line):
        address = address_in(line)
        return (address, REFUSED, "") if address else None
    alone = _ALONE.match(line)
    # Postfix says in the same line which alias led there: <user@x> (expanded from <alias@y>): host …
    rest = _EXPANDED.sub("", alone["rest"]) if alone is not None else ""
    if alone is not None and _REST_OF_ALONE.match(rest) and not names_contact(rest):
        address = address_in(line)
        if address is not None:
            rest = rest.lstrip(" :;,")
            return address, ALONE, "" if rest.startswith("on ") else rest
    return _mentioned(line, alone)


def _mentioned(line: str, alone: re.Match[str] | None) -> tuple[str, int, str] | None:
    named = _NAMED.match(line)
    if named is not None and _REST_OF_ALONE.match(named["rest"]) and not names_contact(line):
        address = address_in(named[1])
        if address is not None:
            return address, REFUSED, named["rest"].lstrip(" :;,")
    if reply_in([line]):
        addresses = [address for address in addresses_in(line) if not is_daemon(address)]
        return (addresses[0], REFUSED, line) if addresses else None
    if names_contact(line):
        return None
    if alone is not None and (address := address_in(alone[1])):
        return address, REFUSED, line
    mention = _MENTION.search(line)
    address = address_in(mention[1]) if mention else None
    if address is not None:
        return address, MENTIONED, line
    address = address_in(line)
    return (address, PRESENT, line) if address else None
