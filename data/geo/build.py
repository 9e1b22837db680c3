"""Builds the demonstration layers of a prefecture from the tables in sources/; the same input gives the same bytes.

python data/geo/build.py [--out FOLDER] [--sources FOLDER]
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "making"))

import cities
import country
import layers
import manifest
import network
import numpy as np
import places
import population
import sites
import tables
import trunk
from frame import generator, write_collection
from scipy.spatial import cKDTree


def roads(source, nets, town_places, community_places):
    """Return all strands: city streets, town crosses, town roads, main roads and village lanes."""
    land = country.Land(source, nets)
    strands = [s for net in nets.values() for s in net.strands]
    name = {t["code"]: t["name"] for t in source.towns}
    nodes, hubs = {}, {}
    for code, place in town_places.items():
        if not place.in_net:
            own, nodes[code] = country.town_net(place.xy, generator("town", code))
            hubs[code] = nodes[code]
            strands += own
    for key, net in nets.items():
        hubs[key] = np.concatenate([s.points[[0, -1]] for s in net.strands if s.role == "artery"])
    main = trunk.Trunk(nets, {name[c]: n for c, n in nodes.items()}, land).strands
    strands += main + country.spurs(hubs, land)
    level = np.concatenate([s.points for s in strands if s.role not in ("motorway", "bridge")])
    tree = cKDTree(level)
    for code, place in town_places.items():
        own = {
            c["code"]: community_places[c["code"]].xy
            for c in source.communities
            if c["streetCode"] == code and not community_places[c["code"]].in_net
        }
        if own:
            near = tree.query_ball_point(place.xy, country.LANE_SEARCH)
            strands += country.lanes(code, own, level[sorted(near)], land)
    return strands


def build(sources, out):
    """Read the tables of `sources` and write all layers and the manifest to `out`."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    source = tables.read(sources)
    people = population.split(source)
    nets = cities.build(source)
    town_places = places.towns(source, nets)
    community_places = places.communities(source, nets, town_places)
    edges, _ = network.build(roads(source, nets, town_places, community_places))
    stations, centres, depots = sites.build(edges, source, nets)
    collections = {
        "counties.geojson": layers.counties(source, people[0]),
        "towns.geojson": layers.towns(source, people[1], town_places),
        "communities.geojson": layers.communities(source, people[2], community_places),
        "stations.geojson": stations,
        "centres.geojson": centres,
        "depots.geojson": depots,
    }
    for file, features in collections.items():
        write_collection(out / file, features)
    network.write(edges, out / "roads.gpkg")
    manifest.write(out, collections, edges, source.facts)


def main():
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="build the demonstration layers")
    parser.add_argument("--out", default=HERE, type=Path, help="folder for the layers")
    parser.add_argument("--sources", default=HERE / "sources", type=Path, help="folder of the source tables")
    options = parser.parse_args()
    build(options.sources, options.out)


if __name__ == "__main__":
    main()
