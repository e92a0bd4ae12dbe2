"""What processes have used: CPU with all their children, memory."""

import os
from collections.abc import Mapping

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds of each process, its live descendants and those that it has reaped."""
    own: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:  # thousands of times
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        own[int(name)] = sum(map(int, fields[11:15])) / _TICKS
        children.setdefault(int(fields[1]), []).append(int(name))

    def total(pid: int) -> float:
        return own.get(pid, 0.0) + sum(total(child) for child in children.get(pid, []))

    return {role: total(pid) for role, pid in pids.items()}


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * _PAGE
