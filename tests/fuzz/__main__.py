"""Fuzzes the mail reader: `python -m tests.fuzz --minutes 10 [--seed 1] [--keep FOLDER] [--corpus FOLDER ...]`.

Every mail must be answered within a second, by both forms (the command's object and the service's event), without an
exception; the event must fit and hold against its model. What breaks that is written to FOLDER and named at the end.
"""

import argparse
import time
from hashlib import sha256
from pathlib import Path
from random import Random

from tests.fuzz.checks import DATA, check, seeds_in
from tests.fuzz.mutations import mutate


def main() -> None:
    """Fuzz for a while, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=DATA / "found")
    parser.add_argument("--corpus", type=Path, nargs="*", default=[DATA])
    options = parser.parse_args()
    seeds = seeds_in(options.corpus)
    random = Random(options.seed)
    ends = time.monotonic() + options.minutes * 60
    shown = time.monotonic() + 10
    tried = 0
    found: dict[str, bytes] = {}
    while time.monotonic() < ends:
        raw = mutate(seeds, random)
        tried += 1
        problem = check(raw)
        if problem is not None and problem not in found:
            found[problem] = raw
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{sha256(raw).hexdigest()[:12]}.eml").write_bytes(raw)
            print(f"\n{problem}")
        if time.monotonic() > shown:
            shown += 10
            print(f"\r{tried} mails, {len(found)} findings", end="", flush=True)
    print(f"\n{tried} mails from {len(seeds)} seeds in {options.minutes:g} minutes: {len(found)} findings")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
