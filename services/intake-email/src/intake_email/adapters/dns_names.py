"""Names in the DNS: an asynchronous resolver with a cache, a deadline for each caller, and a fuse for its outages.

A look-up never raises. Whatever goes wrong is the answer "failed", which the checks turn into `temperror`: mail is
parsed with or without the DNS.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

import dns.asyncbackend
import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import structlog

from intake_email.domain.authentication.public_suffix import NAME_LIMIT_CHARS, organizational_domain

log = structlog.get_logger()

TXT, A, AAAA, MX, PTR = "TXT", "A", "AAAA", "MX", "PTR"
RECORD_LIMIT = 50
"""Records of one answer that are kept; a domain with more TXT records than that is not one that sends mail."""
RECORD_LIMIT_BYTES = 8_192
"""Longer TXT records are left out: keys and policies have a few hundred bytes."""
_PORT = 53
_RESOLVER_ANSWERS = (dns.resolver.NoNameservers, dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the DNS says of a name and kind.

    Attributes:
        records: TXT as text with its strings joined (one character a byte), addresses and host names as text, mail
            exchangers by preference. Empty if there are none.
        failed: it could not be asked now.
    """

    records: tuple[str, ...] = ()
    failed: bool = False


NOTHING, FAILED = Answer(), Answer(failed=True)


class LooksUpNames(Protocol):
    """Asks the DNS; `DnsNames` does."""

    async def look_up(self, name: str, kind: str, deadline_at: float) -> Answer:
        """The records of a name, or `FAILED` at the deadline (in the loop's time) at the latest. Never raises."""


@dataclass(frozen=True, slots=True)
class DnsLimits:
    """How long answers are kept and how much is asked at once."""

    try_seconds: float = 1.5
    lifetime_seconds: float = 4.5
    """Of one look-up, over all tries and servers."""
    ttl_min_seconds: float = 30.0
    ttl_max_seconds: float = 3_600.0
    negative_seconds: float = 120.0
    failed_seconds: float = 15.0
    silent_zone_seconds: float = 30.0
    """After a time-out nothing below the same registered domain is asked for so long: a flood of mails with ever new
    names in a dead zone would hold up the parser."""
    cached_names: int = 20_000
    cached_bytes: int = 16 * 1024 * 1024
    """A stranger decides how long his records are, and how many names his mails make us ask."""
    concurrent: int = 64
    fuse_failures: int = 3
    """Time-outs in a row after which the servers themselves are tested."""
    fuse_seconds: float = 10.0
    """While they are silent nothing is asked for so long; then they are tested again."""


class DnsNames:
    """A caching resolver. Look-ups for the same name share one question."""

    def __init__(self, nameservers: Collection[str] = (), limits: DnsLimits | None = None) -> None:
        """Find the servers.

        Args:
            nameservers: `address` or `address:port`, `[address]:port` for IPv6; none: those of the machine.
            limits: how long answers are kept and how much is asked at once.

        Raises:
            ValueError: a server is no address.
        """
        self._limits = limits or DnsLimits()
        self._resolver = _resolver(nameservers, self._limits)
        self._backend = dns.asyncbackend.get_backend("asyncio")
        self._slots = asyncio.Semaphore(self._limits.concurrent)
        self._cache: OrderedDict[tuple[str, str], tuple[float, Answer]] = OrderedDict()
        self._cached_bytes = 0
        self._asking: dict[tuple[str, str], asyncio.Task[Answer]] = {}
        self._silent_zones: OrderedDict[str, float] = OrderedDict()
        self._timeouts = 0
        self._blown_until = 0.0
        self._test: asyncio.Task[bool] | None = None
        self.asked = 0
        """Questions that went out, for metrics and tests."""

    @property
    def out_of_service(self) -> bool:
        """The servers do not answer at all; look-ups fail at once unless their answer is cached."""
        return self._blown_until > asyncio.get_running_loop().time()

    async def look_up(self, name: str, kind: str, deadline_at: float) -> Answer:
        """The records of a name, or `FAILED` at the deadline (in the loop's time) at the latest. Never raises."""
        key = (name.lower().rstrip("."), kind)
        if len(key[0]) > NAME_LIMIT_CHARS:
            return NOTHING
        now = asyncio.get_running_loop().time()
        known = self._cache.get(key)
        if known is not None and known[0] > now:
            self._cache.move_to_end(key)
            return known[1]
        if self._resolver is None or deadline_at <= now or self._is_silent(key[0], now):
            return FAILED
        task = self._asking.get(key)
        if task is None:
            if not await self._in_service(deadline_at):
                return FAILED
            # Another may have begun to ask while the servers were tested.
            task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._ask(self._resolver, key))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        # The question outlives a caller whose time is up: its answer is there for the next mail.
        await asyncio.wait((task,), timeout=deadline_at - asyncio.get_running_loop().time())
        return task.result() if task.done() and not task.cancelled() else FAILED

    async def close(self) -> None:
        """Give up what is still being asked."""
        tasks: list[asyncio.Task[Answer] | asyncio.Task[bool]] = [*self._asking.values()]
        if self._test is not None:
            tasks.append(self._test)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, resolver: dns.asyncresolver.Resolver, key: tuple[str, str]) -> Answer:
        name, kind = key
        limits = self._limits
        seconds = limits.negative_seconds
        try:
            async with self._slots:
                self.asked += 1
                found = await resolver.resolve(
                    dns.name.from_text(name), kind, raise_on_no_answer=False, search=False, backend=self._backend
                )
            answer = _answer(found)
            if answer.records:
                ttl = found.rrset.ttl if found.rrset is not None else 0
                seconds = min(max(ttl, limits.ttl_min_seconds), limits.ttl_max_seconds)
            self._timeouts = 0
        except dns.resolver.NXDOMAIN:
            answer, self._timeouts = NOTHING, 0
        except dns.exception.Timeout:
            answer, seconds = FAILED, limits.failed_seconds
            self._note_timeout(name)
        except dns.resolver.NoNameservers:
            # Each server answered, with an error (SERVFAIL, REFUSED): the zone's trouble.
            answer, seconds = FAILED, limits.failed_seconds
        except (dns.exception.DNSException, UnicodeError, ValueError):
            # No name at all, or an answer that is none, such as a loop of aliases: asking again will not mend it.
            answer = NOTHING
        except OSError:
            answer, seconds = FAILED, limits.failed_seconds
            self._timeouts += 1
        self._keep(key, answer, seconds)
        return answer

    def _keep(self, key: tuple[str, str], answer: Answer, seconds: float) -> None:
        if (old := self._cache.pop(key, None)) is not None:
            self._cached_bytes -= _size(old[1])
        self._cache[key] = (asyncio.get_running_loop().time() + seconds, answer)
        self._cached_bytes += _size(answer)
        while len(self._cache) > self._limits.cached_names or self._cached_bytes > self._limits.cached_bytes:
            self._cached_bytes -= _size(self._cache.popitem(last=False)[1][1])

    def _note_timeout(self, name: str) -> None:
        self._timeouts += 1
        self._silent_zones[_zone(name)] = asyncio.get_running_loop().time() + self._limits.silent_zone_seconds
        while len(self._silent_zones) > 1_000:
            self._silent_zones.popitem(last=False)

    def _is_silent(self, name: str, now: float) -> bool:
        return bool(self._silent_zones) and self._silent_zones.get(_zone(name), 0.0) > now

    async def _in_service(self, deadline_at: float) -> bool:
        """Whether to ask at all. After time-outs in a row the servers are tested, by one question for all callers.

        Time-outs alone do not say it: a stranger's dead zone gives them too, and must not switch the checks off for
        everybody else.
        """
        loop = asyncio.get_running_loop()
        if self._timeouts < self._limits.fuse_failures:
            return True
        if self._blown_until > loop.time():
            return False
        if self._test is None or self._test.done():
            self._test = asyncio.create_task(self._test_servers())
        await asyncio.wait((self._test,), timeout=deadline_at - loop.time())
        return self._test.done() and not self._test.cancelled() and self._test.result()

    async def _test_servers(self) -> bool:
        """Ask the servers for the root, which every resolver knows; any answer will do."""
        assert self._resolver is not None
        try:
            await self._resolver.resolve(
                dns.name.root,
                "NS",
                raise_on_no_answer=False,
                search=False,
                backend=self._backend,
                lifetime=self._limits.try_seconds,
            )
        except _RESOLVER_ANSWERS:
            pass
        except (dns.exception.DNSException, OSError):
            self._blown_until = asyncio.get_running_loop().time() + self._limits.fuse_seconds
            log.warning("dns.silent", retry_seconds=self._limits.fuse_seconds)
            return False
        self._timeouts = 0
        if self._blown_until:
            self._blown_until = 0.0
            self._silent_zones.clear()
            log.info("dns.answering")
        return True


