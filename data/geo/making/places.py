"""Positions of towns and communities: real where a table gives one, else seeded and inside the right county."""

from dataclasses import dataclass

import numpy as np
import shapely
from cities import CORE
from frame import generator, unit
from population import CORE_COUNTIES
from scipy.spatial import cKDTree
from tables import is_urban

# Where the street offices of the core stand, in m east and north of the core's centre (invented).
CORE_OFFICES = {
    "511702002": (-350, 1500),
    "511702003": (-1500, 700),
    "511702004": (-2700, 300),
    "511702005": (-1500, 2300),
    "511703002": (1100, -700),
    "511703005": (3400, -500),
    "511703006": (300, -2300),
}
OUTER_OFFICES = {"511703008": (2600, -7300), "511703009": (-2300, -7600)}
# Which side of its county a town of a national road lies on: a hand-written hint in degrees from east.
SIDE_OF_COUNTY = {
    "官渡镇": 75,
    "竹峪镇": 180,
    "静边镇": 190,
    "定远镇": 262,
    "石桥铺镇": -20,
    "欧家镇": 281,
    "石桥镇": 185,
    "任市镇": 250,
    "讲治镇": 20,
}
SIDEWAYS_COST = 1.5  # m of distance that a metre off the hinted direction outweighs
OFFICE_RING = (2200, 3200)  # m from the seat to the other street offices of a county
TOWN_FROM_BORDER = 1300  # m
TOWN_FROM_SEAT = 4200  # m
TOWN_FROM_CORE = 7000  # m
PACKING_ROUNDS = 7
VILLAGE_FROM_BORDER = 150  # m
VILLAGE_REACH = (800, 5000)  # m from the town
TOWN_COMMUNITY_REACH = (160, 850)  # m
VILLAGE_GAP = 430  # m between villages
URBAN_GAP = 215  # m between urban communities
CORE_REACH = 3950  # m, urban communities of the core stay inside
CANDIDATES = 3000


@dataclass
class Place:
    """A town or community: metres (2,) and whether a table gave the position."""

    xy: np.ndarray
    status: str = "synthetic"
    in_net: str | None = None  # the city net whose streets reach it


def _blue_noise(polygon, count, avoid, rng):
    """Return (count, 2) evenly but irregularly spread points inside a polygon, none near the avoided circles."""
    inner = polygon.buffer(-TOWN_FROM_BORDER)
    low_x, low_y, high_x, high_y = inner.bounds
    cloud = rng.uniform((low_x, low_y), (high_x, high_y), (26000, 2))
    cloud = cloud[shapely.contains_xy(inner, cloud[:, 0], cloud[:, 1])]
    for centre, radius in avoid:
        cloud = cloud[np.hypot(*(cloud - centre).T) > radius]
    seat = avoid[0][0]
    weight = 1 / (0.6 + np.hypot(*(cloud - seat).T) / 30000)  # more towns in the valleys near the seat
    points = cloud[rng.choice(len(cloud), count, replace=False, p=weight / weight.sum())]
    for _ in range(PACKING_ROUNDS):
        owner = cKDTree(points).query(cloud)[1]
        for i in range(count):
            own = owner == i
            if own.any():
                points[i] = np.average(cloud[own], axis=0, weights=weight[own])
    spread = np.sqrt(inner.area / count)
    for i in range(count):
        for _ in range(20):
            moved = points[i] + rng.normal(0, spread * 0.13, 2)
            clear = all(np.hypot(*(moved - c)) > r for c, r in avoid)
            if clear and shapely.contains_xy(inner, *moved):
                points[i] = moved
                break
        else:
            points[i] = cloud[np.argmin(np.hypot(*(cloud - points[i]).T))]
    return points


def towns(tables, nets):
    """Return town code -> Place for all towns."""
    result = {}
    core = nets[CORE].river.centre
    for adcode, polygon in tables.metric.items():
        rng = generator("places", "towns", adcode)
        seat = tables.seats[adcode]
        own = [t for t in tables.towns if t["areaCode"] == adcode]
        net = CORE if adcode in CORE_COUNTIES else adcode
        result[tables.seat_towns[adcode]] = Place(seat, "real", net)
        free, taken = [], [(seat, TOWN_FROM_SEAT)]
        if adcode in CORE_COUNTIES:
            taken.append((core, TOWN_FROM_CORE))
        turn = rng.uniform(0, 2 * np.pi)
        for town in own:
            code = town["code"]
            if code in result:
                continue
            if code in CORE_OFFICES:
                result[code] = Place(core + CORE_OFFICES[code], in_net=CORE)
            elif code in OUTER_OFFICES:
                result[code] = Place(core + OUTER_OFFICES[code])
            elif town["name"].endswith("街道"):
                turn += 2 * np.pi / 2.6
                result[code] = Place(seat + unit(turn) * rng.uniform(*OFFICE_RING))
            else:
                free.append(town)
                continue
            if not shapely.contains_xy(polygon, *result[code].xy):
                raise ValueError(f"{town['name']} ({code}) would stand outside its county")
            taken.append((result[code].xy, 2500))
        spots = _blue_noise(polygon, len(free), taken, rng)
        left = list(rng.permutation(len(free)))
        free.sort(key=lambda t: (t["name"] not in SIDE_OF_COUNTY, t["code"]))
        for town in free:
            pick = left[0]
            if town["name"] in SIDE_OF_COUNTY:
                side = unit(np.radians(SIDE_OF_COUNTY[town["name"]]))
                turned = np.array([-side[1], side[0]])
                gap = spots - seat
                score = gap @ side - SIDEWAYS_COST * np.abs(gap @ turned)
                pick = max(left, key=lambda i: float(score[i]))
            left.remove(pick)
            result[town["code"]] = Place(spots[pick])
    return result


