"""The seven seats as six cities: where their rivers run and how dense their streets are."""

import numpy as np
import shapely
from frame import generator, to_metres
from population import CORE_COUNTIES
from river import along_border, invented
from streets import Net, Style, namer

CORE = "core"
CORE_CENTRE = (107.482, 31.208)  # between the seats of the two urban districts
CORE_RADIUS = 4500.0
CORE_AXIS = np.radians(43.2)  # the river comes from the north-east and leaves to the south-west
CORE_STYLE = Style(
    radius=CORE_RADIUS,
    artery_gap=1000,
    block_centre=175,
    block_edge=330,
    bridges=6,
    primaries=2,
    oneway=0.14,
)
CORE_RIVER_HALF = 85.0
SMALL_RIVER_HALF = 45.0
SMALL_RADIUS = {"511722": 1800.0, "511723": 1350.0, "511724": 1700.0, "511725": 1750.0, "511781": 1200.0}


def build(tables):
    """Return key -> Net for the core and for each other seat (key: adcode)."""
    names = {"road": namer("示例路"), "street": namer("示例街")}
    centre = to_metres(*CORE_CENTRE)
    border = tables.metric[CORE_COUNTIES[0]].intersection(tables.metric[CORE_COUNTIES[1]])
    near = shapely.line_merge(border).intersection(shapely.Point(centre).buffer(CORE_RADIUS * 1.7))
    river = along_border(near, centre, CORE_AXIS, CORE_RADIUS, CORE_RIVER_HALF)
    nets = {CORE: Net(river, CORE_STYLE, generator("streets", CORE), names)}
    for adcode, radius in SMALL_RADIUS.items():
        rng = generator("streets", adcode)
        style = Style(
            radius=radius,
            artery_gap=620,
            block_centre=190,
            block_edge=270,
            bridges=3,
            primaries=1,
            oneway=0.05,
        )
        # The river passes beside the seat point, not through it.
        angle = rng.uniform(0, np.pi)
        seat = tables.seats[adcode]
        aside = np.array([-np.sin(angle), np.cos(angle)]) * radius * rng.choice([-1, 1]) * 0.25
        water = invented(seat + aside, angle, radius, SMALL_RIVER_HALF, rng)
        nets[adcode] = Net(water, style, rng, names)
    return nets
