import numpy as np

from benchmarks.answers import disagreements

TRUE = np.array([[0, 1000, 1001], [-1, 59_999, 7]], np.int32)


def test_same_milliseconds_agree():
    assert disagreements(TRUE, TRUE, seconds=False) == (0, "")


def test_whole_seconds_are_rounded_up():
    assert disagreements(np.array([[0, 1, 2], [-1, 60, 1]]), TRUE, seconds=True) == (0, "")


def test_every_difference_counts():
    count, how = disagreements(TRUE + np.array([[0, 1, 0], [1, 0, 0]]), TRUE, seconds=False)
    assert count == 2, "one millisecond, and a way where there is none"
    assert "of 6 pairs" in how
    assert disagreements(np.array([[0, 1, 1], [-1, 60, 1]]), TRUE, seconds=True)[0] == 1


def test_only_what_is_kept_is_compared():
    wrong = TRUE + np.array([[5, 5, 0], [0, 0, 0]])
    keep = np.array([True, True]), np.array([False, False, True])
    assert disagreements(wrong, TRUE, False, keep) == (0, "")
    assert disagreements(wrong, TRUE, False, (~keep[0], ~keep[1])) == (0, "")
    assert disagreements(wrong, TRUE, False, (keep[0], ~keep[1]))[0] == 2
