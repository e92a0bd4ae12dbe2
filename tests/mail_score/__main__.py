"""`make mail-score`: how well mail is understood, beside the standard library, on the mails of this repository.

    python -m tests.mail_score                  the table
    python -m tests.mail_score --json           the same as JSON
    python -m tests.mail_score --failures       each check that ours has wrong, then the table
    python -m tests.mail_score --only FOLDER    the mails of one folder below tests/data/email

Exits with 1 if ours misses a target.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from tests.mail_score.checks import Check
from tests.mail_score.corpus import read_cases
from tests.mail_score.score import Row, as_json, ours, percent, rows, standard_library

_WIDTH = 80
_CUT_CHARS = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was asked for; the exit code."""
    asked = _asked(arguments)
    cases = read_cases(only=asked.only)
    if not cases:
        print(f"no mails{f' in {asked.only}' if asked.only else ''}", file=sys.stderr)
        return 2
    product = ours(cases)
    table = rows(product, standard_library(cases))
    if asked.failures:
        print(failures(product), file=sys.stderr if asked.json else sys.stdout)
    if asked.json:
        print(json.dumps(as_json(len(cases), table), indent=2))
    else:
        print(table_of(len(cases), table))
    return int(any(row.missed for row in table))


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mail_score", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    parser.add_argument("--failures", action="store_true", help="each check that ours has wrong")
    parser.add_argument("--only", metavar="FOLDER", help="a folder below tests/data/email")
    return parser.parse_args(arguments)


def table_of(mails: int, table: Sequence[Row]) -> str:
    """The table, at most 80 characters wide."""
    lines = [f"{f'{mails} mails':<27}{'checks':>8}{'ours':>10}{'target':>10}{'standard library':>18}", "-" * _WIDTH]
    for row in table:
        if row.kind == "bounce details":
            lines.append("-" * _WIDTH)
        target = f"{row.target:.1f} %" if row.target is not None else ""
        # A count says more than a share where there must be none.
        if row.kind == "person taken for a bounce":
            figures = f"{row.checks - row.ours:>10}{'0':>10}{row.checks - row.standard:>18}"
        else:
            mine, other = percent(row.ours, row.checks), percent(row.standard, row.checks)
            figures = f"{f'{mine:.1f} %':>10}{target:>10}{f'{other:.1f} %':>18}"
        lines.append(f"{row.kind:<27}{row.checks:>8}{figures}{' missed' if row.missed else ''}")
    return "\n".join(lines)


def failures(checks: Sequence[Check]) -> str:
    """Each wrong check with what was expected and what came, cut."""
    return "\n".join(
        f"{check.case}: {check.kind}, {check.field}\n  expected {_cut(check.expected)}\n  got      {_cut(check.got)}"
        for check in checks
        if not check.right
    )


def _cut(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _CUT_CHARS else text[:_CUT_CHARS] + " …"


if __name__ == "__main__":
    sys.exit(main())
