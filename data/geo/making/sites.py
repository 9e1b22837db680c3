"""Invented stations, sorting centres and depots, each beside a road and inside its county."""

import numpy as np
import shapely
from cities import CORE
from frame import METRIC_CRS, generator, point_feature
from population import CORE_COUNTIES

BESIDE = (22, 42)  # m from the road
CLEAR = 14  # m that a site keeps from any other road
COMMON = "paper,plastic,metal,glass,textiles"
EVERYTHING = "paper,plastic,metal,glass,textiles,appliances,batteries,furniture"
STATION_MATERIALS = (COMMON, COMMON + ",batteries", "paper,plastic,metal", COMMON + ",appliances,batteries")
CORE_STATIONS, SEAT_STATIONS = 20, 4
STATION_TONNES = (1.5, 6.0)
SHARE_OPEN_LATE = 0.3
ENGLISH = {
    "511702": "Tongchuan",
    "511703": "Dachuan",
    "511722": "Xuanhan",
    "511723": "Kaijiang",
    "511724": "Dazhu",
    "511725": "Quxian",
    "511781": "Wanyuan",
}
MAIN_ROADS = ("primary", "secondary", "tertiary", "trunk")
STATION_ROADS = ("residential", "tertiary", "secondary")


class Finder:
    """Finds places beside the edges of the finished network."""

    def __init__(self, edges, tables, nets):
        lines = edges.to_crs(METRIC_CRS).geometry.to_numpy()
        self.tree = shapely.STRtree(lines)
        self.lines, self.highway = lines, edges["highway"].to_numpy()
        self.middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
        self.length = shapely.length(lines)
        self.closed = (edges["hgv"] == "no").to_numpy() | edges["access"].notna().to_numpy()
        self.closed |= edges["maxheight"].notna().to_numpy() | edges["maxweight"].notna().to_numpy()
        self.tables, self.water = tables, [(n.river.line(), n.river.half_width) for n in nets.values()]

    def near(self, centre, ring, adcode, highways):
        """Return edge rows whose middle lies in the ring (m, m) around a centre, in the county, open to trucks."""
        out = np.hypot(*(self.middle - centre).T)
        ok = (out >= ring[0]) & (out <= ring[1]) & np.isin(self.highway, highways) & ~self.closed
        ok &= (self.length > 60) & (self.length < 3000)
        county = self.tables.metric[adcode].buffer(-80)
        return np.flatnonzero(ok & shapely.contains_xy(county, *self.middle.T))

    def beside(self, row, rng):
        """Return a place (2,) beside an edge, or None where others are too close."""
        line = self.lines[row]
        at = line.length * rng.uniform(0.35, 0.65)
        a, b = (np.array(line.interpolate(at + k).coords[0]) for k in (-2, 2))
        way = (b - a) / np.hypot(*(b - a))
        spot = (a + b) / 2 + np.array([-way[1], way[0]]) * rng.choice([-1, 1]) * rng.uniform(*BESIDE)
        point = shapely.Point(spot)
        wet = any(water.distance(point) < half + 10 for water, half in self.water)
        return None if wet or self.tree.query(point, "dwithin", CLEAR).size else spot

    def one(self, rng, *where):
        """Return one place chosen by chance; `where` are the arguments of `near`."""
        for row in rng.permutation(self.near(*where)):
            spot = self.beside(row, rng)
            if spot is not None:
                return spot
        raise ValueError(f"no road fits a site: {where}")

    def spread(self, rng, count, *where):
        """Return places as far from each other as the streets allow (farthest-point order)."""
        rows = rng.permutation(self.near(*where))
        chosen = [self.middle[rows[0]]]
        distance = np.hypot(*(self.middle[rows] - chosen[0]).T)
        spots = [self.beside(rows[0], rng)]
        while len([s for s in spots if s is not None]) < count:
            # Any of the farthest few: a perfect pattern would look planned by a machine.
            pick = rng.choice(np.argsort(-distance)[: max(3, len(rows) // 40)])
            spots.append(self.beside(rows[pick], rng))
            chosen.append(self.middle[rows[pick]])
            distance = np.minimum(distance, np.hypot(*(self.middle[rows] - chosen[-1]).T))
            distance[pick] = 0
        return [s for s in spots if s is not None]


def _site(spot, code, names, **facts):
    """Return a site's feature with the columns in the order every site layer has."""
    columns = ("kind", "county_code", "materials", "opens", "closes", "tonnes_per_day", "ownership", "unload_minutes")
    properties = {"code": code, "name": names[0], "name_en": names[1], **{c: facts[c] for c in columns}}
    return point_feature(spot, {**properties, "status": "synthetic"})


def build(edges, tables, nets):
    """Return (stations, centres, depots), each a list of GeoJSON features."""
    finder = Finder(edges, tables, nets)
    county_name = {c["adcode"]: c["name"] for c in tables.facts["counties"]}
    core = nets[CORE].river.centre
    return (
        _stations(finder, nets, core, county_name),
        _centres(finder, nets, core, county_name),
        _depots(finder, nets, core, county_name),
    )


def _stations(finder, nets, core, county_name):
    rng, spots = generator("sites", "stations"), []
    for adcode, count in zip(CORE_COUNTIES, (CORE_STATIONS // 2 + 1, CORE_STATIONS // 2 - 1), strict=True):
        spots += [(adcode, s) for s in finder.spread(rng, count, core, (0, 3900), adcode, STATION_ROADS)]
    for adcode in (k for k in nets if k != CORE):
        net = nets[adcode]
        ring = (0, net.style.radius * 0.95)
        found = finder.spread(rng, SEAT_STATIONS, net.river.centre, ring, adcode, STATION_ROADS)
        spots += [(adcode, s) for s in found]
    features = []
    for number, (adcode, spot) in enumerate(spots, 1):
        names = (f"示例回收站 {number:02d}({county_name[adcode]})", f"Example station {number:02d} ({ENGLISH[adcode]})")
        features.append(
            _site(
                spot,
                f"STA-{number:03d}",
                names,
                kind="station",
                county_code=adcode,
                materials=str(rng.choice(STATION_MATERIALS)),
                opens="08:00",
                closes="20:00" if rng.random() < SHARE_OPEN_LATE else "18:00",
                tonnes_per_day=round(float(rng.uniform(*STATION_TONNES)), 1),
                ownership=str(rng.choice(["own", "rented", "partner"], p=[0.45, 0.35, 0.2])),
                unload_minutes=15,
            )
        )
    return features


def _centres(finder, nets, core, county_name):
    rng, features = generator("sites", "centres"), []
    north, south = CORE_COUNTIES
    sorting = ("综合分拣中心", "comprehensive sorting centre")
    dismantling = ("家电电子拆解中心", "appliance and electronics dismantling")
    works = ("家具玻璃处理中心", "furniture and glass works")
    rows = [
        ("comprehensive", north, sorting, EVERYTHING, 220.0, "own", 20, core, (3800, 5800)),
        ("specialised", south, dismantling, "appliances,batteries", 45.0, "partner", 25, core, (4000, 6200)),
        ("specialised", south, works, "furniture,glass", 60.0, "rented", 30, core, (5500, 9500)),
    ]
    for adcode in (k for k in nets if k != CORE):
        net = nets[adcode]
        tonnes = float(rng.integers(8, 16) * 5)
        ring = (net.style.radius * 0.85, net.style.radius * 1.9)
        own = str(rng.choice(["own", "rented"]))
        rows.append(("comprehensive", adcode, sorting, EVERYTHING, tonnes, own, 20, net.river.centre, ring))
    for number, (kind, adcode, words, materials, tonnes, own, unload, centre, ring) in enumerate(rows, 1):
        spot = finder.one(rng, centre, ring, adcode, MAIN_ROADS)
        short = county_name[adcode][:-1] if len(county_name[adcode]) > 2 else county_name[adcode]
        names = (f"示例{words[0]}({short})", f"Example {words[1]} ({ENGLISH[adcode]})")
        features.append(
            _site(
                spot,
                f"CEN-{number:02d}",
                names,
                kind=kind,
                county_code=adcode,
                materials=materials,
                opens="07:30",
                closes="19:00",
                tonnes_per_day=tonnes,
                ownership=own,
                unload_minutes=unload,
            )
        )
    return features


def _depots(finder, nets, core, county_name):
    rng, features = generator("sites", "depots"), []
    rows = [(CORE_COUNTIES[0], core, (2200, 3800))]
    for adcode in (k for k in nets if k != CORE):
        radius = nets[adcode].style.radius
        rows.append((adcode, nets[adcode].river.centre, (radius * 0.6, radius * 1.4)))
    for number, (adcode, centre, ring) in enumerate(rows, 1):
        spot = finder.one(rng, centre, ring, adcode, MAIN_ROADS)
        label = "中心城区" if number == 1 else county_name[adcode]
        english = "core" if number == 1 else ENGLISH[adcode]
        names = (f"示例车场({label})", f"Example depot ({english})")
        features.append(
            _site(
                spot,
                f"DEP-{number:02d}",
                names,
                kind="depot",
                county_code=adcode,
                materials="",
                opens="06:00",
                closes="20:00",
                tonnes_per_day=0.0,
                ownership="own",
                unload_minutes=15,
            )
        )
    return features
