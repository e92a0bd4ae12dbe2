"""Advisory locks: no two pieces of work may have one number, and nobody may write a number of his own."""

import re
from importlib.resources import files
from pathlib import Path

from tickets.adapters.postgres import locks

_FAMILY = re.compile(r"7_?224_?110_?\d{3}")


def test_every_lock_has_a_number_of_its_own() -> None:
    numbers = [number for name, number in vars(locks).items() if name.isupper()]
    assert len(numbers) == len(set(numbers)) == 10


def test_no_number_stands_elsewhere_but_in_the_trigger() -> None:
    package = Path(str(files("tickets")))
    holders = {
        path.name
        for path in package.rglob("*")
        if path.suffix in (".py", ".sql") and _FAMILY.search(path.read_text(encoding="utf-8"))
    }
    assert holders == {"locks.py", "0001_initial.sql"}
    trigger = (package / "migrations" / "0001_initial.sql").read_text()
    assert set(_FAMILY.findall(trigger)) == {str(locks.TOTALS)}
