"""Licences of what is in the images, as the packages themselves declare them: `python -m deploy.licences`.

Ventanilla is GPL-3.0-or-later: whatever is shipped with it must be under a licence that the GPL 3 lets in.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
COMPATIBLE: Final = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "GPL-3.0-only", "GPL-3.0-or-later", "ISC",
        "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0",
        "Python-2.0", "Unlicense", "Unicode-3.0", "WTFPL", "ZPL-2.1", "Zlib",
    }
)  # fmt: skip
"""SPDX ids that https://www.gnu.org/licenses/license-list.html calls compatible with GPL 3."""
_CLASSIFIERS: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zope Public License": "ZPL-2.1",
    "zlib/libpng License": "Zlib",
}
_WORDS: Final = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache-2.0 license": "Apache-2.0",
    "apache 2 license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "dual license": "Apache-2.0 OR BSD-3-Clause",  # python-dateutil; its LICENSE says which two
    "isc license": "ISC",
    "mit, bsd": "MIT AND BSD-3-Clause",
    "python software foundation license": "PSF-2.0",
    "lgplv3": "LGPL-3.0-only",
    "lgplv3+": "LGPL-3.0-or-later",
    "mit license": "MIT",
    "new bsd": "BSD-3-Clause",
}
"""What some write where an SPDX id belongs."""


def shipped() -> list[str]:
    """Names of all packages that are in an image, as uv.lock says, without our own."""
    services = sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))
    uv = Path(sys.prefix) / "bin" / "uv"
    packages = [argument for service in services for argument in ("--package", f"ventanilla-{service}")]
    said = subprocess.run(  # noqa: S603  # our own command
        [uv, "export", "--frozen", "--no-dev", "--no-hashes", "--no-annotate", "--no-header", *packages],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    return sorted({match[1] for line in said.splitlines() if (match := re.match(r"([A-Za-z0-9._-]+)==", line))})


def licence_of(package: Distribution) -> str:
    """What a package says of its licence: an SPDX expression where it has one; "" if it says nothing."""
    metadata = package.metadata
    if expression := (metadata.get_all("License-Expression") or ("",))[0]:
        return str(expression)
    declared = str((metadata.get_all("License") or ("",))[0]).strip()
    if declared and "\n" not in declared and len(declared) <= 80:
        return _WORDS.get(declared.lower(), declared)
    for classifier in metadata.get_all("Classifier") or ():
        if classifier.startswith("License :: ") and (known := _CLASSIFIERS.get(classifier.rpartition(" :: ")[2])):
            return known
    return ""


def is_compatible(expression: str) -> bool:
    """Whether an SPDX expression lets the package into a program under GPL 3: all of an AND, one of an OR."""
    if not expression:
        return False
    bare = expression.replace("(", " ").replace(")", " ")
    return all(
        any(choice.split(" WITH ")[0].strip() in COMPATIBLE for choice in re.split(r"\s+OR\s+", part))
        for part in re.split(r"\s+AND\s+", bare)
    )


def unfit() -> Iterator[str]:
    """One line for each package whose licence is unknown or not compatible; a package of another system is skipped."""
    for name in shipped():
        try:
            found = licence_of(distribution(name))
        except PackageNotFoundError:  # locked for another system or Python only
            continue
        if not is_compatible(found):
            yield f"{name}: {found or 'says nothing of its licence'}"


if __name__ == "__main__":
    lines = list(unfit())
    sys.stdout.write("".join(f"licences: {line}\n" for line in lines) or f"licences: {len(shipped())} packages fit\n")
    sys.exit(bool(lines))
