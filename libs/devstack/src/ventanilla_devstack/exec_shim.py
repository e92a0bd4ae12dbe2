"""Becomes another program that cannot outlive its parent. Run as a script, never imported by ours.

    python -I -S exec_shim.py PARENT SIGNAL UID GID PROGRAM ARGUMENT…

The kernel sends SIGNAL to the program when the thread that started it ends, so a killed supervisor leaves nothing
running. A script of its own because `preexec_fn` may deadlock once the supervisor has threads. UID and GID `-` change
nothing; the user changes here because the interpreter may lie where the new user cannot read it.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_NOT_EXECUTABLE = 126


def main(arguments: list[str]) -> None:
    """Change user, tie our life to the parent's, and become the program."""
    parent, death_signal, uid, gid, *command = arguments
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job ignores it, and so would all its children
    if os.getppid() != int(parent):
        sys.exit(_NOT_EXECUTABLE)
    try:
        os.execv(command[0], command)  # noqa: S606  # no shell is wanted
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]}: {error.strerror}\n")
        sys.exit(_NOT_EXECUTABLE)


if __name__ == "__main__":
    main(sys.argv[1:])
