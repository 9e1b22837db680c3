"""Eight processes hammer the same windows: nothing is sold twice; with the guard taken away it would be."""

from hammering import hammered
from trial_counts import so_many

KNOWN = {"booked", "kept", "window-full"}


def test_no_window_is_oversold(record, office, wish, now):
    seen, wrong, oversold = hammered(record, office, wish, now, so_many(600))
    assert set(seen) <= KNOWN, seen
    assert (wrong, oversold) == ([], [])
    assert seen["booked"] > 0
    assert seen["kept"] > 0
    assert seen["window-full"] > 100, "the windows were fought for"


def test_without_the_guard_windows_are_oversold(record, office, wish, now):
    """The control: the same crowd, without the condition and without the constraint."""
    seen, wrong, oversold = hammered(record, office, wish, now, 240, guarded=False)
    assert set(seen) <= KNOWN - {"window-full"}, seen
    assert oversold
    assert wrong
