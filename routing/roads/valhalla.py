"""Travel times from a Valhalla server that an operator runs (valhalla_service and its JSON API)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.errors import InputError
from routing.roads.asked_table import AskedTable
from routing.roads.crs import positions
from routing.roads.engine import MAX_DISTANCE, Leg, Progress, Table, pairs_of
from routing.roads.profile import VehicleProfile
from routing.roads.remote import Server, numbers

_UNCONNECTED = (170, 442)  # locations in unconnected regions, no path found
_ADVICE = (150, 154)  # more cells, or farther apart, than the server's service_limits allow
_LOCATE = 500  # positions in one question for their places on the road
_AXLE = 9.07  # tonnes; Valhalla's own default of a truck's axle load


class ValhallaEngine:
    """Answers of a Valhalla server, as the `TravelEngine` protocol asks for them.

    A profile with ``hgv`` is costed as ``truck``, any other as ``auto``; its measures go along with each question,
    0 where they are not known, which no limit forbids. Without a profile Valhalla's ``auto`` is asked for. A vehicle
    that may not board ferries avoids them, which Valhalla holds for dear, not for impossible. Plates, permits and
    our own driving bans are not known there.

    Valhalla's matrix says "no way" for some pairs whose way its route service finds (seen with 3.9.1 in Monaco;
    valhalla/valhalla#4622, #4956, #4982). Such pairs are asked for again, one by one.

    Parameters
    ----------
    url
        The server, such as ``http://localhost:8002``.
    max_distance
        Metres a position may lie off the road.
    block
        Positions on each side of one question; its square must not be above the server's
        ``max_matrix_location_pairs``, which is 2500 unless it was configured otherwise.
    second_looks
        Pairs without a way in the matrix that are asked for again, at most, for one table; beyond them the matrix
        is believed.
    options
        Further fields of `Server`, such as ``timeout`` in seconds.

    References
    ----------
    https://valhalla.github.io/valhalla/api/ (matrix, turn-by-turn, locate)
    """

    name = "valhalla"

    def __init__(
        self,
        url: str,
        max_distance: float = MAX_DISTANCE,
        block: int = 50,
        second_looks: int = 5000,
        **options: Any,
    ) -> None:
        self._server = Server("Valhalla", url, **options)
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
        """Ask for the places on the road, then block by block for times and metres.

        Valhalla's matrix cuts its times to whole seconds (measured against its routes); one second is added, so that
        they are rounded up, and the way between road and position.

        Raises
        ------
        InputError
            When positions are none, or the server fails or refuses.
        """
        asked = AskedTable(sources, targets, self._second_looks, progress)
        start, end = asked.start, asked.end
        off_start = self._off_road(start, profile)
        off_end = off_start if asked.square else self._off_road(end, profile)
        rows, columns = (np.flatnonzero(off <= self._max_distance) for off in (off_start, off_end))
        for here, there in asked.blocks(rows, columns, self._block):
            seconds, metres = self._ask(start[here], end[there], profile)
            for i, j in asked.second_looks(np.isnan(metres)):
                seconds[i, j], metres[i, j], _ = self._way(np.stack([start[here[i]], end[there[j]]]), profile)
            asked.fill(here, there, seconds, metres, off_start[here][:, None] + off_end[there])
        return asked.table(off_start, off_end, self._max_distance)

    def legs(self, pairs: Any, profile: VehicleProfile | None = None) -> list[Leg]:
        """Ask for each pair's way. A pair with an end too far off the road has none.

        Raises
        ------
        InputError
            As `table`.
        """
        ends = pairs_of(pairs)
        off = self._off_road(ends.reshape(-1, 2), profile).reshape(-1, 2)
        return [
            self._leg(pair, access, profile) if (access <= self._max_distance).all() else Leg.nowhere()
            for pair, access in zip(ends, off, strict=True)
        ]

    def _off_road(self, points: NDArray[np.float64], profile: VehicleProfile | None) -> NDArray[np.float64]:
        """Metres (n,) to the place on the road that Valhalla takes, infinite where it knows no road around."""
        from pyproj import Geod

        geod = Geod(ellps="WGS84")
        off = np.full(len(points), np.inf)
        for at in range(0, len(points), _LOCATE):
            asked = points[at : at + _LOCATE]
            answer = self._say("/locate", {"locations": _listed(asked), "verbose": False}, profile)
            if not isinstance(answer, list) or len(answer) != len(asked):
                raise self._server.wrong_shape()
            for row, (place, (lon, lat)) in enumerate(zip(answer, asked, strict=True), start=at):
                try:
                    edges = place["edges"] or ()
                    roads = positions([(edge["correlated_lon"], edge["correlated_lat"]) for edge in edges])
                except (KeyError, TypeError, ValueError) as error:
                    raise self._server.wrong_shape() from error
                many = np.ones(len(roads))
                off[row] = min(geod.inv(lon * many, lat * many, *roads.T)[2], default=np.inf)
        return off

    def _ask(
        self, start: NDArray[np.float64], end: NDArray[np.float64], profile: VehicleProfile | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Seconds and metres (n, m) along the road, NaN without a way.

        Valhalla refuses a whole question when its positions lie in regions that no road connects; it is then cut in
        halves until the connected ones are among themselves.
        """
        n, m = len(start), len(end)
        question = {"sources": _listed(start), "targets": _listed(end), "verbose": False}
        answer = self._say("/sources_to_targets", question, profile)
        if answer is None:
            if n == m == 1:
                return np.full((1, 1), np.nan), np.full((1, 1), np.nan)
            axis = 0 if n >= m else 1
            halves = (
                [self._ask(half, end, profile) for half in np.array_split(start, 2)]
                if axis == 0
                else [self._ask(start, half, profile) for half in np.array_split(end, 2)]
            )
            seconds, metres = (np.concatenate(parts, axis) for parts in zip(*halves, strict=True))
            return seconds, metres
        try:
            cells = answer["sources_to_targets"]
            metres = 1000 * numbers(self._server, cells["distances"], (n, m), nulls=True)
            return numbers(self._server, cells["durations"], (n, m), nulls=True) + (metres > 0), metres
        except (KeyError, TypeError) as error:
            raise self._server.wrong_shape() from error

    def _leg(self, pair: NDArray[np.float64], access: NDArray[np.float64], profile: VehicleProfile | None) -> Leg:
        seconds, metres, lonlat = self._way(pair, profile)
        return Leg.along(seconds, metres, access.sum(), lonlat)

    def _way(
        self, pair: NDArray[np.float64], profile: VehicleProfile | None
    ) -> tuple[float, float, NDArray[np.float64]]:
        """Seconds and metres along the road and the points of the way; NaN and no points where there is none."""
        question = {"locations": _listed(pair), "directions_type": "none", "shape_format": "polyline6"}
        answer = self._say("/route", question, profile)
        if answer is None:
            return np.nan, np.nan, np.empty((0, 2))
        try:
            way = answer["trip"]["legs"][0]
            along = numbers(self._server, [way["summary"]["time"], way["summary"]["length"]], (2,))
            return float(along[0]), float(1000 * along[1]), positions(decoded(way["shape"]))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise self._server.wrong_shape() from error

    def _say(self, path: str, question: dict[str, Any], profile: VehicleProfile | None) -> Any:
        """Ask and give the answer, None where Valhalla says that there is no way."""
        answer = self._server.ask(path, {**question, **_costing(profile), "units": "kilometers"})
        if not isinstance(answer, dict) or "error_code" not in answer:
            return answer
        code, message = answer["error_code"], answer.get("error", "")
        if code in _UNCONNECTED:
            return None
        if code in _ADVICE:
            raise InputError(
                "question-too-big",
                "Valhalla at %(url)s does not answer for so many positions, or so far apart (%(message)s). Ask in"
                " smaller blocks, or raise the service_limits in its configuration.",
                url=self._server.url,
                message=str(message)[:200],
            )
        raise self._server.refusal(code, message)


