"""A chain as a mixed integer model: what is open, what flows, who goes where, and what each measure counts.

Points' goods are shares of what they bring, one for each way and size of the site there, so that nobody brings more to
a size than it is open, which makes the bound strong; what flows between tiers is added up over the points, so that the
upper tiers stay small. Their sites' intake is told apart by size, for its capacity and its running costs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.siting.chain.building import Building, Floats, Whole
from routing.siting.chain.parts import Beyond, ChainModel, Intake, Parcels, Ways, clusters, groups_of, nearest, room_of
from routing.siting.chain.problem import Chain, ChainAim, Measure

SLACK = 1e-9
"""Share of a limit by which sums of floats may be beyond it."""

CLUSTERS = 16
"""Clusters of points whose goods are told apart in the first of the upper tiers."""


def made(chain: Chain, aim: ChainAim, freed: frozenset[str] = frozenset(), elastic: bool = False) -> ChainModel:
    """Return the model of an aim.

    ``freed`` are rules that are left out: ``budget``, ``most:N`` of tier N, or a measure's limit. ``elastic`` lets
    sites take more than they can, counted in columns of their own.
    """
    return _Maker(chain, aim, freed, elastic).run()


class _Maker:
    """Puts a model together, block by block."""

    def __init__(self, chain: Chain, aim: ChainAim, freed: frozenset[str], elastic: bool) -> None:
        self.chain, self.aim, self.freed, self.elastic = chain, aim, freed, elastic
        self.built = Building()
        self.money: list[tuple[Whole, Floats]] = []
        self.carbon: list[tuple[Whole, Floats]] = []
        self.counted: dict[str, list[tuple[Whole, Floats]]] = {}
        self.tonnes = np.array([point.tonnes for point in chain.points], dtype=float).reshape(
            len(chain.points), len(chain.materials)
        )
        self.bulk = np.array(chain.bulk or (1.0,) * len(chain.materials), dtype=float)
        self.sizes = [[(j, s) for j, site in enumerate(t.sites) for s in site.sizes] for t in chain.tiers]
        self.opens: list[list[Whole]] = []
        self.ways: list[Ways] = []
        self.extra: list[Beyond] = []
        self.intakes: list[Intake] = []
        self.passing: list[tuple[Whole, Whole]] = []
        self.far: list[Whole] = []
        self.cluster = clusters(chain.tiers[0].costs, CLUSTERS if len(chain.tiers) > 1 else 1)
        self.clients: list[tuple[Whole, Whole]] = []
        self.onward: dict[str, list[tuple[Whole, Floats]]] = {"cost": [], "carbon": []}
        self.town = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
        self.goes = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))

    def run(self) -> ChainModel:
        """Put all blocks together."""
        for year in range(len(self.chain.years)):
            self.opens.append([self._openings(year, n) for n in range(len(self.chain.tiers))])
        self._over_years()
        self._invest()
        for year in range(len(self.chain.years)):
            self._goods(year)
        self._people()
        built, counts = self.built, {}
        for name, parts in (("cost", self.money), ("carbon", self.carbon), *self.counted.items()):
            counts[name] = np.zeros(built.columns)
            for column, value in parts:
                np.add.at(counts[name], column, value)
        limited = self._limits(counts)
        first, client = np.ones(built.columns, dtype=bool), np.full(built.columns, -1)
        for far in self.far:
            first[far] = False
        for column, row in self.clients:
            client[column] = row
        onward = {name: np.zeros(built.columns) for name in self.onward}
        for name, parts in self.onward.items():
            for column, value in parts:
                onward[name][column] = value
        return ChainModel(
            self.chain,
            built,
            self.sizes,
            self.opens,
            self.ways,
            counts,
            self.extra,
            first,
            client,
            onward,
            limited,
            self.town,
            self.intakes,
            self.passing,
            self.goes,
        )

    def _limits(self, counts: dict[str, Floats]) -> dict[str, tuple[int, float]]:
        """Add the rows that hold limits, and return them by measure."""
        built = self.built
        limited: dict[str, tuple[int, float]] = {}
        for measure, limit in self.aim.limits.items():
            if measure in self.freed or measure == "worst-town":
                continue
            column = np.flatnonzero(counts[measure])
            slack, scale = SLACK * max(1.0, abs(limit)), max(1e-9, float(np.abs(counts[measure]).max(initial=0.0)))
            limited[measure] = built.rows, scale
            value = counts[measure][column] / scale
            if measure == "within":
                built.add_row(column, value, least=(limit - slack) / scale)
            else:
                built.add_row(column, value, most=(limit + slack) / scale)
        return limited

    def _openings(self, year: int, n: int) -> Whole:
        tier, built = self.chain.tiers[n], self.built
        columns = built.add_columns(len(self.sizes[n]), 0.0, 1.0, whole=True)
        site = np.array([j for j, _ in self.sizes[n]], dtype=np.int64)
        rows = built.add_rows(
            len(tier.sites), own=True, least=[1.0 if s.status == "kept" else 0.0 for s in tier.sites], most=1.0
        )
        built.put(rows[site], columns)
        if tier.most is not None and f"most:{n}" not in self.freed:
            built.add_row(columns, 1.0, most=tier.most)
        self.counted.setdefault(f"count:{n}", []).append(
            (columns, np.full(len(columns), float(year == len(self.chain.years) - 1)))
        )
        self.money.append((columns, np.array([size.fixed for _, size in self.sizes[n]])))
        return columns

    def _over_years(self) -> None:
        """What was built stays; what was there and was closed stays closed."""
        for year in range(1, len(self.chain.years)):
            for n, tier in enumerate(self.chain.tiers):
                before, now = self.opens[year - 1][n], self.opens[year][n]
                was = np.concatenate(
                    [np.arange(len(site.sizes)) == 0 if site.status != "new" else np.zeros(len(site.sizes), dtype=bool)
                     for site in tier.sites] or [np.zeros(0, dtype=bool)]
                )  # fmt: skip
                rows = self.built.add_rows(len(now), np.where(was, -math.inf, 0.0), np.where(was, 0.0, math.inf))
                self.built.put(rows, now)
                self.built.put(rows, before, -1.0)

    def _invest(self) -> None:
        budgets = [year.budget for year in self.chain.years]
        spent = [np.array([size.investment for _, size in sizes]) for sizes in self.sizes]
        for year, budget in enumerate(budgets):
            columns = np.concatenate(self.opens[year])
            value = np.concatenate(spent)
            last = year == len(budgets) - 1
            if last:
                self.counted["invested"] = [(columns, value)]
            known = [b for b in budgets[: year + 1] if b is not None]
            if budget is None or "budget" in self.freed or not value.any():
                continue
            if self.chain.carried:
                if len(known) == year + 1:
                    self.built.add_row(columns, value, most=sum(known))
            elif year == 0:
                self.built.add_row(columns, value, most=budget)
            else:
                both = np.concatenate([columns, *self.opens[year - 1]])
                self.built.add_row(both, np.concatenate([value, -value]), most=budget)

    def _goods(self, year: int) -> None:
        """Goods of a year: from points to the first tier, and on from tier to tier by material."""
        built, chain, factor = self.built, self.chain, self.chain.years[year].demand
        total = factor * self.tonnes.sum(axis=0)
        parcels, passed = Parcels.none(), dict[int, Whole]()
        for n, tier in enumerate(chain.tiers):
            count, taken, before = len(tier.sites), passed, parcels
            parcels, passed = self._parcels(n), {}
            if n + 1 < len(chain.tiers):
                every = [m for group in groups_of(chain, tier) for m in group]
                passed = {m: built.add_rows(len(parcels.site), 0.0, 0.0) for m in every}
            for group in groups_of(chain, tier):
                rooms = np.array([room_of(tier, size, group) for _, size in self.sizes[n]])
                able = np.zeros(count, dtype=bool)
                able[[j for (j, _), room in zip(self.sizes[n], rooms, strict=True) if room > 0]] = True
                whole = float(total[list(group)].sum())
                if n == 0:
                    ways = self._brought(year, group, rooms, factor, whole)
                else:
                    ways = self._ways(year, n, group, able, factor, whole, before)
                    self._intake(year, n, group, rooms, whole, ways)
                    row = taken[group[0]][ways.parcel]
                    built.put(row, ways.column, -1.0)
                    self.passing.append((ways.column, row))
                for k, m in enumerate(group):
                    if m in passed:
                        row = passed[m][parcels.of(ways.source, ways.site)]
                        built.put(row, ways.column, ways.tonnes[:, k])

    def _parcels(self, n: int) -> Parcels:
        """Return how goods are told apart that leave a tier: those of a cluster of near points, and the others."""
        sites = np.arange(len(self.chain.tiers[n].sites))
        if n > 0 or len(self.chain.tiers) == 1:
            return Parcels(sites, np.full(len(sites), -1), np.zeros((0, 0), dtype=np.int64))
        cluster = self.cluster
        near = nearest(self.chain.tiers[0].costs)
        pairs = sorted({(int(cluster[i]), int(j)) for i, j in zip(*np.nonzero(near), strict=True)})
        number = {pair: len(sites) + k for k, pair in enumerate(pairs)}
        table = np.array(
            [[number.get((int(c), j), j) for j in range(len(sites))] for c in range(int(cluster.max(initial=-1)) + 1)]
        ).reshape(-1, len(sites))
        site = np.concatenate([sites, [j for _, j in pairs]]).astype(np.int64)
        of = np.concatenate([np.full(len(sites), -1), [c for c, _ in pairs]]).astype(np.int64)
        return Parcels(site, of, table[cluster])

    def _ways(
        self,
        year: int,
        n: int,
        group: tuple[int, ...],
        able: NDArray[np.bool_],
        factor: float,
        whole: float,
        parcels: Parcels,
    ) -> Ways:
        built, tier = self.built, self.chain.tiers[n]
        parcel, site = np.nonzero(((tier.costs >= 0) & able)[parcels.site])
        column = built.add_columns(len(parcel))
        source = parcels.site[parcel]
        tonnes = np.ones((len(source), 1))
        before = self.chain.tiers[n - 1]
        brought = self.tonnes.sum(axis=1)
        share = float((self.tonnes[:, group[0]] / np.maximum(brought, 1e-12)).max()) if before.together else 1.0
        most = np.array([share * max(room_of(before, size, group) for size in one.sizes) for one in before.sites])
        room: Any = whole if self.elastic else np.minimum(whole, most[source])
        cluster = parcels.cluster[parcel]
        comes = self._disperse(year, n, group, factor, cluster, site, column)
        opening = np.array([-1] * len(tier.sites))
        for j in np.flatnonzero(able):
            takes = [o for o, (k, s) in enumerate(self.sizes[n]) if k == j and room_of(tier, s, group) > 0]
            opening[j] = built.add_opening(self.opens[year][n][takes])
        built.link(column, room, opening[site])
        self._paid(n, group, column, source, site, tonnes)
        rooms, sized = np.broadcast_to(np.asarray(room, dtype=float), len(site)), np.full(len(site), -1)
        ways = Ways(year, n, group, column, source, site, parcel, sized, rooms, cluster, comes, tonnes)
        self.ways.append(ways)
        return ways

    def _brought(self, year: int, group: tuple[int, ...], rooms: Floats, factor: float, whole: float) -> Ways:
        """Points' shares on each way to a site of the first tier, by its size, within its room while that is open."""
        built, tier, sizes, opened = self.built, self.chain.tiers[0], self.sizes[0], self.opens[year][0]
        brings = factor * self.tonnes[:, list(group)]
        some = np.flatnonzero(brings.sum(axis=1) > 0)
        of = np.array([j for j, _ in sizes], dtype=np.int64)
        takes = np.array([any(room > 0 for room in rooms[of == j]) for j in range(len(tier.sites))])
        able = (tier.costs >= 0)[:, of] & ((rooms > 0) | (takes[of] & self.elastic))
        able[np.setdiff1d(np.arange(len(brings)), some)] = False
        source, opening = np.nonzero(able)
        site, column = of[opening], built.add_columns(len(source), 0.0, 1.0)
        row = np.full(len(brings), -1)
        row[some] = built.add_rows(len(some), 1.0, 1.0)
        built.put(row[source], column)
        tonnes = brings[source]
        self._spare(tier.costs, source, site, column, row[source])
        for what, least in self._onward(group).items():
            self.onward[what].append((column, (tonnes * least[site]).sum(axis=1)))
        own = np.array([built.add_opening(opened[o : o + 1]) for o in range(len(sizes))], dtype=np.int64)
        built.link(column, 1.0, own[opening])
        within = built.add_rows(len(sizes), most=0.0, own=True)
        built.put(within[opening], column, tonnes.sum(axis=1))
        built.put(within, opened, -np.minimum(rooms, whole))
        if self.elastic:
            self._beyond(year, 0, group, within, np.arange(len(sizes)), whole)
        running = np.array([size.running for _, size in sizes])
        self.money.append((column, tonnes.sum(axis=1) * running[opening]))
        self._paid(0, group, column, source, site, tonnes)
        none, shares = np.full(len(site), -1), np.ones(len(site))
        ways = Ways(year, 0, group, column, source, site, source, opening, shares, none, np.zeros(0), tonnes)
        self.ways.append(ways)
        return ways

    def _paid(self, n: int, group: tuple[int, ...], column: Whole, source: Whole, site: Whole, tonnes: Floats) -> None:
        """Count the money, but for running costs, and the carbon of goods on their ways."""
        tier = self.chain.tiers[n]
        fees = np.zeros((len(tier.sites), len(self.chain.materials))) if tier.fees is None else tier.fees
        materials = list(group)
        each = tier.costs[source, site][:, None] * self.bulk[materials] + fees[site][:, materials]
        self.money.append((column, (tonnes * each).sum(axis=1)))
        if tier.carbon is not None:
            self.carbon.append((column, (tonnes * self.bulk[materials]).sum(axis=1) * tier.carbon[source, site]))

    def _disperse(
        self, year: int, n: int, group: tuple[int, ...], factor: float, cluster: Whole, site: Whole, column: Whole
    ) -> Floats:
        """Let no more of a cluster go to a site than comes from it, while it is open: what makes the bound strong.

        Returns what comes of each cluster; nothing where none is told apart.
        """
        some = cluster >= 0
        if not some.any():
            return np.zeros(0)
        built, opened, sites = self.built, self.opens[year][n], len(self.chain.tiers[n].sites)
        comes = factor * np.bincount(self.cluster, self.tonnes[:, list(group)].sum(axis=1))
        rows = built.add_rows(len(comes) * sites, most=0.0, own=True)
        built.put(rows[cluster[some] * sites + site[some]], column[some])
        for o, (j, size) in enumerate(self.sizes[n]):
            if room_of(self.chain.tiers[n], size, group) > 0 or self.elastic:
                mine = rows[np.arange(len(comes)) * sites + j]
                built.put(mine, np.full(len(comes), opened[o]), -comes)
        return np.asarray(comes, dtype=float)

    def _onward(self, group: tuple[int, ...]) -> dict[str, Floats]:
        """Return the money and carbon (sites of the first tier, materials) of a tonne that leaves there, at least."""
        found = {"cost": np.zeros((0, 0)), "carbon": np.zeros((0, 0))}
        for n in reversed(range(len(self.chain.tiers))):
            tier = self.chain.tiers[n]
            running = np.array([min(size.running for size in site.sizes) if n else 0.0 for site in tier.sites])
            here = {
                "cost": np.repeat(running[:, None], len(group), axis=1),
                "carbon": np.zeros((len(running), len(group))),
            }
            if n + 1 < len(self.chain.tiers):
                after = self.chain.tiers[n + 1]
                able = (after.costs >= 0)[:, :, None]
                fees = np.zeros((len(after.sites), len(group))) if after.fees is None else after.fees[:, list(group)]
                bulk = self.bulk[list(group)]
                for what, table in (("cost", after.costs), ("carbon", after.carbon)):
                    each = np.zeros((*after.costs.shape, len(group))) if table is None else table[:, :, None] * bulk
                    each = each + found[what][None] + (fees[None] if what == "cost" else 0.0)
                    least = np.where(able, each, np.inf).min(axis=1)
                    here[what] = here[what] + np.where(np.isfinite(least), least, 0.0)
            found = here
        return found

    def _spare(self, costs: Floats, source: Whole, site: Whole, column: Whole, row: Whole) -> None:
        """Leave far ways of points out of a first try."""
        self.clients.append((column, row))
        self.far.append(column[~nearest(costs)[source, site]])

    def _intake(self, year: int, n: int, group: tuple[int, ...], rooms: Floats, whole: float, ways: Ways) -> None:
        """Tell what a site takes in apart by its size, each within its capacity while it is open."""
        built, sizes, opened = self.built, self.sizes[n], self.opens[year][n]
        use = np.flatnonzero(rooms > 0) if not self.elastic else np.arange(len(sizes))
        intake = built.add_columns(len(use))
        balance = built.add_rows(len(self.chain.tiers[n].sites), 0.0, 0.0, own=True)
        built.put(balance[ways.site], ways.column, ways.tonnes.sum(axis=1))
        built.put(balance[[sizes[o][0] for o in use]], intake, -1.0)
        within = built.add_rows(len(use), most=0.0, own=True)
        built.put(within, intake)
        built.put(within, opened[use], -np.minimum(rooms[use], whole))
        if self.elastic:
            self._beyond(year, n, group, within, use, whole)
        self.money.append((intake, np.array([sizes[o][1].running for o in use])))
        self.intakes.append((year, n, group, intake, use))

    def _beyond(self, year: int, n: int, group: tuple[int, ...], within: Whole, use: Whole, whole: float) -> None:
        """Let open sites take more than they can, counted."""
        built, opened = self.built, self.opens[year][n]
        beyond = built.add_columns(len(use))
        built.put(within, beyond, -1.0)
        open_only = built.add_rows(len(use), most=0.0)
        built.put(open_only, beyond)
        built.put(open_only, opened[use], -whole)
        self.extra.append(Beyond(year, n, group, beyond, use))
        self.counted.setdefault("beyond", []).append((beyond, np.ones(len(use))))

    def _people(self) -> None:
        """People of the last year: who has an open site within reach, and who goes to which."""
        chain, aim, built = self.chain, self.aim, self.built
        last, sites = self.opens[-1][0], len(chain.tiers[0].sites)
        people = np.array([point.people for point in chain.points], dtype=float)
        of = [last[[o for o, (k, _) in enumerate(self.sizes[0]) if k == j]] for j in range(sites)]
        if aim.needs("within"):
            reached = (chain.seconds >= 0) & (chain.seconds <= aim.within)
            kinds, kind = np.unique(reached, axis=0, return_inverse=True)
            weight = np.bincount(kind.reshape(-1), people, minlength=len(kinds))
            useful = kinds.any(axis=1) & (weight > 0)
            kinds, weight = kinds[useful], weight[useful]
            near = built.add_columns(len(weight), 0.0, 1.0)
            rows = built.add_rows(len(weight), most=0.0)
            built.put(rows, near)
            for row, pattern in zip(rows, kinds, strict=True):
                built.put(row, np.concatenate([of[j] for j in np.flatnonzero(pattern)]), -1.0)
            self.counted["within"] = [(near, np.asarray(weight, dtype=float))]
        if not (aim.needs("driving") or aim.needs("worst-town")):
            return
        some = np.flatnonzero(people > 0)
        source, site = np.nonzero((chain.seconds >= 0) & (people > 0)[:, None])
        goes = built.add_columns(len(source), 0.0, 1.0)
        row = np.full(len(people), -1)
        row[some] = built.add_rows(len(some), 1.0, 1.0)
        built.put(row[source], goes)
        self._spare(chain.seconds.astype(float), source, site, goes, row[source])
        opening = np.array([built.add_opening(columns) for columns in of], dtype=np.int64)
        built.link(goes, 1.0, opening[site])
        holds = built.add_rows(sites, most=0.0, own=True)
        built.put(holds[site], goes)
        self.goes = goes, site
        for j in range(sites):
            built.put(holds[j], of[j], -float(len(some)))
        driven = people[source] * chain.seconds[source, site].astype(float)
        self.counted["driving"] = [(goes, driven)]
        if aim.needs("worst-town"):
            names = {town: k for k, town in enumerate(dict.fromkeys(chain.towns))}
            town = np.array([names[name] for name in chain.towns], dtype=np.int64)
            heads = np.bincount(town, people, minlength=len(names))
            limit = math.inf if "worst-town" in self.freed else aim.limits.get("worst-town", math.inf)
            far = max(0.0, float(chain.seconds.max(initial=0)))
            worst = built.add_columns(1, 0.0, min(far + 1.0, limit * (1 + SLACK)))
            mean = built.add_rows(len(names), most=0.0)
            built.put(mean[town[source]], goes, driven / heads[town[source]])
            self.town = goes, mean[town[source]], driven / heads[town[source]]
            built.put(mean, np.repeat(worst, len(names)), -1.0)
            self.counted["worst-town"] = [(worst, np.ones(1))]


def negative(measure: Measure) -> float:
    """Return -1 for a measure that is better the more it is."""
    return -1.0 if measure == "within" else 1.0
