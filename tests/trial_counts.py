"""On how many examples a law is tried: on half of them by `make test`, on all of them by `make soak`."""

import os

FULL = "FULL_COUNTS"
"""The variable of the environment that `make soak` sets."""


def full_counts():
    """Whether this run tries all."""
    return bool(os.environ.get(FULL))


def so_many(full):
    """Return how many of the full count are tried in this run."""
    return full if full_counts() else max(1, full // 2)
