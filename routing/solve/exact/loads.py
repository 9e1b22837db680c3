"""What is on board in the model: to be delivered on this trip, collected, and on the way from stop to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from routing.bounds import bounds

if TYPE_CHECKING:
    from routing.solve.exact.model import Arc, Model, Tour

Units = dict[int, Any]
"""Units on board by dimension; only dimensions that are carried."""


def load_rules(model: Model) -> None:
    """Let no vehicle carry more than it may, none come home with what it collected, and no site get too much."""
    _Loads(model).rules()


class _Loads:
    """Loads when leaving each stop, as variables that are no less than what is on board."""

    def __init__(self, model: Model) -> None:
        self.m, self.stops = model, model.stops
        dims = range(len(model.problem.dimensions))
        self.collects = {pair.collect for pair in model.problem.pairs}
        self.drops = {pair.drop for pair in model.problem.pairs}
        loads = [v.load for v in model.problem.vehicles if v.load]
        self.taken_dims = [d for d in dims if any(self.taken(k, d) for k in self.numbers) or any(x[d] for x in loads)]
        self.brought_dims = [d for d in dims if any(self.brought(k, d) for k in self.numbers)]
        self.held_dims = [d for d in dims if any(self.held(k, d) for k in self.numbers)]
        most = [max((v.capacity[d] for v in model.problem.vehicles), default=0) for d in dims]

        def variables(which: list[int], name: str) -> list[Units]:
            return [{d: model.whole(0, most[d], f"{name} {s.id} {d}") for d in which} for s in self.stops]

        self.collected = variables(self.taken_dims, "collected")
        self.fresh = variables(self.brought_dims, "fresh")
        self.between = variables(self.held_dims, "between")

    @property
    def numbers(self) -> range:
        return range(len(self.stops))

    def taken(self, k: int, d: int) -> int:
        """Units that a stop gives and a site takes."""
        return 0 if self.stops[k].id in self.collects else self.stops[k].pickup[d]

    def brought(self, k: int, d: int) -> int:
        """Units that a stop gets from the depot."""
        return 0 if self.stops[k].id in self.drops else self.stops[k].delivery[d]

    def held(self, k: int, d: int) -> int:
        """Units that a stop adds to what is on its way to another one, or takes from it."""
        stop = self.stops[k]
        return (stop.pickup[d] if stop.id in self.collects else 0) - (stop.delivery[d] if stop.id in self.drops else 0)

    def rules(self) -> None:
        """Add all rules to the model."""
        for tour in self.m.tours:
            room = bounds(tour.vehicle, self.m.problem.dimensions)
            for k, on in tour.on.items():
                for dims, most in room:
                    self._at_most(sum(self._aboard(k, d) for d in dims), most, on)
            for arc in tour.arcs:
                self._along(tour, arc, room)
        for k in self.numbers:
            for d in self.taken_dims:
                if self.taken(k, d):
                    self.m.model.add(self.collected[k][d] >= self.taken(k, d)).only_enforce_if(self.m.served[k])
        self._sites()

    def _aboard(self, k: int, d: int) -> Any:
        return self.collected[k].get(d, 0) + self.fresh[k].get(d, 0) + self.between[k].get(d, 0)

    def _collected(self, tour: Tour, k: int, d: int) -> Any:
        """Collected goods on board when leaving a stop, or home."""
        if k < 0:
            return tour.vehicle.load[d] if tour.vehicle.load else 0
        return self.collected[k][d]

    def _along(self, tour: Tour, arc: Arc, room: Any) -> None:
        i, j, way, add = arc.tail, arc.head, arc.way, self.m.model.add
        left = {d: 0 if d in way.emptied else self._collected(tour, i, d) for d in self.taken_dims}
        if j < 0:
            for d in self.taken_dims:
                if not tour.vehicle.keeps_stock and d not in way.emptied:
                    self._at_most(left[d], 0, arc.used)
            return
        for d in self.taken_dims:
            add(self.collected[j][d] >= left[d] + self.taken(j, d)).only_enforce_if(arc.used)
        before = {d: self.between[i][d] if i >= 0 else 0 for d in self.held_dims}
        for d in self.held_dims:
            add(self.between[j][d] >= before[d] + self.held(j, d)).only_enforce_if(arc.used)
        loaded = {d: self.fresh[j][d] + self.brought(j, d) for d in self.brought_dims}
        if i >= 0 and way.loads_by is None:
            for d in self.brought_dims:
                add(self.fresh[i][d] >= loaded[d]).only_enforce_if(arc.used)
            return
        for dims, most in room:  # setting out with all that is to be delivered until the next loading
            aboard = sum(left.get(d, 0) + before.get(d, 0) + loaded.get(d, 0) for d in dims)
            self._at_most(aboard, most, arc.used)

    def _at_most(self, units: Any, most: int, used: Any) -> None:
        if not isinstance(units, int):
            self.m.model.add(units <= most).only_enforce_if(used)
        elif units > most:
            self.m.model.add(used == 0)

    def _sites(self) -> None:
        """Sites with a bound get no more than it from all vehicles together."""
        problem = self.m.problem
        for number, site in enumerate(problem.unload_sites):
            for d in self.taken_dims if site.capacity is not None else ():
                got = []
                for tour in self.m.tours:
                    for k in (-1, *tour.on):
                        over = [a for a in tour.arcs if a.tail == k and (d, number) in a.way.takers]
                        if over:
                            got.append(self._gets(tour, k, d, over))
                if got and site.capacity is not None:
                    self.m.model.add(sum(got) <= site.capacity[d])

    def _gets(self, tour: Tour, k: int, d: int, over: list[Arc]) -> Any:
        """What a site gets after a stop, if one of these ways is taken."""
        got = self.m.whole(0, max(tour.vehicle.capacity[d], *(tour.vehicle.load or (0,))), f"site gets {k} {d}")
        for arc in over:
            self.m.model.add(got >= self._collected(tour, k, d)).only_enforce_if(arc.used)
        return got
