"""Ways that are kept as files: the unused ones go by age, the longest unused by size, what is worked with stays."""

import os
from datetime import timedelta

import numpy as np
import pytest
from town_streets import crossing

from recycling import jobs
from recycling.sites.kept_ways import MEGABYTE, Removed, tidy, ways_folder
from recycling.sites.people import people_of
from recycling.sites.ways import WaysDesk, question

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def rules(settings):
    """Return settings with other bounds."""

    def of(days=60, megabytes=500):
        siting = settings.siting.model_copy(update={"ways_days": days, "ways_megabytes": megabytes})
        return settings.model_copy(update={"siting": siting})

    return of


@pytest.fixture
def put(home, now):
    """Return a function that writes a file of so many bytes that was last used so long ago."""

    def write(name, ago, size=100):
        path = ways_folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
        os.utime(path, ((now - ago).timestamp(),) * 2)
        return path

    return write


def left():
    return sorted(str(path.relative_to(ways_folder())) for path in ways_folder().glob("*/*"))


def test_nothing_is_there_at_first(rules, home, now):
    assert tidy(rules(), now) == Removed(0, 0)


def test_what_nobody_has_used_for_long_goes_with_its_folder(rules, put, now):
    put("old-roads/a.npy", 61 * DAY, 10)
    put("old-roads/b.npy", 60 * DAY, 20)
    put("roads/a.npy", 59 * DAY)
    assert tidy(rules(), now) == Removed(2, 30)
    assert left() == ["roads/a.npy"]
    assert [folder.name for folder in ways_folder().iterdir()] == ["roads"]


def test_what_is_too_much_together_goes_the_longest_unused_first(rules, put, now):
    half = MEGABYTE // 2
    put("one/a.npy", 3 * DAY, half)
    put("two/b.npy", 5 * DAY, half)
    put("one/c.npy", 2 * DAY, half)
    put("two/d.npy", 70 * DAY, 5 * half)  # goes for its age, and makes no room for which others would have to go
    assert tidy(rules(megabytes=1), now) == Removed(2, 6 * half)
    assert left() == ["one/a.npy", "one/c.npy"]
    assert tidy(rules(megabytes=1), now) == Removed(0, 0)


def test_what_somebody_works_with_stays_however_much_it_is(rules, put, now):
    put("roads/a.npy", HOUR / 2, 3 * MEGABYTE)
    put("roads/.a.npy.17.tmp", HOUR / 2)
    assert tidy(rules(megabytes=1), now) == Removed(0, 0)
    assert tidy(rules(megabytes=1), now + HOUR).files == 2


def test_a_draft_that_a_crash_left_behind_goes(rules, put, now):
    put("roads/.a.npy.17.tmp", 2 * HOUR)
    put("roads/a.npy", 2 * HOUR)
    assert tidy(rules(), now).files == 1
    assert left() == ["roads/a.npy"]


def test_a_use_counts_and_what_was_removed_is_found_again(rules, sqlite_record, settings, fleet, day, home, now):
    with sqlite_record.read() as session:
        asked = question(session, settings, fleet, people_of(session), "box", day)
    place = crossing(4, 4)
    good = WaysDesk(apart=False).ways(asked, [place])[place]
    (file,) = asked.folder.iterdir()
    long_ago = (now - 100 * DAY).timestamp()
    os.utime(file, (long_ago, long_ago))
    WaysDesk(apart=False).ways(asked, [place])
    assert file.stat().st_mtime > long_ago, "a use is noted"
    os.utime(file, (long_ago, long_ago))
    jobs.tidy_ways(rules(), now)
    assert not asked.folder.exists()
    assert np.array_equal(WaysDesk(apart=False).ways(asked, [place])[place], good)
