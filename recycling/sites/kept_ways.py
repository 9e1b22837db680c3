"""Files of ways by road that nobody has used for long, or that are too many together, are removed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from recycling.settings import Settings, home

AT_WORK = timedelta(hours=1)
"""What was used within this time stays, however much there is: somebody works with it."""

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Removed:
    """How many files were removed, of how many bytes in all."""

    files: int
    bytes: int


@dataclass(frozen=True)
class _File:
    used: float
    size: int
    path: Path


def ways_folder() -> Path:
    """Return where the files lie, a folder for each state of the roads."""
    return home() / "var" / "cache" / "ways"


def tidy(settings: Settings, now: datetime) -> Removed:
    """Remove ways that were not used for ``siting.ways_days``, then those used longest ago beyond ``ways_megabytes``.

    Ways are found anew when somebody asks for them. A file's time is that of its last use.
    """
    rules, moment = settings.siting, now.timestamp()
    files = sorted(_files(ways_folder()), key=lambda file: (file.used, file.path))
    old = moment - timedelta(days=rules.ways_days).total_seconds()
    fresh = moment - AT_WORK.total_seconds()
    over = sum(file.size for file in files if file.used > old) - rules.ways_megabytes * MEGABYTE
    gone: list[_File] = []
    for file in files:
        draft, too_old = file.path.name.startswith("."), file.used <= old
        if file.used > fresh or not (too_old or draft or over > 0):
            continue
        with suppress(OSError):
            file.path.unlink()
            gone.append(file)
            over -= 0 if too_old else file.size
    for folder in {file.path.parent for file in files}:
        with suppress(OSError):  # something is in it
            folder.rmdir()
    return Removed(len(gone), sum(file.size for file in gone))


def _files(folder: Path) -> list[_File]:
    found = []
    for path in folder.glob("*/*"):
        with suppress(OSError):  # somebody else tidies as well
            state = path.stat()
            found.append(_File(state.st_mtime, state.st_size, path))
    return found
