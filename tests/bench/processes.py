"""What processes have used: CPU with all their children, memory."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds of each process, its live descendants and those that it has reaped."""
    own: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for pid, fields in _all_processes():
        own[pid] = sum(map(int, fields[11:15])) / _TICKS
        children.setdefault(int(fields[1]), []).append(pid)

    def total(pid: int) -> float:
        return own.get(pid, 0.0) + sum(total(child) for child in children.get(pid, []))

    return {role: total(pid) for role, pid in pids.items()}


def descendants(pid: int) -> Sequence[int]:
    """A process and all that descend from it and live."""
    children: dict[int, list[int]] = {}
    for child, fields in _all_processes():
        children.setdefault(int(fields[1]), []).append(child)
    found = [pid]
    for parent in found:
        found.extend(children.get(parent, ()))
    return found


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * _PAGE


def proportional_bytes(pid: int) -> int:
    """Memory of a process in which what several share counts by shares, so that it can be added up; 0 if it is gone."""
    with suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _all_processes() -> Iterator[tuple[int, list[str]]]:
    """Each process with the fields of its `stat` behind the name."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:  # thousands of times
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        yield int(name), fields
