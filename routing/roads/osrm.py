"""Travel times from an OSRM server that an operator runs (osrm-routed, its HTTP API v1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads.asked_table import AskedTable
from routing.roads.crs import positions
from routing.roads.engine import MAX_DISTANCE, Leg, Progress, Table, pairs_of
from routing.roads.profile import VehicleProfile
from routing.roads.remote import Server, numbers

_NO_WAY = ("NoRoute", "NoTable")
_BELOW = 1e5  # metres below 0 that a table's distances are let off with


class OsrmEngine:
    """Answers of an OSRM server, as the `TravelEngine` protocol asks for them.

    What a vehicle may use and how fast it is was decided when the server's data were built (``car.lua`` or an own
    profile); the measures of a `VehicleProfile` are not sent. Several servers, one a vehicle, can be named.

    OSRM's table gives some close pairs a distance below 0, and a duration that is too short with it (seen with 26.10
    in Monaco; Project-OSRM/osrm-backend#5855). Such pairs are asked for again as ways, one by one; 0 is taken where
    that finds none.

    Parameters
    ----------
    url
        The server for every vehicle, such as ``http://localhost:5000``; or a mapping from the name of a
        `VehicleProfile` to the server for it, with "" for questions without a profile.
    max_distance
        Metres a position may lie off the road.
    block
        Positions on each side of one question. ``osrm-routed`` refuses more cells than the square of its
        ``--max-table-size``, which is 100 unless it was started with another (measured with 26.10).
    second_looks
        Pairs with a distance below 0 that are asked for again, at most, for one table; beyond them 0 is taken.
    options
        Further fields of `Server`, such as ``timeout`` in seconds.

    References
    ----------
    https://project-osrm.org/docs/ (HTTP API, services table and route)
    """

    name = "osrm"

    def __init__(
        self,
        url: str | Mapping[str, str],
        max_distance: float = MAX_DISTANCE,
        block: int = 100,
        second_looks: int = 5000,
        **options: Any,
    ) -> None:
        self._servers = (
            Server("OSRM", url, **options)
            if isinstance(url, str)
            else {name: Server("OSRM", one, **options) for name, one in url.items()}
        )
        self._max_distance = max_distance
        self._block = block
        self._second_looks = second_looks

    def table(
        self,
        sources: Any,
        targets: Any = None,
        profile: VehicleProfile | None = None,
        progress: Progress | None = None,
    ) -> Table:
        """Ask block by block; the way between road and position is added as for our own network.

        Each block brings its own places on the road: OSRM prefers the large part of the network for all positions
        of a question together, so a position beside a cut-off road may have another place in another block.

        Raises
        ------
        InputError
            When positions are none, no server is named for the vehicle, or the server fails or refuses.
        """
        server = self._server(profile)
        asked = AskedTable(sources, targets, self._second_looks, progress)
        start, end = asked.start, asked.end
        off_start, off_end = np.zeros(len(start)), np.zeros(len(end))
        for rows, columns in asked.blocks(np.arange(len(start)), np.arange(len(end)), self._block):
            seconds, metres, here, there = _ask(server, start[rows], end[columns])
            access = here[:, None] + there
            for i, j in asked.second_looks(metres < 0):
                along, length, off, _ = _way(server, np.stack([start[rows[i]], end[columns[j]]]))
                if np.isfinite(length):
                    seconds[i, j], metres[i, j], access[i, j] = along, length, off.sum()
            asked.fill(rows, columns, seconds, np.maximum(metres, 0.0), access)
            off_start[rows] = np.maximum(off_start[rows], here)
            off_end[columns] = np.maximum(off_end[columns], there)
        if asked.square:
            off_start = off_end = np.maximum(off_start, off_end)
        return asked.table(off_start, off_end, self._max_distance)

    def legs(self, pairs: Any, profile: VehicleProfile | None = None) -> list[Leg]:
        """Ask for each pair's way. A pair with an end too far off the road has none.

        Raises
        ------
        InputError
            As `table`.
        """
        server = self._server(profile)
        return [self._leg(server, pair) for pair in pairs_of(pairs)]

    def _server(self, profile: VehicleProfile | None) -> Server:
        if isinstance(self._servers, Server):
            return self._servers
        name = "" if profile is None else profile.name
        if name not in self._servers:
            raise InputError(
                "no-server-for-vehicle",
                "No OSRM server is named for the vehicle '%(name)s', only for %(known)s. Name one built for it.",
                name=name,
                known=", ".join(f"'{known}'" for known in self._servers) or "none",
            )
        return self._servers[name]

    def _leg(self, server: Server, pair: NDArray[np.float64]) -> Leg:
        seconds, metres, off, lonlat = _way(server, pair)
        return Leg.nowhere() if (off > self._max_distance).any() else Leg.along(seconds, metres, off.sum(), lonlat)


def _way(server: Server, pair: NDArray[np.float64]) -> tuple[float, float, NDArray[np.float64], NDArray[np.float64]]:
    """Seconds and metres along the road, metres (2,) off it, and points; NaN and none where there is no way."""
    answer = server.ask(f"/route/v1/driving/{_places(pair)}&overview=full&geometries=geojson&steps=false")
    if _code(server, answer) in _NO_WAY:
        return np.nan, np.nan, np.zeros(2), np.empty((0, 2))
    try:
        off = numbers(server, [place["distance"] for place in answer["waypoints"]], (2,))
        best = answer["routes"][0]
        along = numbers(server, [best["duration"], best["distance"]], (2,))
        return float(along[0]), float(along[1]), off, positions(best["geometry"]["coordinates"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise server.wrong_shape() from error


def _ask(
    server: Server, start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Seconds and metres (n, m) along the road, NaN without a way, and metres off the road (n,) and (m,)."""
    n, m = len(start), len(end)
    first, then = (";".join(map(str, side)) for side in (range(n), range(n, n + m)))
    question = f"{_places(np.concatenate([start, end]))}&annotations=duration,distance"
    answer = server.ask(f"/table/v1/driving/{question}&sources={first}&destinations={then}")
    if _code(server, answer) in _NO_WAY:
        raise server.refusal(answer["code"], answer.get("message", ""))
    try:
        here, there = ([place["distance"] for place in answer[side]] for side in ("sources", "destinations"))
        return (
            numbers(server, answer["durations"], (n, m), nulls=True),
            numbers(server, answer["distances"], (n, m), nulls=True, least=-_BELOW),
            numbers(server, here, (n,)),
            numbers(server, there, (m,)),
        )
    except (KeyError, TypeError) as error:
        raise server.wrong_shape() from error


def _places(points: NDArray[np.float64]) -> str:
    """Positions and the options every question has: any distance to the road, whatever the server's own bound."""
    listed = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in points)
    return f"{listed}?generate_hints=false&radiuses={';'.join(['unlimited'] * len(points))}"


def _code(server: Server, answer: Any) -> str:
    code = answer.get("code") if isinstance(answer, dict) else None
    if not isinstance(code, str):
        raise server.wrong_shape()
    if code == "TooBig":
        raise InputError(
            "question-too-big",
            "OSRM at %(url)s does not answer for so many positions at once. Ask in smaller blocks, or start"
            " osrm-routed with a larger --max-table-size.",
            url=server.url,
        )
    if code != "Ok" and code not in _NO_WAY:
        raise server.refusal(code, answer.get("message", ""))
    return code
