import numpy as np
import osmium
from toy import FILES

from benchmarks.dimacs import files_of, read
from benchmarks.osm_writing import BACKWARD, FORWARD, SLOWER, osrm_metres, write_osm


def test_distances_are_those_that_osrm_prints():
    """From osrm-extract 26.10, printed by a profile's process_segment."""
    places = np.array([(-73.530767, 41.085396), (-73.530538, 41.086098), (-73.519366, 41.048796), (-73.30, 41.2)])
    printed = [80.301119484, 4247.651691628, 24926.448133735]
    np.testing.assert_allclose(osrm_metres(places[:-1], places[1:]), printed, rtol=1e-10)


def test_speeds_give_the_times_both_ways(toy, tmp_path):
    arcs = read(files_of(toy() / FILES[0]))
    write_osm(arcs, tmp_path / "toy.osm.pbf")
    ms = dict(zip(zip(arcs.tail.tolist(), arcs.head.tolist(), strict=True), arcs.ms.tolist(), strict=True))
    ways = 0
    for way in osmium.FileProcessor(str(tmp_path / "toy.osm.pbf"), osmium.osm.WAY):
        ways += 1
        a, b = (node.ref - 1 for node in way.nodes)
        metres = osrm_metres(arcs.lonlat[[a]], arcs.lonlat[[b]])[0]
        for pair, tag in (((a, b), FORWARD), ((b, a), BACKWARD)):
            seconds = metres * 3.6 / float(way.tags[tag])
            assert abs(seconds * 1000 / SLOWER - ms[pair]) < 0.01
    assert ways * 2 == len(arcs.tail)


def test_one_way_and_parallel_arcs(toy, tmp_path):
    from dataclasses import replace

    arcs = read(files_of(toy() / FILES[0]))
    few = [0, 0, 2]
    slow = replace(
        arcs, tail=arcs.tail[few], head=arcs.head[few], seconds=np.array([30.0, 20.0, 5.0]), metres=arcs.metres[few]
    )
    write_osm(slow, tmp_path / "few.osm.pbf")
    ways = [dict(way.tags) for way in osmium.FileProcessor(str(tmp_path / "few.osm.pbf"), osmium.osm.WAY)]
    assert len(ways) == 2, "the slower of two parallel arcs is left out"
    assert not any(BACKWARD in tags for tags in ways)
