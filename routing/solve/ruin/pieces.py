"""A large day cut into pieces, each a small problem of its own that any executor can search.

What a search of thousands of stops reads does not fit into a processor's caches any more; that of some hundreds does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.problem import Matrix, Period, Problem, UnloadSite, Vehicle
from routing.schedule import services_of
from routing.solve.ruin.chain import Chain, Tuning
from routing.solve.ruin.day import Ints
from routing.solve.ruin.making import Compiled
from routing.solve.ruin.parts import Part, shares
from routing.timing import unloaded

Named = list[tuple[str, list[tuple[str, str]]]]
"""Id of each vehicle and its services."""


@dataclass(frozen=True)
class How:
    """How pieces are searched: as `Chain.anneal` says, and what leaving out a required item counts for."""

    iterations: int
    hot: float
    cold: float
    tuning: Tuning
    must: float


@dataclass(frozen=True)
class Piece:
    """A piece of a day, where its search begins and how; it goes to another process as it is.

    ``away`` are the fen that stops cost whose announced vehicle is in another piece, as whoever serves them here does.
    """

    problem: Problem
    orders: Named
    seed: int
    how: How
    away: Mapping[str, int]


@dataclass(frozen=True)
class Searched:
    """What became of a piece: where the search stands, the best plan that it met, and how it went."""

    orders: Named
    best_orders: Named
    best: float
    must: float
    nowhere: int
    seconds: float


def searched(piece: Piece) -> Searched:
    """Search a piece."""
    compiled, how = Compiled(piece.problem), piece.how
    orders = compiled.numbered(piece.orders)
    used = [sum(c == k for c, _ in orders) for k in range(len(compiled.members))]
    spare = [len(members) - u for members, u in zip(compiled.members, used, strict=True)]
    chain = Chain.of(compiled.day, orders, piece.seed, spare, must=how.must)
    began = time.monotonic()
    best = chain.anneal(how.iterations, how.hot, how.cold, how.tuning)
    best_orders = compiled.named(chain.best_orders())
    away = sum(piece.away.get(name, 0) for _, order in best_orders for kind, name in order if kind == "stop")
    return Searched(
        compiled.named(chain.orders()),
        best_orders,
        best + away,
        float(chain.state.record["must"]),
        int(chain.state.told[3]),
        time.monotonic() - began,
    )


def pieces(compiled: Compiled, parts: Sequence[Part], seeds: Sequence[int], how: How) -> Iterator[Piece]:
    """Give a problem for each part of a day, with its own stops, vehicles and ways."""
    free = [iter(members) for members in compiled.members]
    hands = [[(next(free[c]), nodes) for c, nodes in part.orders] for part in parts]
    rooms = _rooms(compiled, hands)
    for part, mine, seed, sites in zip(parts, hands, seeds, rooms, strict=True):
        more = [next(free[c]) for c, spare in enumerate(part.spare) for _ in range(spare)]
        orders = [(v.id, [compiled.names[x] for x in nodes]) for v, nodes in mine]
        served = [x for _, nodes in mine for x in nodes if x < len(compiled.stops)]
        left = [x for i in part.items for x in members_of(compiled, i)]
        stops = [*dict.fromkeys(compiled.day.s["item"][served].tolist())]
        kept = sorted({x for i in stops for x in members_of(compiled, i)} | set(left))
        vehicles = [*(v for v, _ in mine), *more]
        here = {v.id for v in vehicles}
        stays = [s for s in map(compiled.stops.__getitem__, kept) if s.stays and s.stays not in here]
        problem = restricted(compiled.problem, kept, compiled, vehicles, sites)
        yield Piece(problem, orders, seed, how, {s.id: s.stays_price for s in stays})


def _rooms(compiled: Compiled, hands: Sequence[Sequence[tuple[Vehicle, list[int]]]]) -> list[Sequence[UnloadSite]]:
    """The sites as each piece sees them: those with a bound take its share of it."""
    problem, sites = compiled.problem, compiled.problem.unload_sites
    if not compiled.day.record["bounded"]:
        return [sites] * len(hands)
    services, row = services_of(problem), {u.id: k for k, u in enumerate(sites)}
    brought = []
    for mine in hands:
        own: Ints = np.zeros_like(compiled.day.u_room)
        for vehicle, nodes in mine:
            order = [services[compiled.names[x]] for x in nodes]
            for service, goods in zip(order, unloaded(problem, vehicle, order), strict=True):
                if isinstance(service, UnloadSite):
                    own[row[service.id]] += goods
        brought.append(own)
    return [
        [u if u.capacity is None else replace(u, capacity=tuple(share[k].tolist())) for k, u in enumerate(sites)]
        for share in shares(compiled.day.u_room, brought)
    ]


def members_of(compiled: Compiled, item: int) -> list[int]:
    """Return the stops of an item."""
    row = compiled.day.i[item]
    found: list[int] = compiled.day.i_stop[row["first"] : row["end"]].tolist()
    return found


def restricted(
    problem: Problem,
    kept: Sequence[int],
    compiled: Compiled,
    vehicles: Sequence[Vehicle],
    sites: Sequence[UnloadSite],
) -> Problem:
    """Return the problem with these stops, vehicles and sites alone, its matrices with their places alone."""
    stops = [compiled.stops[x] for x in kept]
    names = {s.id for s in stops}
    terminals = {v.start for v in vehicles} | {v.end for v in vehicles}
    places = sorted({s.location for s in stops} | {u.location for u in sites} | terminals)
    row = {place: k for k, place in enumerate(places)}
    index = np.ix_(places, places)
    seen: dict[int, Matrix] = {}

    def cut(matrix: Matrix) -> Matrix:
        if id(matrix) not in seen:
            times = matrix.durations[index]
            ways = times if matrix.distances is matrix.durations else matrix.distances[index]
            seen[id(matrix)] = Matrix(times, ways)
        return seen[id(matrix)]

    def all_of(matrices: Mapping[str, Matrix]) -> dict[str, Matrix]:
        return {name: cut(matrix) for name, matrix in matrices.items()}

    ids = {v.id for v in vehicles}
    return Problem(
        problem.dimensions,
        tuple(
            replace(
                s,
                location=row[s.location],
                vehicles=None if s.vehicles is None else s.vehicles & ids,
                forbidden=s.forbidden & ids,
                stays=s.stays if s.stays in ids else "",
            )
            for s in stops
        ),
        tuple(
            replace(
                v,
                start=row[v.start],
                end=row[v.end],
                closed=tuple(
                    replace(c, locations=frozenset(row[x] for x in c.locations if x in row)) for c in v.closed
                ),
            )
            for v in vehicles
        ),
        tuple(replace(u, location=row[u.location]) for u in sites),
        all_of(problem.matrices),
        None,
        tuple(p for p in problem.pairs if p.collect in names and p.drop in names),
        tuple(Period(p.hours, all_of(p.matrices)) for p in problem.periods),
        problem.carbon_price,
        problem.balance_price,
        problem.compactness_price,
    )
