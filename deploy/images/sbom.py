"""Prints what an image holds as a CycloneDX 1.6 bill of materials: Python, its distributions, the base's packages.

    python sbom.py ventanilla-router /opt/ventanilla /ours/opt/ventanilla > sbom.cdx.json

Everything is read from what lies there, not from what was asked for: it cannot say anything else than the image.
Python's own library is enough for it.
"""

import json
import os
import platform
import re
import sys
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final

_DPKG_STATUS: Final = Path("/var/lib/dpkg/status")
_COPYRIGHTS: Final = Path("/usr/share/doc")
_OS_RELEASE: Final = Path("/etc/os-release")
_LONGEST_NAME: Final = 100
_CLASSIFIERS: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What a classifier says, where a distribution has no better word for its licence."""
_SPELLINGS: Final = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2 license": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "isc": "ISC",
    "isc license": "ISC",
    "mit": "MIT",
    "mit license": "MIT",
    "mpl-2.0": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
"""How the old free field spells what SPDX has an id for, in small letters."""


def licences(distribution: Distribution) -> list[dict[str, Any]]:
    """What a distribution says of its licence, in the form of CycloneDX; empty where it says nothing.

    The newest field first (an SPDX expression), then the free field where it is a name and not the whole text, then
    classifiers.
    """
    said = distribution.metadata
    if expression := (said.get_all("License-Expression") or [""])[0]:
        return [{"expression": expression}]
    free = (said.get_all("License") or [""])[0].strip()
    if free and free.upper() != "UNKNOWN" and "\n" not in free and len(free) <= _LONGEST_NAME:
        return [_licence(_SPELLINGS.get(free.lower()), free)]
    names = [row.rpartition(" :: ")[2] for row in said.get_all("Classifier") or () if row.startswith("License ::")]
    return [_licence(_CLASSIFIERS.get(name), name) for name in names if name != "OSI Approved"]


def _licence(spdx: str | None, name: str) -> dict[str, Any]:
    return {"license": {"id": spdx} if spdx else {"name": name}}


def installed(roots: Iterable[Path]) -> dict[str, Distribution]:
    """The distributions below the environments, by name, sorted."""
    folders = [str(folder) for root in roots for folder in root.glob("lib/python3*/site-packages")]
    found = {each.metadata["Name"]: each for each in distributions(path=folders)}
    return {name: found[name] for name in sorted(found, key=str.lower)}


def python_components(roots: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The distributions below the environments, sorted by name."""
    for name, each in installed(roots).items():
        yield _component("library", name, each.version, _purl(each), licences(each))


def dependencies(roots: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Which distribution needs which of those that are there, by extras too."""
    there = {_normal(name): each for name, each in installed(roots).items()}
    for each in there.values():
        needed = {_normal(re.split(r"[^\w.-]", row, maxsplit=1)[0]) for row in each.requires or ()}
        yield {"ref": _purl(each), "dependsOn": sorted(_purl(there[name]) for name in needed & there.keys())}


def _purl(distribution: Distribution) -> str:
    return f"pkg:pypi/{_normal(distribution.metadata['Name'])}@{distribution.version}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def system_components(status: str, distribution: str) -> Iterator[dict[str, Any]]:
    """The packages that `dpkg` has installed, sorted by name.

    Args:
        status: what `/var/lib/dpkg/status` holds.
        distribution: of the base image, such as `debian-13`.
    """
    for block in sorted(status.strip().split("\n\n")):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(" "))
        if fields.get("Status") == "install ok installed":
            name, version = fields["Package"], fields["Version"]
            purl = f"pkg:deb/debian/{name}@{version}?arch={fields['Architecture']}&distro={distribution}"
            yield _component("library", name, version, purl, _system_licences(name))


def _system_licences(package: str) -> list[dict[str, Any]]:
    """The names of licences in a package's machine-readable copyright file; empty where it is prose."""
    try:
        text = (_COPYRIGHTS / package / "copyright").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    names = sorted(set(re.findall(r"^License: *([^\s]\S*)", text, re.MULTILINE)))
    return [_licence(None, name) for name in names] if text.startswith("Format:") else []


def _component(kind: str, name: str, version: str, purl: str, said: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": kind,
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        **({"licenses": said} if said else {}),
    }


def bill(subject: str, roots: list[Path]) -> dict[str, Any]:
    """The whole bill of what lies below `roots`, with `subject` (a distribution that lies there) as what it is about.

    Raises:
        LookupError: the subject does not lie there.
    """
    libraries = list(python_components(roots))
    about = next((one for one in libraries if one["name"] == subject), None)
    if about is None:
        raise LookupError(f"{subject} is not below {', '.join(map(str, roots))}")
    version = platform.python_version()
    interpreter = _component(
        "platform", "python", version, f"pkg:generic/python@{version}", [_licence("PSF-2.0", "Python")]
    )
    status = _DPKG_STATUS.read_text(encoding="utf-8") if _DPKG_STATUS.exists() else ""
    others = (one for one in libraries if one is not about)
    components = [*others, interpreter, *system_components(status, _distro())]
    content = json.dumps([about, components], sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same content has the same number, so that an image built again is the same image.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {**_timestamp(), "component": {**about, "type": "application"}},
        "components": components,
        "dependencies": list(dependencies(roots)),
    }


def _timestamp() -> dict[str, str]:
    """When it was built, where that is told: a clock would make each build another one."""
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    return {"timestamp": datetime.fromtimestamp(int(told), UTC).isoformat()} if told else {}


def _distro() -> str:
    text = _OS_RELEASE.read_text(encoding="utf-8") if _OS_RELEASE.exists() else ""
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return f"{fields.get('ID', 'unknown')}-{fields.get('VERSION_ID', '0')}".replace('"', "")


def main() -> None:
    """Entry point."""
    subject, *roots = sys.argv[1:]
    try:
        found = bill(subject, [Path(root) for root in roots])
    except LookupError as error:
        sys.exit(f"sbom: {error}")
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
