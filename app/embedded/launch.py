"""Become a server: drop to its account, ask to be signalled when the parent dies, then exec it. Run as a script.

    python -I -S launch.py PARENT_PID UID GID SIGNAL PROGRAM ARG...

A script of its own because running Python between fork and exec is not safe in a program with threads. The process id
stays the same through the exec, so it is the server's. UID -1 keeps the caller's account; SIGNAL 0 asks for none.
Standard library only: it runs outside the virtual environment.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Switch, arm the death signal and exec; never returns."""
    parent, uid, gid, signal_number = (int(word) for word in argv[:4])
    program = argv[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if signal_number:
        # after setuid: changing credentials clears it
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
            sys.exit(f"prctl failed: {os.strerror(ctypes.get_errno())}")
        if os.getppid() != parent:  # it died before the signal was armed
            sys.exit("the starting process is gone")
    os.execv(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
