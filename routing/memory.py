"""A hard limit of memory for a process that solves."""

from __future__ import annotations

from pathlib import Path

STATUS = Path("/proc/self/status")


def limit_memory(megabytes: int) -> None:
    """Let this process take so many megabytes more than it has now, and no more; then memory errors are raised.

    What it has now is not counted: how much the libraries take depends on the machine's processors, and a process that
    has just compiled its loops still holds what that took. Were the limit below that, not even an error could be told.
    """
    import resource

    limit = in_use() + megabytes * 1024 * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def in_use() -> int:
    """Return the bytes that count against a limit of this process's data; 0 where the system does not tell."""
    try:
        lines = STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), 0)
