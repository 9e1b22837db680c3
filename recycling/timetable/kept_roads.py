"""The ways that a timetable was made with: kept beside it, so that a move by hand needs no look at the road network."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from recycling.models import TimetableRoads
from routing.problem import Matrix

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LITTLE = "<i4"
"""Whole numbers of four bytes, the same on every machine."""


def keep_roads(session: Session, places: Sequence[str], matrices: Mapping[str, Matrix], now: datetime) -> uuid.UUID:
    """Keep the ways between places, in their order, of each road profile; seconds and metres."""
    import numpy as np

    row = TimetableRoads(
        made_at=now,
        places=list(places),
        profiles=list(matrices),
        seconds=_packed(np.stack([matrix.durations for matrix in matrices.values()])),
        metres=_packed(np.stack([matrix.distances for matrix in matrices.values()])),
    )
    session.add(row)
    session.flush()
    return row.id


def kept_roads(session: Session, key: uuid.UUID) -> tuple[tuple[str, ...], Mapping[str, Matrix]]:
    """Return the places and the ways between them by road profile, that of "" for all where none was named.

    What was unpacked last is not unpacked again.
    """
    import numpy as np

    found = _unpacked.get(key)
    if found is None:
        row = session.get_one(TimetableRoads, key)
        profiles = row.profiles or [""]
        shape = (len(profiles), len(row.places), len(row.places))
        seconds, metres = (
            np.frombuffer(zlib.decompress(data), LITTLE).astype(np.int32).reshape(shape)
            for data in (row.seconds, row.metres)
        )
        while len(_unpacked) >= MOST_UNPACKED:
            _unpacked.pop(next(iter(_unpacked)), None)
        found = _unpacked[key] = (
            tuple(row.places),
            {name: Matrix(seconds[k], metres[k]) for k, name in enumerate(profiles)},
        )
    return found


MOST_UNPACKED = 2
_unpacked: dict[uuid.UUID, tuple[tuple[str, ...], Mapping[str, Matrix]]] = {}


def _packed(table: NDArray[np.int32]) -> bytes:
    return zlib.compress(table.astype(LITTLE).tobytes(), 6)
