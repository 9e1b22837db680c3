"""Splits people: county (published) over towns, town over communities, always to the last person."""

import numpy as np
from frame import generator
from tables import is_urban

# How many people a community weighs before chance: relative to a village.
WEIGHT_CORE_OFFICE = 9.0
WEIGHT_OFFICE = 6.0
WEIGHT_TOWN_COMMUNITY = 2.2
WEIGHT_VILLAGE = 1.0
SPREAD_TOWN = 0.30  # sigma of the lognormal factor of a town
SPREAD_URBAN = 0.35
SPREAD_RURAL = 0.45
CENSUS_TOWNS_COUNTY = "511722"  # the only county whose bulletin with town figures was found
CORE_COUNTIES = ("511702", "511703")


def apportion(total, weights):
    """Split an integer by weights with the largest-remainder rule; the parts sum to the total exactly."""
    share = np.asarray(weights, dtype=float) / np.sum(weights) * total
    parts = np.floor(share).astype(int)
    order = np.argsort(-(share - parts), kind="stable")
    parts[order[: total - parts.sum()]] += 1
    return parts.tolist()


def counties(facts):
    """Return adcode -> (people, status); the two districts come from a rounded figure and its remainder."""
    known, result = 0, {}
    for row in facts["counties"]:
        code = row["adcode"]
        if code == CORE_COUNTIES[0]:
            people, status = row["pop2020_approx"], "census_rounded"
        elif code == CORE_COUNTIES[1]:
            people = facts["city"]["pop2020_two_districts"] - result[CORE_COUNTIES[0]][0]
            status = "census_rounded"
        else:
            people, status = row["pop2020_published"] or row["pop2020_approx"], "census"
        result[code] = (people, status)
        known += people
    if known != facts["city"]["pop2020"]:
        raise ValueError(f"counties sum to {known}, the city has {facts['city']['pop2020']}")
    return result


def _weights(tables):
    """Return community code -> weight, before any total is known."""
    rng = generator("population", "communities")
    office = {t["code"]: t["name"].endswith("街道") for t in tables.towns}
    weights = {}
    for row in tables.communities:
        urban = is_urban(row["name"])
        base = WEIGHT_VILLAGE
        if urban and office[row["streetCode"]]:
            base = WEIGHT_CORE_OFFICE if row["areaCode"] in CORE_COUNTIES else WEIGHT_OFFICE
        elif urban:
            base = WEIGHT_TOWN_COMMUNITY
        weights[row["code"]] = base * rng.lognormal(0, SPREAD_URBAN if urban else SPREAD_RURAL)
    return weights


def split(tables):
    """Return three dicts of code -> (people, status): counties, towns, communities."""
    by_county = counties(tables.facts)
    weights = _weights(tables)
    rng = generator("population", "towns")
    census = {CENSUS_TOWNS_COUNTY: tables.facts["xuanhan_towns_2020"]}
    by_town, by_community = {}, {}
    for county, (people, _) in by_county.items():
        published = census.get(county, {})
        rest, factors = [], []
        for town in (t for t in tables.towns if t["areaCode"] == county):
            factor = rng.lognormal(0, SPREAD_TOWN)
            if town["name"] in published:
                by_town[town["code"]] = (published[town["name"]], "census")
                continue
            own = sum(weights[c["code"]] for c in tables.communities if c["streetCode"] == town["code"])
            rest.append(town["code"])
            factors.append(own * factor)
        left = people - sum(published.values())
        for code, part in zip(rest, apportion(left, factors), strict=True):
            by_town[code] = (part, "estimated")
    for code, (people, _) in by_town.items():
        own = [c["code"] for c in tables.communities if c["streetCode"] == code]
        for community, part in zip(own, apportion(people, [weights[c] for c in own]), strict=True):
            by_community[community] = (part, "estimated")
    return by_county, by_town, by_community
