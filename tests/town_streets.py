"""Crossings of the small town's streets, for tests that put places on them."""

WEST, SOUTH, STEP = 107.470, 31.200, 0.003


def crossing(column, row):
    """Longitude and latitude."""
    return round(WEST + column * STEP, 6), round(SOUTH + row * STEP, 6)
