"""A real OSRM and a real Valhalla, where they are installed: built, started, asked through our engines, and ended.

Both come as wheels for Python 3.12 and later (osrm-bindings, pyvalhalla), so in an environment of their own. Their
programs are looked for on PATH and in the folders named by OSRM_BIN and VALHALLA_BIN.

The roads are those of Monaco, and of a made-up town that no road leads to: two quarters of 16 by 16 streets, with a
low bridge between them in the south and a free one in the north.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import osmium
import pytest
from osmium.osm.mutable import Node, Way
from pyproj import Geod

from routing.errors import InputError
from routing.roads.osrm import OsrmEngine
from routing.roads.profile import VehicleProfile
from routing.roads.remote import Server
from routing.roads.valhalla import ValhallaEngine

MONACO = Path(__file__).resolve().parents[2].parent / "shared" / "osm" / "monaco.osm.pbf"
GEOD = Geod(ellps="WGS84")
STEP = 0.001  # degrees between the streets of the made-up town
TOWN = (10.0, 45.0)
SIDE = 16
RIVER = SIDE  # the column without streets
ENGINES = ("osrm", "valhalla")


def program(name, variable, package):
    """Find a program, or skip with what to do."""
    found = shutil.which(name, path=os.environ.get(variable)) or shutil.which(name)
    if found is None:
        pytest.skip(
            f"{name} is not installed: pip install {package} in an environment with Python 3.12 or later, and name"
            f" the folder of its programs in {variable}"
        )
    return Path(found)


def run(folder, *command, **how):
    """Run a program to its end; what it says is shown when it fails."""
    done = subprocess.run(
        [*map(str, command)], check=False, cwd=folder, capture_output=True, text=True, timeout=120, **how
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Started:
    """A server in a process group of its own, which is killed at the end with all that it started."""

    def __init__(self, port, folder, *command, **how):
        self.port, self.log = port, folder / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*map(str, command)], cwd=folder, stdout=log, stderr=log, start_new_session=True, **how
            )

    def __enter__(self):
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return f"http://127.0.0.1:{self.port}"
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.__exit__()
                    pytest.fail(f"the server did not start: {self.log.read_text()[-2000:]}")
                time.sleep(0.05)

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


def made_up_town(path):
    """Write the two quarters and the bridges between them."""
    first = 10**12  # above all ids of OpenStreetMap

    def node(row, column):
        return first + row * 100 + column

    quarters = [[column for column in range(2 * SIDE + 1) if (column < RIVER) == west] for west in (True, False)]
    quarters = [[column for column in quarter if column != RIVER] for quarter in quarters]
    ways = [([node(row, column) for column in quarter], {}) for quarter in quarters for row in range(SIDE)]
    ways += [([node(row, column) for row in range(SIDE)], {}) for quarter in quarters for column in quarter]
    ways.append(([node(0, RIVER + k) for k in (-1, 0, 1)], {"maxheight": "3", "bridge": "yes"}))
    ways.append(([node(SIDE - 1, RIVER + k) for k in (-1, 0, 1)], {"bridge": "yes"}))
    with osmium.SimpleWriter(str(path)) as writer:
        for row in range(SIDE):
            for column in range(2 * SIDE + 1):
                place = (TOWN[0] + column * STEP, TOWN[1] + row * STEP)
                writer.add_node(Node(id=node(row, column), location=place))
        for number, (nodes, tags) in enumerate(ways):
            writer.add_way(Way(id=first + number, nodes=nodes, tags={"highway": "tertiary", **tags}))


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    if not MONACO.is_file():
        pytest.skip("monaco.osm.pbf is not here: put it into ../shared/osm beside the repository")
    folder = tmp_path_factory.mktemp("extract")
    made_up_town(folder / "town.osm.pbf")
    merged = osmium.MergeInputReader()
    merged.add_file(str(MONACO))
    merged.add_file(str(folder / "town.osm.pbf"))
    with osmium.SimpleWriter(str(folder / "roads.osm.pbf")) as writer:
        merged.apply(writer)
    return folder / "roads.osm.pbf"


@pytest.fixture(scope="module")
def osrm(extract, tmp_path_factory):
    programs = {
        name: program(f"osrm-{name}", "OSRM_BIN", "osrm-bindings")
        for name in ("routed", "extract", "partition", "customize")
    }
    folder = tmp_path_factory.mktemp("osrm")
    places = [
        programs["extract"].resolve().parents[1] / "share",
        Path("/usr/share/osrm"),
        Path("/usr/local/share/osrm"),
    ]
    profile = next(
        (place / "profiles" / "car.lua" for place in places if (place / "profiles" / "car.lua").is_file()), None
    )
    if profile is None:
        pytest.skip("car.lua is not beside osrm-extract: install OSRM with its profiles")
    shutil.copy(extract, folder)
    run(folder, programs["extract"], "-t", 1, "-p", profile, extract.name)
    for name in ("partition", "customize"):
        run(folder, programs[name], "-t", 1, "roads.osrm")
    port = free_port()
    with Started(
        port, folder, programs["routed"], "-a", "MLD", "-i", "127.0.0.1", "-p", port, "-t", 1, "roads.osrm"
    ) as url:
        yield url


@pytest.fixture(scope="module")
def valhalla(extract):
    service, build, configure = (
        program(name, "VALHALLA_BIN", "pyvalhalla")
        for name in ("valhalla_service", "valhalla_build_tiles", "valhalla_build_config")
    )
    environment = {**os.environ, "PATH": f"{service.parent}{os.pathsep}{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory(prefix="vh") as short:  # sockets have short names
        folder, port = Path(short), free_port()
        config = json.loads(run(folder, configure, "--mjolnir-tile-dir", folder / "tiles", env=environment))
        for part in ("loki", "thor", "odin", "meili"):
            config[part]["service"]["proxy"] = f"ipc://{folder}/{part}"
        config["httpd"]["service"] |= {
            "listen": f"tcp://127.0.0.1:{port}",
            "loopback": f"ipc://{folder}/loopback",
            "interrupt": f"ipc://{folder}/interrupt",
        }
        for name in ("tile_extract", "traffic_extract", "admin", "timezone"):
            config["mjolnir"].pop(name, None)
        config["mjolnir"]["concurrency"] = 1
        (folder / "valhalla.json").write_text(json.dumps(config))
        run(folder, build, "-c", "valhalla.json", extract, env=environment)
        with Started(port, folder, service, "valhalla.json", 1, env=environment) as url:
            yield url


@pytest.fixture(params=ENGINES)
def make(request):
    """Make an engine of each kind that is installed."""
    url = request.getfixturevalue(request.param)
    kind = {"osrm": OsrmEngine, "valhalla": ValhallaEngine}[request.param]
    return lambda **how: kind(url, **how)


def monaco(n, seed=4):
    """Places in the streets of Monaco, or a little beside them."""
    return np.random.default_rng(seed).uniform((7.415, 43.730), (7.427, 43.741), (n, 2))


def in_town(row, column):
    return [TOWN[0] + column * STEP, TOWN[1] + row * STEP]


def test_table_and_ways_agree(make):
    engine, places = make(), monaco(30)
    found = engine.table(places)
    pairs = [(i, (7 * i + 1) % 30) for i in range(30)]
    for (i, j), leg in zip(pairs, engine.legs([[places[i], places[j]] for i, j in pairs]), strict=True):
        assert abs(found.durations[i, j] - leg.duration) <= 1
        assert abs(found.distances[i, j] - leg.distance) <= 1
        if leg.duration >= 0:
            along = GEOD.inv(*leg.lonlat[:-1].T, *leg.lonlat[1:].T)[2].sum()
            ends = GEOD.inv(*leg.lonlat[[0, -1]].T, *places[[i, j]].T)[2]
            assert along + ends.sum() == pytest.approx(leg.distance, rel=0.01, abs=2)


def test_no_way_is_shorter_than_the_air(make):
    places = monaco(40)
    found = make().table(places)
    i, j = np.nonzero(found.distances > 0)
    assert len(i) > 1000
    assert (found.distances[i, j] + 1 >= GEOD.inv(*places[i].T, *places[j].T)[2] * 0.995).all()
    assert (found.distances[i, j] / found.durations[i, j] < 130 / 3.6).all()


def test_blocks_make_the_same_table(make):
    places = monaco(23)
    one, other = make().table(places), make(block=7).table(places)
    assert (one.durations == other.durations).mean() > 0.99
    assert (one.distances == other.distances).mean() > 0.99
    rectangle = make(block=7).table(places[:9], places[9:])
    assert (rectangle.durations == one.durations[:9, 9:]).mean() > 0.99


def test_far_from_every_road(make):
    places = np.concatenate([monaco(5), [[7.45, 43.72], [7.0, 43.0]]])
    found = make().table(places)
    assert [(row, word) for row, word, _ in found.source_problems] == [(5, "no-road-within"), (6, "no-road-within")]
    assert found.source_problems[0][2] > 1000
    for cells in (found.durations, found.distances):
        off = cells[~np.eye(7, dtype=bool)].reshape(7, 6)
        assert (off[5:] == -1).all()
        assert (cells[:5, 5:] == -1).all()
        assert (cells[:5, :5] >= 0).all()
    assert make().legs([[places[0], places[5]]])[0].duration == -1


def test_a_town_that_no_road_leads_to(make):
    places = np.concatenate([monaco(3), [in_town(3.5, 2), in_town(9, 20.4)]])
    found = make().table(places)
    assert list(found.source_problems) == []
    there = np.arange(5) >= 3
    assert ((found.durations >= 0) == (there[:, None] == there)).all()
    assert [leg.duration >= 0 for leg in make().legs(places[[[0, 1], [0, 3], [3, 4]]])] == [True, False, True]


def test_more_than_the_server_answers_at_once(make):
    places = monaco(101)
    with pytest.raises(InputError, match="Ask in smaller blocks") as caught:
        make(block=101).table(places)
    assert caught.value.code == "question-too-big"
    assert make().table(places).durations.shape == (101, 101)


def test_a_distance_below_0_does_not_come_through(osrm):
    """Among these places osrm-routed 26.10 says -0.1 m and 0 s for two doors of one street; its route is 27.6 m."""
    places = monaco(101)[:100]
    listed = ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in places)
    raw = Server("OSRM", osrm).ask(f"/table/v1/driving/{listed}?annotations=distance")["distances"]
    below = np.argwhere(np.array(raw, float) < 0)
    if not len(below):
        pytest.skip("this version of OSRM gives no distance below 0 here")
    found = OsrmEngine(osrm).table(places)
    for i, j in below:
        leg = OsrmEngine(osrm).legs([places[[i, j]]])[0]
        assert abs(found.durations[i, j] - leg.duration) <= 1
        assert abs(found.distances[i, j] - leg.distance) <= 1


def test_both_engines_tell_much_the_same(osrm, valhalla):
    """Other speeds and other turns, but the same roads."""
    places = monaco(40)
    ours, theirs = (engine.table(places) for engine in (OsrmEngine(osrm), ValhallaEngine(valhalla)))
    both = (ours.distances > 0) & (theirs.distances > 0)
    assert both.sum() > 0.9 * 40 * 39
    ratio = theirs.distances[both] / ours.distances[both]
    assert np.median(ratio) == pytest.approx(1, abs=0.05)
    assert 0.5 < np.median(theirs.durations[both] / ours.durations[both]) < 1.2


@pytest.mark.parametrize("hgv", [False, True])
def test_a_high_vehicle_goes_around_a_low_bridge(valhalla, hgv):
    engine = ValhallaEngine(valhalla)
    ends = [in_town(0, RIVER - 1.5), in_town(0, RIVER + 1.5)]
    low, high = (VehicleProfile("truck", height=height, weight=3, hgv=hgv) for height in (2.9, 3.1))
    over = GEOD.inv(*ends[0], *ends[1])[2]
    around = over + 2 * (SIDE - 1) * 1000 * STEP * 111.1
    for profile, length in ((None, over), (low, over), (high, around)):
        assert engine.table(ends, profile=profile).distances[0, 1] == pytest.approx(length, rel=0.01)
        leg = engine.legs([ends], profile=profile)[0]
        assert leg.distance == pytest.approx(length, rel=0.01)
        assert (leg.lonlat[:, 1].max() > TOWN[1] + 0.01) == (length == around)
