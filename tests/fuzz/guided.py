"""Fuzzes the mail reader guided by coverage: `pip install atheris; python -m tests.fuzz.guided --minutes 30`.

libFuzzer keeps what reaches new branches and builds on that; it finds what `python -m tests.fuzz`, which changes whole
mails blindly but fifty times as fast, does not stumble upon. It stops at the first mail that breaks a rule of `checks`,
and leaves that mail in the working folder. What it learns stays in FOLDER for the next time.
"""

import argparse
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["intake_email"]):
    from tests.fuzz.checks import DATA, SEED_LIMIT_BYTES, check, seeds_in

SLOW_SECONDS = 20
"""The code is many times slower while it is watched; what hangs is found, what is slow is for the other fuzzer."""


def one(raw: bytes) -> None:
    """Try one mail.

    Raises:
        AssertionError: its answer breaks a rule.
    """
    problem = check(raw, slow_seconds=SLOW_SECONDS)
    assert problem is None, problem


def main() -> None:
    """Fuzz for a while."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--learned", type=Path, default=Path("build/fuzz"), metavar="FOLDER")
    options = parser.parse_args()
    options.learned.mkdir(parents=True, exist_ok=True)
    seeds = Path(tempfile.mkdtemp(prefix="seeds-"))  # libFuzzer leaves the process without a word: nobody tidies up
    for raw in seeds_in([DATA]):
        (seeds / sha256(raw).hexdigest()[:12]).write_bytes(raw)
    flags = [f"-max_total_time={options.minutes * 60:.0f}", f"-max_len={SEED_LIMIT_BYTES}", f"-timeout={SLOW_SECONDS}"]
    atheris.Setup([sys.argv[0], str(options.learned), str(seeds), *flags], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
