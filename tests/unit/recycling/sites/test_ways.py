"""Ways by road, found once: kept as files under a key that changes with whatever changes them; in a process apart."""

import os

import numpy as np
import pytest
from town_streets import crossing

from recycling.errors import UnavailableError
from recycling.road_changes import ClosureRule, close
from recycling.sites.people import people_of
from recycling.sites.ways import WaysDesk, question

HERE, THERE = crossing(4, 4), crossing(1, 7)


@pytest.fixture
def asked(sqlite_record, settings, fleet, day, home):
    """Return a function that makes the question anew."""

    def make(vehicle="box"):
        with sqlite_record.read() as session:
            return question(session, settings, fleet, people_of(session), vehicle, day)

    return make


def test_ways_are_found_once_and_kept(asked, desk, monkeypatch):
    one = asked()
    found = desk.ways(one, [HERE, THERE])
    assert {place: ways.shape for place, ways in found.items()} == {HERE: (2, 4), THERE: (2, 4)}
    assert len(list(one.folder.iterdir())) == 2
    monkeypatch.setattr("recycling.sites.ways.find", lambda *_: pytest.fail("they are known"))
    again = WaysDesk(apart=False).ways(asked(), [THERE, HERE])
    assert np.array_equal(again[HERE], found[HERE])


def test_the_key_changes_with_roads_and_vehicle_and_with_nothing_else(asked):
    first = asked().roads.key
    assert asked().roads.key == first
    assert asked("van").roads.key != first
    close("grid", ClosureRule(name="works", near=(HERE,)))
    assert asked().roads.key != first


def test_a_closed_road_makes_ways_longer(asked, desk):
    before = desk.ways(asked(), [HERE])[HERE]
    for number in range(3):
        lon, lat = (
            crossing(4 - 0.5, 4) if number == 0 else crossing(4, 4 - 0.5) if number == 1 else crossing(4, 4 + 0.5)
        )
        close("grid", ClosureRule(name=f"works {number}", near=((lon, lat),)))
    after = desk.ways(asked(), [HERE])[HERE]
    assert (after[0] >= before[0]).all()
    assert after[0].sum() > before[0].sum()


def test_a_place_without_a_road_has_no_way(asked, desk):
    far = crossing(-3, -3)
    assert (desk.ways(asked(), [far])[far] == -1).all()


def test_a_damaged_file_is_found_anew(asked, desk):
    one = asked()
    good = desk.ways(one, [HERE])[HERE]
    (file,) = one.folder.iterdir()
    file.write_bytes(b"half a fi")
    assert np.array_equal(WaysDesk(apart=False).ways(one, [HERE])[HERE], good)


def test_in_a_process_of_its_own(asked):
    desk, one = WaysDesk(), asked()
    try:
        desk.warm(one)
        assert desk.ways(one, [HERE], wait=0) in ({}, {HERE: desk.ways(one, [HERE], wait=300)[HERE]})
        found = desk.ways(one, [HERE, THERE], wait=300)
        assert set(found) == {HERE, THERE}
        assert found[HERE][0].min() >= 0
        (worker,) = desk._pool._pool_manager.worker_manager.workers
        os.kill(worker, 9)
        other = crossing(2, 2)
        for _ in range(3):  # the killed process may take one question with it
            try:
                assert set(desk.ways(one, [other], wait=300)) == {other}
                break
            except UnavailableError:
                continue
        else:
            pytest.fail("it did not come back")
    finally:
        desk.close()
    assert desk._pool is None