async def look_up_all(
    names: LooksUpNames, keys: Iterable[tuple[str, str]], deadline_at: float
) -> dict[tuple[str, str], Answer]:
    """The answers to several questions, given as (name, kind), asked at once."""
    wanted = list(dict.fromkeys(keys))
    found = await asyncio.gather(*(names.look_up(name, kind, deadline_at) for name, kind in wanted))
    return dict(zip(wanted, found, strict=True))


def _resolver(nameservers: Collection[str], limits: DnsLimits) -> dns.asyncresolver.Resolver | None:
    """A resolver for these servers or the machine's; None where the machine has none."""
    try:
        resolver = dns.asyncresolver.Resolver(configure=not nameservers)
    except dns.exception.DNSException:
        log.warning("dns.unconfigured")
        return None
    if nameservers:
        resolver.nameservers = [_nameserver(text) for text in nameservers]
    resolver.timeout = limits.try_seconds
    resolver.lifetime = limits.lifetime_seconds
    resolver.cache = None
    # A key of 4096 bits in one UDP packet without fragments, where the path allows.
    resolver.use_edns(0, 0, 1232)
    return resolver


def _nameserver(text: str) -> dns.nameserver.Nameserver:
    """A server out of `address` or `address:port`.

    Raises:
        ValueError: it is neither.
    """
    address, port = text, ""
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        port = port.lstrip(":")
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    try:
        return dns.nameserver.Do53Nameserver(str(ip_address(address)), int(port) if port else _PORT)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a DNS server of the form address or address:port") from error


def _answer(found: dns.resolver.Answer) -> Answer:
    records: list[str] = []
    kind = dns.rdatatype.to_text(found.rdtype)
    rdatas = list(found.rrset or ())[:RECORD_LIMIT]
    if kind == MX:
        rdatas.sort(key=lambda rdata: int(rdata.preference))
    for rdata in rdatas:
        if kind == TXT:
            text = b"".join(rdata.strings)
            if len(text) <= RECORD_LIMIT_BYTES:
                records.append(text.decode("latin-1"))
        elif kind == MX:
            records.append(rdata.exchange.to_text(omit_final_dot=True))
        elif kind == PTR:
            records.append(rdata.target.to_text(omit_final_dot=True))
        else:
            records.append(str(rdata.address))
    return Answer(tuple(records))


def _size(answer: Answer) -> int:
    """About what an answer takes in memory, with its key."""
    return 500 + sum(map(len, answer.records))


def _zone(name: str) -> str:
    """The part of the name space that one owner's servers answer for."""
    return name if name.endswith(".arpa") else organizational_domain(name) or name
