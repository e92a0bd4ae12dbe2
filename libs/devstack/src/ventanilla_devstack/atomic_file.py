"""Files that are there whole or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, content: str, mode: int = 0o600) -> None:
    """Write a file such that a reader, or a crash, sees the old or the new content and nothing between.

    Args:
        path: the file; replaced if it exists.
        content: written as UTF-8.
        mode: the permissions, in force before anything is in it.
    """
    scratch = path.with_name(f".{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
