"""SPF is evaluated on answers that arrive one by one, and no record costs much."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from intake_email.adapters.dns_names import FAILED, NOTHING, Answer
from intake_email.adapters.spf_check import NAME_LIMIT, check_spf
from intake_email.domain.authentication.results import Result

SUITE = yaml.safe_load(
    (Path(__file__).parents[2] / "data" / "email" / "authentication" / "spf.yml").read_text(encoding="utf-8")
)
CASES = [(part["zone"], case) for part in SUITE for case in part["tests"]]
PEER = "192.0.2.10"


class Names:
    """A resolver that knows a zone: records by (name, kind)."""

    def __init__(self, records: dict[tuple[str, str], Answer]) -> None:
        self.records = records
        self.asked: Counter[tuple[str, str]] = Counter()

    async def look_up(self, name: str, kind: str, deadline_at: float) -> Answer:
        self.asked[name, kind] += 1
        return self.records.get((name.lower(), kind), NOTHING)


def suite_zone(zone: dict[str, list[Any]]) -> Names:
    """The zone of the published suite, where type SPF stands for both types unless TXT is given."""
    found: dict[tuple[str, str], Answer] = {}
    for name, entries in zone.items():
        records: dict[str, list[Any]] = {}
        for entry in entries:
            for kind, value in entry.items() if isinstance(entry, dict) else ():
                records.setdefault(kind, []).append(value)
        records.setdefault("TXT", records.pop("SPF", []))
        for kind, values in records.items():
            values = [value for value in values if value not in ("NONE", "TIMEOUT")]
            if kind == "MX":
                texts = [str(host) for _, host in sorted(values)]
            else:
                texts = ["".join(value) if isinstance(value, list) else str(value) for value in values]
            found[str(name).lower(), kind] = Answer(tuple(texts))
        if "TIMEOUT" in entries:
            found |= {(str(name).lower(), kind): FAILED for kind in ("TXT", "A", "AAAA", "MX", "PTR")}
    return Names(found)


async def spf(names: Names, sender: str = "ana@cliente.example", greeting: str = "mx.cliente.example") -> Result:
    return await check_spf(names, peer=PEER, sender=sender, greeting=greeting, deadline_at=1e12)


def policy(record: str, **others: str) -> Names:
    found = {("cliente.example", "TXT"): Answer((record,))}
    found |= {(name.replace("_", "."), "TXT"): Answer((text,)) for name, text in others.items()}
    return Names(found)


@pytest.mark.parametrize(("zone", "case"), CASES, ids=[case["name"] for _, case in CASES])
async def test_the_suite_of_the_protocols_authors_agrees(zone: dict[str, list[Any]], case: dict[str, Any]) -> None:
    found = await check_spf(
        suite_zone(zone), peer=case["peer"], sender=case["sender"], greeting=case["greeting"], deadline_at=1e12
    )
    assert found.word in case["expected"]


@pytest.mark.parametrize(
    ("record", "word"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass"),
        ("v=spf1 -all", "fail"),
        ("v=spf1 ~all", "softfail"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1 nonsense -all", "permerror"),
        ("other text", "none"),
        ("v=spf1 exists:%{s99999999999999999999999999999}.x.example -all", "fail"),
        ("v=spf1 " + "a:" + "x" * 400 + ".example -all", "permerror"),
        ("v=spf1 " + "ip4:10.0.0.1 " * 1_000 + "-all", "permerror"),
    ],
)
async def test_the_record_decides(record: str, word: str) -> None:
    assert (await spf(policy(record))).word == word


async def test_the_null_sender_is_judged_by_its_greeting() -> None:
    names = Names({("mx.cliente.example", "TXT"): Answer(("v=spf1 ip4:192.0.2.10 -all",))})
    assert await spf(names, sender="") == Result("pass", "", "mx.cliente.example")


@pytest.mark.parametrize(
    "sender", ["ana", "ana@", "@", "ana@[192.0.2.10]", "ana@localhost", "ana@" + "x" * 300, "a@b..c"]
)
async def test_a_sender_without_a_domain_asks_nothing(sender: str) -> None:
    names = policy("v=spf1 -all")
    assert (await spf(names, sender)).word == "none"
    assert not names.asked


async def test_domains_and_local_parts_of_all_alphabets_are_asked_for() -> None:
    names = Names({("xn--mxico-bsa.example", "TXT"): Answer(("v=spf1 ip4:192.0.2.10 -all",))})
    assert await spf(names, sender="josé@méxico.example") == Result("pass", "", "xn--mxico-bsa.example")


async def test_includes_are_fetched_together_and_each_name_once() -> None:
    names = policy(
        "v=spf1 include:a.example include:b.example include:c.example -all",
        a_example="v=spf1 ip4:198.51.100.1 -all",
        b_example="v=spf1 ip4:192.0.2.10 -all",
        c_example="v=spf1 ip4:198.51.100.2 -all",
    )
    assert (await spf(names)).word == "pass"
    assert set(names.asked.values()) == {1}


async def test_an_answer_that_fails_is_a_temporary_error() -> None:
    names = policy("v=spf1 include:a.example -all")
    names.records["a.example", "TXT"] = FAILED
    assert (await spf(names)).word == "temperror"


async def test_a_record_that_asks_for_much_is_given_up() -> None:
    names = policy("v=spf1 " + " ".join(f"mx:m{number}.example" for number in range(10)) + " -all")
    for number in range(10):
        names.records[f"m{number}.example", "MX"] = Answer(tuple(f"h{number}-{host}.example" for host in range(10)))
        names.records |= {(f"h{number}-{host}.example", "A"): Answer(("198.51.100.1",)) for host in range(10)}
    assert (await spf(names)).word == "permerror"
    assert names.asked.total() <= NAME_LIMIT + 10


@pytest.mark.parametrize(
    "term",
    ["a:" + "a" * 290, "exists:%{l}.%{l}.%{l}.x.example", "ip6:" + ":" * 250, "%{" + "1" * 250 + "}", "include:%{d}"],
)
async def test_hostile_records_cost_little(term: str) -> None:
    names = policy("v=spf1 " + " ".join([term] * (4_000 // (len(term) + 1))) + " -all")
    started = time.process_time()
    await spf(names, sender="a" * 300 + "@cliente.example")
    assert time.process_time() - started < 1.5
