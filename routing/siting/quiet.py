"""What HiGHS says past its own options is not let into anybody's output."""

from __future__ import annotations

import ctypes
import functools
import os


@functools.cache
def hush() -> None:
    """Let what C libraries print in this process go nowhere.

    HiGHS as scipy 1.17 carries it prints "HighsMipSolverData::transformNewIntegerFeasibleSolution .." by ``puts``
    whatever its options say, now and then, into the output of a command. Python writes without C's standard output, and
    so do programs that it begins; theirs stays as it is, as does whatever thread prints meanwhile. Where the C library
    keeps its standard output elsewhere (other than glibc), nothing is done.
    """
    library = ctypes.CDLL(None) if os.name == "posix" else None
    if library is None or not hasattr(library, "gnu_get_libc_version"):
        return
    library.fopen.restype = ctypes.c_void_p
    nowhere = library.fopen(os.devnull.encode(), b"w")
    if nowhere:
        library.fflush(None)
        ctypes.c_void_p.in_dll(library, "stdout").value = nowhere
