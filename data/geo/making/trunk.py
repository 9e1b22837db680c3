"""The main roads as schematic hops: real numbers, real order of seats, invented lines in between.

Motorways pass beside the cities and meet the streets only by one short link a city; national roads run into the
nets and cross town roads on the level. The parts inside a city carry no number: which streets they use is unknown.
"""

from itertools import pairwise

import numpy as np
import shapely
from cities import CORE
from country import nearest_dry
from frame import generator, unit
from strand import Strand, winding

PASSING = 900  # m from the edge of a city's streets to the motorway beside it
MOTORWAY_SWAY, TRUNK_SWAY = 0.05, 0.09
STEP = 900  # m between vertices
INSIDE_BORDER = 300  # m that a road stops before the prefecture's border

# A hop list names seats by adcode, CORE, towns by name, and "border" with a direction in degrees from east.
MOTORWAYS = {
    "G65": [("border", "官渡镇"), "511781", "511722", (CORE, 60), (CORE, 200), "511724", ("border", "欧家镇")],
    "G5012": [("border", 140, CORE), (CORE, 60), (CORE, -20), "511723", ("border", "讲治镇")],
    "G5515": [("border", "静边镇"), "511725", "511724", ("border", "石桥铺镇")],
}
NATIONAL = {
    "G210": ("trunk", ["官渡镇", "511781", "511722", CORE, "511724", "欧家镇"]),
    "G318": ("trunk", ["定远镇", "511725", "511724", "石桥铺镇"]),
    "G347": ("primary", [("border", 0, "511781"), "511781", "竹峪镇"]),
    "G542": ("primary", ["石桥镇", CORE, "511723", "任市镇"]),
}
# On which side (degrees from east) the motorway passes a seat.
SIDE = {"511781": 200, "511722": 150, "511724": 20, "511725": 230, "511723": 110}


class Trunk:
    """Builds the strands of the main roads over the nets of the cities and the crossings of the towns."""

    def __init__(self, nets, towns, land):
        """Take nets (key -> Net), towns (name -> crossings (n, 2) in m) and the land."""
        self.nets, self.towns, self.land = nets, towns, land
        self.strands, self.exits = [], {}
        self._motorways()
        self._national()

    def _nodes(self, key):
        if key in self.towns:
            return self.towns[key]
        return np.concatenate([s.points[[0, -1]] for s in self.nets[key].strands if s.role == "artery"])

    def _centre(self, key):
        return self.nets[key].river.centre if key in self.nets else self.towns[key].mean(axis=0)

    def _border(self, start, toward):
        """Return the place where a ray from `start` last leaves the prefecture, a little inside."""
        ray = shapely.LineString([start, start + toward / np.hypot(*toward) * 250_000])
        inside = self.land.outline.intersection(ray)
        first = min(getattr(inside, "geoms", [inside]), key=lambda g: g.distance(shapely.Point(start)))
        end = np.array(first.coords[-1])
        return end - toward / np.hypot(*toward) * INSIDE_BORDER

    def _exit(self, key, degrees):
        """Return the motorway junction of a city and build its link to the streets, once."""
        if (key, degrees) not in self.exits:
            net = self.nets[key]
            away = unit(np.radians(degrees))
            nodes = self._nodes(key)
            reach = ((nodes - net.river.centre) @ away).max()
            spot = net.river.centre + away * (reach + PASSING)
            order = np.argsort(np.hypot(*(nodes - spot).T), kind="stable")
            dry = [i for i in order if not self.land.crosses_water(nodes[i : i + 1], spot[None])[0]]
            rng = generator("trunk", "link", key, degrees)
            line = winding(spot, nodes[dry[0]], rng, 0.08, 300)
            self.strands.append(Strand(line, "motorway_link", "schematic", role="link"))
            self.exits[key, degrees] = spot
        return self.exits[key, degrees]

    def _motorways(self):
        for ref, hops in MOTORWAYS.items():
            spots = []
            for hop in hops:
                if isinstance(hop, str):
                    spots.append(self._exit(hop, SIDE[hop]))
                elif hop[0] == CORE:
                    spots.append(self._exit(*hop))
                elif isinstance(hop[1], str):
                    county = hops[1] if hop is hops[0] else hops[-2]
                    key = county if isinstance(county, str) else county[0]
                    start = self._centre(key)
                    spots.append(self._border(start, self._centre(hop[1]) - start))
                else:
                    spots.append(self._border(self._centre(hop[2]), unit(np.radians(hop[1]))))
            for number, (a, b) in enumerate(pairwise(spots)):
                rng = generator("trunk", ref, number)
                line = self._clear(a, b, rng)
                self.strands.append(Strand(line, "motorway", "schematic", ref=ref, role="motorway"))

    def _clear(self, a, b, rng):
        """Return a motorway line; between two junctions of one city it bows outwards around the streets."""
        core = self._centre(CORE)
        if max(np.hypot(*(a - core)), np.hypot(*(b - core))) < 9000:
            start, end = (np.arctan2(*(p - core)[::-1]) for p in (a, b))
            turn = (end - start + np.pi) % (2 * np.pi) - np.pi
            share = np.linspace(0, 1, 15)
            radius = np.hypot(*(a - core)) * (1 - share) + np.hypot(*(b - core)) * share
            radius = radius + 350 * np.sin(np.pi * share) + rng.normal(0, 25, 15) * np.sin(np.pi * share)
            angle = start + turn * share
            line = core + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
            line[0], line[-1] = a, b
            return line
        for calm in (1, 0.8, 0.6, 0.4, 0.2, 0.1, 0.0):
            line = winding(a, b, rng, MOTORWAY_SWAY * calm, STEP)
            if self.land.outline.covers(shapely.LineString(line)):
                break
        return line

    def _national(self):
        for ref, (highway, hops) in NATIONAL.items():
            for number, (a, b) in enumerate(pairwise(hops)):
                rng = generator("trunk", ref, number)
                start, end = self._pair(a, b)
                line = self.land.wind(start, end, rng, TRUNK_SWAY, STEP)
                self.strands.append(Strand(line, highway, "schematic", ref=ref, role="trunk"))

    def _pair(self, a, b):
        if not isinstance(a, str):
            nodes = self._nodes(b)
            spot = self._border(self._centre(b), unit(np.radians(a[1])))
            return spot, nodes[np.argmin(np.hypot(*(nodes - spot).T))]
        return nearest_dry(self._nodes(a), self._nodes(b), self.land)
