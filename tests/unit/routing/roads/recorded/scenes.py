"""The questions whose answers are recorded: both by `record.py` and by the tests, so that they stay the same."""

import numpy as np

from routing.roads.profile import VehicleProfile

PLACES = np.array(
    [
        [7.419000, 43.730000],  # 0 Fontvieille, 44 m off the road
        [7.425000, 43.738000],  # 1 Avenue de l'Hermitage
        [7.414000, 43.727000],  # 2 Avenue du Port
        [7.420300, 43.737900],  # 3 Rue Plati
        [7.429241, 43.736530],  # 4 on a jetty, for which Valhalla's matrix finds no way out by car
        [7.428300, 43.744800],  # 5 Larvotto
        [7.440000, 43.733000],  # 6 at sea
    ]
)
SEA = 6
TRUCK = VehicleProfile("7.6 m", height=3.5, weight=12.0, width=2.5, length=7.6, hgv=True)


def tables(engine, **how):
    """Each place to each other, and three of them to the last four."""
    return engine.table(PLACES, **how), engine.table(PLACES[:3], PLACES[3:], **how)


def legs(engine):
    """There, back, on the spot and out to sea."""
    a, b, sea = PLACES[0], PLACES[1], PLACES[SEA]
    return engine.legs([[a, b], [b, a], [b, b], [a, sea]])