def _beside_streets(net, rng):
    """Return (n, 2) points 25 to 60 m beside the streets of a net, one about every 60 m."""
    spots = []
    for strand in net.strands:
        if strand.role == "bridge":
            continue
        line = shapely.LineString(strand.points)
        for at in np.arange(25, line.length - 20, 60.0):
            here, there = (line.interpolate(at + k) for k in (0, 2))
            way = np.array([there.x - here.x, there.y - here.y])
            way /= np.hypot(*way) or 1
            aside = np.array([-way[1], way[0]]) * rng.choice([-1, 1]) * rng.uniform(25, 60)
            spots.append(np.array([here.x, here.y]) + aside)
    return np.array(spots)


def _in_city(net, quotas, reach, rng):
    """Place urban communities beside streets.

    `quotas` maps a town code to (polygon, centre (2,), number); the result maps it to metres (number, 2).
    """
    spots = _beside_streets(net, rng)
    out = np.hypot(*(spots - net.river.centre).T)
    dry = ~shapely.dwithin(shapely.points(spots), net.river.line(), net.river.half_width + 15)
    usable = (out < reach) & dry
    inside = {c: shapely.contains_xy(poly, spots[:, 0], spots[:, 1]) for c, (poly, _, _) in quotas.items()}
    result = {code: [] for code in quotas}
    while True:
        open_codes = [c for c, (_, _, n) in quotas.items() if len(result[c]) < n]
        if not open_codes:
            return result
        code = max(open_codes, key=lambda c: (1 - len(result[c]) / quotas[c][2], c))
        centre = quotas[code][1]
        weight = np.exp(-((np.hypot(*(spots - centre).T) / 1150.0) ** 2)) + 1e-9
        weight = weight * usable * inside[code]
        if not weight.sum():
            raise ValueError(f"no street is left for a community of {code}")
        pick = rng.choice(len(spots), p=weight / weight.sum())
        result[code].append(spots[pick])
        usable &= np.hypot(*(spots - spots[pick]).T) >= URBAN_GAP


def _around(centre, count, *, reach, gap, allowed, taken, rng):
    """Place points around a town: inner ones likelier, `gap` m apart, where `allowed(points)` says yes."""
    found = []
    if not count:
        return found
    near, far = reach
    for attempt in range(60):
        radius = near + (far - near) * rng.beta(1.25, 1.9, CANDIDATES // 6)
        angle = rng.uniform(0, 2 * np.pi, len(radius))
        cloud = centre + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        own_gap = gap * 0.94**attempt
        for spot in cloud[allowed(cloud, attempt)]:
            others = np.array([*taken, *found]) if taken or found else None
            if others is None or np.hypot(*(others - spot).T).min() >= own_gap:
                found.append(spot)
                if len(found) == count:
                    return found
    raise ValueError(f"only {len(found)} of {count} communities fit around {centre}")


def communities(tables, nets, town_places):
    """Return community code -> Place for all communities."""
    result = {}
    rows = {}
    for row in tables.communities:
        rows.setdefault(row["streetCode"], ([], []))[0 if is_urban(row["name"]) else 1].append(row["code"])
    for key, net in nets.items():
        quotas = {}
        for code, (urban, _) in rows.items():
            if town_places[code].in_net == key and urban:
                quotas[code] = (tables.metric[code[:6]].buffer(-30), town_places[code].xy, len(urban))
        reach = CORE_REACH if key == CORE else net.style.radius * 0.95
        placed = _in_city(net, quotas, reach, generator("places", "urban", key))
        for code, spots in placed.items():
            for community, xy in zip(rows[code][0], spots, strict=True):
                result[community] = Place(xy, in_net=key)
    codes = list(town_places)
    tree = cKDTree([town_places[c].xy for c in codes])
    water = shapely.union_all([n.river.line() for n in nets.values()]).buffer(250)
    for code, (urban, rural) in rows.items():
        rng = generator("places", "around", code)
        place, county = town_places[code], tables.metric[code[:6]].buffer(-VILLAGE_FROM_BORDER)
        cities = [(n.river.centre, n.style.radius * 1.12) for n in nets.values()]

        def allowed(cloud, attempt, county=county, code=code, cities=cities):
            ok = shapely.contains_xy(county, cloud[:, 0], cloud[:, 1])
            ok &= ~shapely.contains_xy(water, cloud[:, 0], cloud[:, 1])
            for centre, radius in cities:
                ok &= np.hypot(*(cloud - centre).T) > radius * 0.98**attempt
            if attempt < 25 and not town_places[code].in_net:
                owner = tree.query(cloud)[1]
                ok &= np.array([codes[i] == code for i in owner])
            return ok

        taken = [place.xy]
        if not place.in_net:
            spots = _around(
                place.xy, len(urban), reach=TOWN_COMMUNITY_REACH, gap=URBAN_GAP, allowed=allowed, taken=taken, rng=rng
            )
            result.update({c: Place(xy) for c, xy in zip(urban, spots, strict=True)})
            taken = taken + spots
        spots = _around(
            place.xy, len(rural), reach=VILLAGE_REACH, gap=VILLAGE_GAP, allowed=allowed, taken=taken, rng=rng
        )
        result.update({c: Place(xy) for c, xy in zip(rural, spots, strict=True)})
    return result
