"""The communities of an area as arrays: who lives where; read once for each edition of the network."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.errors import N_, BadRequestError
from recycling.kept_network import edition
from recycling.models import Community
from recycling.models.base import table_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EDITIONS = 2


@dataclass(frozen=True, eq=False)
class People:
    """Communities with people, by code.

    Attributes
    ----------
    codes, names, depots
        One for each community.
    town, towns
        Number of each community's town, and county and name of the towns.
    people, urban
        (communities) float and bool.
    lonlat
        Degrees, WGS 84.
    key
        Another one when codes or positions are others.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    depots: tuple[str, ...]
    town: NDArray[np.int64]
    towns: tuple[tuple[str, str], ...]
    people: NDArray[np.float64]
    urban: NDArray[np.bool_]
    lonlat: tuple[tuple[float, float], ...]
    key: str

    def of(self, depot: str | None) -> NDArray[np.bool_]:
        """Return which communities are a depot's; all of them for None."""
        import numpy as np

        return np.array([depot in (None, code) for code in self.depots], dtype=bool)


_kept: OrderedDict[str, People] = OrderedDict()
_lock = Lock()


def people_of(session: Session) -> People:
    """Return the communities of the area in which anybody lives.

    Raises
    ------
    BadRequestError
        When there are none.
    """
    name = edition(session)
    with _lock:
        found = _kept.get(name)
    if found is None:
        found = _read(session)
        with _lock:
            _kept[name] = found
            while len(_kept) > EDITIONS:
                _kept.popitem(last=False)
    return found


def _read(session: Session) -> People:
    import numpy as np

    table = table_of(Community)
    rows = session.execute(select(table).where(table.c.population > 0).order_by(table.c.code)).all()
    if not rows:
        raise BadRequestError.one("nobody-there", N_("There are no communities with people. Load a network first."))
    towns = sorted({(row.county, row.town) for row in rows})
    number = {town: k for k, town in enumerate(towns)}
    text = "\n".join(f"{row.code} {row.lon:.6f} {row.lat:.6f}" for row in rows)
    return People(
        codes=tuple(row.code for row in rows),
        names=tuple(row.name for row in rows),
        depots=tuple(row.depot_code for row in rows),
        town=np.array([number[row.county, row.town] for row in rows], dtype=np.int64),
        towns=tuple(towns),
        people=np.array([row.population for row in rows], dtype=float),
        urban=np.array([row.urban for row in rows], dtype=bool),
        lonlat=tuple((row.lon, row.lat) for row in rows),
        key=hashlib.sha256(text.encode()).hexdigest()[:16],
    )
