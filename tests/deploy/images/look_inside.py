"""Runs inside a container, by its Python: says what is there, as one JSON object. Python's own library is enough."""

import json
import os
import pwd
import sys
import sysconfig
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

HOME = Path("/opt/ventanilla")
NOT_OURS = ("pip", "setuptools", "wheel", "uv", "hatchling", "pytest", "ventanilla_devstack", "tests")


def writable() -> list[str]:
    """Files and folders of the image that this user could change if the file system let it."""
    found = []
    for root in (HOME, Path("/etc"), Path("/usr")):
        for path, folders, files in os.walk(root):
            for name in (*folders, *files):
                info = os.lstat(os.path.join(path, name))
                mode = info.st_mode
                if info.st_uid == os.getuid() or (mode & 0o2 and (mode & 0o170000) != 0o120000):
                    found.append(os.path.join(path, name))
    return found


def main() -> None:
    site = Path(sysconfig.get_paths()["purelib"])
    print(
        json.dumps(
            {
                "uid": os.getuid(),
                "gid": os.getgid(),
                "groups": os.getgroups(),
                "user": pwd.getpwuid(os.getuid()).pw_name,
                "prefix": sys.prefix,
                "writable": writable(),
                "importable": [name for name in NOT_OURS if find_spec(name)],
                "distributions": {each.metadata["Name"]: each.version for each in distributions(path=[str(site)])},
                "files": sorted(str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()),
                "loose_bytecode": [
                    str(path) for path in HOME.rglob("*.pyc") if path.read_bytes()[4:8] != b"\x01\0\0\0"
                ],
                "bill": json.loads((HOME / "sbom.cdx.json").read_text()),
                "environment": dict(os.environ),
            }
        )
    )


main()
