"""Turns tables and places into the features of the polygon and point layers of the administration."""

import json

import shapely
from frame import point_feature
from tables import is_urban, short_name

OUTLINE_TOLERANCE = 0.0006  # degrees; the source lies on a grid of about 0.001
OUTLINE_DECIMALS = 5


def counties(tables, people):
    """Return the county features; shared borders stay shared."""
    shapes = shapely.coverage_simplify(tables.counties.geometry.values, OUTLINE_TOLERANCE)
    if not shapely.coverage_is_valid(shapes):
        raise ValueError("the simplified counties overlap or leave gaps")
    features = []
    for adcode, name, shape in zip(tables.counties["adcode"], tables.counties["name"], shapes, strict=True):
        count, status = people[adcode]
        geometry = json.loads(shapely.to_geojson(shape))
        geometry["coordinates"] = _rounded(geometry["coordinates"])
        properties = {
            "adcode": adcode,
            "name": name,
            "population": count,
            "population_status": status,
            "status": "real",
        }
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return features


def _rounded(values):
    if isinstance(values, list):
        return [_rounded(v) for v in values]
    return round(values, OUTLINE_DECIMALS)


def towns(tables, people, places):
    """Return the town features."""
    return [
        point_feature(
            places[t["code"]].xy,
            {
                "code": t["code"],
                "name": t["name"],
                "county_code": t["areaCode"],
                "population": people[t["code"]][0],
                "population_status": people[t["code"]][1],
                "position_status": places[t["code"]].status,
            },
        )
        for t in tables.towns
    ]


def communities(tables, people, places):
    """Return the community features."""
    town_name = {t["code"]: t["name"] for t in tables.towns}
    return [
        point_feature(
            places[c["code"]].xy,
            {
                "code": c["code"],
                "name": short_name(c["name"]),
                "town_code": c["streetCode"],
                "town_name": town_name[c["streetCode"]],
                "county_code": c["areaCode"],
                "kind": "urban" if is_urban(c["name"]) else "rural",
                "population": people[c["code"]][0],
                "population_status": people[c["code"]][1],
                "position_status": places[c["code"]].status,
            },
        )
        for c in tables.communities
    ]
