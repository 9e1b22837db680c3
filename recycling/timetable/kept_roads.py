"""The ways that a timetable was made with: kept beside it, so that a move by hand needs no look at the road network."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Sequence
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


def keep_roads(session: Session, places: Sequence[str], matrix: Matrix, now: datetime) -> uuid.UUID:
    """Keep the ways between places, in their order; seconds and metres."""
    row = TimetableRoads(
        made_at=now, places=list(places), seconds=_packed(matrix.durations), metres=_packed(matrix.distances)
    )
    session.add(row)
    session.flush()
    return row.id


def kept_roads(session: Session, key: uuid.UUID) -> tuple[tuple[str, ...], Matrix]:
    """Return the places and the ways between them; what was unpacked last is not unpacked again."""
    import numpy as np

    found = _unpacked.get(key)
    if found is None:
        row = session.get_one(TimetableRoads, key)
        shape = (len(row.places), len(row.places))
        seconds, metres = (
            np.frombuffer(zlib.decompress(data), LITTLE).astype(np.int32).reshape(shape)
            for data in (row.seconds, row.metres)
        )
        while len(_unpacked) >= MOST_UNPACKED:
            _unpacked.pop(next(iter(_unpacked)), None)
        found = _unpacked[key] = (tuple(row.places), Matrix(seconds, metres))
    return found


MOST_UNPACKED = 2
_unpacked: dict[uuid.UUID, tuple[tuple[str, ...], Matrix]] = {}


def _packed(table: NDArray[np.int32]) -> bytes:
    return zlib.compress(table.astype(LITTLE).tobytes(), 6)
