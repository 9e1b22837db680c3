"""Reads the source tables of one prefecture."""

import csv
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
from frame import METRIC_CRS, to_metres

# These tables give no seat point for Wanyuan: the converted centre of the county stands in.
SEAT_KEYS = ("geonames_seat_wgs84", "datav_center_wgs84")


@dataclass
class Tables:
    """Everything that was read: polygons in degrees and in metres, rows of names, facts."""

    counties: gpd.GeoDataFrame
    metric: dict  # adcode -> polygon in metres
    facts: dict
    road_facts: dict
    towns: list
    communities: list
    seats: dict = field(default_factory=dict)  # adcode -> metres (2,)
    seat_towns: dict = field(default_factory=dict)  # adcode -> code of the seat's town


def short_name(name):
    """Return the name people say: the words for 'committee' go, 'village' and 'community' stay."""
    name = re.sub(r"(居民委员会|居委会)$", "", name)
    name = re.sub(r"社区村民委员会$", "社区", name)
    return re.sub(r"村民委员会$", "村", name)


def is_urban(name):
    """Tell a residents' committee (urban) from a villagers' committee (rural)."""
    return name.endswith(("居民委员会", "居委会"))


def read(folder):
    """Read all source tables from a folder; raises FileNotFoundError or KeyError on a missing one."""
    folder = Path(folder)
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    road_facts = json.loads((folder / "roads_streets_facts.json").read_text(encoding="utf-8"))
    counties = gpd.read_file(folder / "counties_mit_wgs84.geojson")
    metric = dict(zip(counties["adcode"], counties.to_crs(METRIC_CRS).geometry, strict=True))
    with open(folder / "towns_nbs2023.csv", encoding="utf-8") as rows:
        towns = list(csv.DictReader(rows))
    with open(folder / "villages_communities_nbs2023.csv", encoding="utf-8") as rows:
        communities = list(csv.DictReader(rows))
    tables = Tables(counties, metric, facts, road_facts, towns, communities)
    codes = {(t["areaCode"], t["name"]): t["code"] for t in towns}
    for county in facts["counties"]:
        place = next(county[key] for key in SEAT_KEYS if county[key])
        tables.seats[county["adcode"]] = to_metres(*np.array(place))
        tables.seat_towns[county["adcode"]] = codes[county["adcode"], county["seat"]]
    return tables