def decoded(shape: str) -> list[tuple[float, float]]:
    """Read a polyline of six decimals: longitude and latitude of its points in degrees.

    Raises
    ------
    ValueError
        When it breaks off within a point.

    References
    ----------
    https://developers.google.com/maps/documentation/utilities/polylinealgorithm, with a factor of 1e6 for 1e5.
    """
    steps = list(_steps(shape))
    if len(steps) % 2:
        raise ValueError("half a point")
    lat, lon = np.cumsum(steps[0::2]) / 1e6, np.cumsum(steps[1::2]) / 1e6
    return list(zip(lon.tolist(), lat.tolist(), strict=True))


def _steps(shape: str) -> Iterator[int]:
    value = bits = 0
    for letter in shape:
        chunk = ord(letter) - 63
        if not 0 <= chunk < 64 or bits > 30:
            raise ValueError("no polyline")
        value |= (chunk & 0x1F) << bits
        bits += 5
        if chunk < 0x20:
            yield ~(value >> 1) if value & 1 else value >> 1
            value = bits = 0
    if bits:
        raise ValueError("half a number")


def _listed(points: NDArray[np.float64]) -> list[dict[str, float]]:
    return [{"lon": round(lon, 6), "lat": round(lat, 6)} for lon, lat in points.tolist()]


def _costing(profile: VehicleProfile | None) -> dict[str, Any]:
    if profile is None:
        return {"costing": "auto"}
    costing = "truck" if profile.hgv else "auto"
    measures: dict[str, float] = {
        "height": profile.height,
        "width": profile.width,
        "length": profile.length,
        "weight": profile.weight,
    }
    if profile.hgv:
        measures["axle_load"] = min(profile.weight, _AXLE)
    if not profile.ferries:
        measures["use_ferry"] = 0.0
    return {"costing": costing, "costing_options": {costing: measures}}
