"""Prints what the packages of a dependency group are locked to, as requirements with hashes.

    python deploy/images/pins.py images uv.lock

`uv export` says the same, but uv is what this has to install. Python's own library is enough for it: it runs in a base
image that has nothing else.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = "ventanilla"


def pins(lock: dict[str, Any], group: str) -> Iterator[str]:
    """The requirements of a group and of what it needs, each with the hashes of all its files, sorted by name.

    Raises:
        KeyError: there is no such group.
    """
    packages = {package["name"]: package for package in lock["package"]}
    found: set[str] = set()
    # Extras are not followed: tools that build have none, and pip would say what is missing.
    wanted = [row["name"] for row in packages[ROOT]["dev-dependencies"][group]]
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted.extend(row["name"] for row in packages[name].get("dependencies", ()))
    for name in sorted(found):
        package = packages[name]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        hashes = " ".join(f"--hash={file['hash']}" for file in files)
        yield f"{name}=={package['version']} {hashes}"


def main() -> None:
    """Entry point."""
    group, lock = sys.argv[1:]
    sys.stdout.writelines(f"{line}\n" for line in pins(tomllib.loads(Path(lock).read_text(encoding="utf-8")), group))


if __name__ == "__main__":
    main()
