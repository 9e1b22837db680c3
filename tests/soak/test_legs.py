"""Very many driven legs over real extracts, each judged against the raw file; SOAK_LEGS says how many in all."""

import os

import pytest
from judges.legs import TRUCK, drive, town

LEGS = int(os.environ.get("SOAK_LEGS", "100000"))
PLACES = {
    "Andorra": "andorra-2025-01-19.osm.pbf",
    "Monaco": "monaco.osm.pbf",
    "Helsinki": "helsinki-centre.osm.pbf",
    "Liechtenstein": "liechtenstein-2015-07-27.osm.pbf",
    "New York": "valhalla-ny-access-restriction.osm.pbf",
    "New Hampshire": "valhalla-nh-access-restriction.osm.pbf",
}

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module", params=PLACES)
def place(request, tmp_path_factory):
    return town(PLACES[request.param], tmp_path_factory.mktemp("town"))


@pytest.mark.parametrize("profile", [None, TRUCK], ids=["anybody", "truck"])
def test_legs(place, profile, capsys):
    seen = drive(place, -(-LEGS // (2 * len(PLACES))), profile, seed=2)
    with capsys.disabled():
        print(f"\n{place.name}, {profile.name if profile else 'anybody'}: {seen}")
    assert list(seen.kept.values()) == []
    assert seen.legs > 0.99 * (seen.legs + seen.no_way)
