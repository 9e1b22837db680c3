"""Small instances in the text of each dialect, with 3-4-5 triangles so that all distances are whole."""

HEAD = "NAME: tiny\nCOMMENT: made for a test\nTYPE: {type}\nDIMENSION: {size}\nEDGE_WEIGHT_TYPE: EUC_2D\n"
PLACES = "NODE_COORD_SECTION\n1\t0\t0\n2\t3\t0\n3\t3\t4\n4\t0\t4\n"
DEPOT = "DEPOT_SECTION\n1\n-1\nEOF\n"


def rows(name, *values):
    return f"{name}_SECTION\n" + "".join(f"{i}\t{value}\n" for i, value in enumerate(values, 1))


def dialect(kind, *parts, size=4, places=PLACES, depot=DEPOT):
    keys = [part for part in parts if ":" in part]
    sections = [part for part in parts if ":" not in part]
    return "".join([HEAD.format(type=kind, size=size), *(f"{key}\n" for key in keys), places, *sections, depot])


DEMANDS = rows("DEMAND", 0, 10, 20, 30)
WINDOWS = rows("TIME_WINDOW", "0 100", "0 50", "10 60", "0 90")

CVRP = dialect("CVRP", "CAPACITY : 40", DEMANDS)
VRPB = dialect("VRPB", "CAPACITY: 40", rows("DEMAND", 0, 10, 20, 0), rows("BACKHAUL", 0, 0, 0, 30))
VRPTW = dialect("VRPTW", "VEHICLES: 2", "CAPACITY: 40", "SERVICE_TIME: 2", DEMANDS, WINDOWS)
PCVRPTW = dialect(
    "PCVRPTW", "VEHICLES: 2", "CAPACITY: 40", "SERVICE_TIME: 2", DEMANDS, WINDOWS, rows("PRIZE", 0, 5, 0, 7)
)
HFVRP = dialect(
    "HFVRP",
    "VEHICLES: 5",
    DEMANDS,
    rows("CAPACITY", 30, 30, 60, 30, 30),
    rows("VEHICLES_FIXED_COST", 4, 4, 9, 4, 4),
    rows("VEHICLES_UNIT_DISTANCE_COST", 2, 2, 3, 2, 2),
)
MDVRPTW = dialect(
    "MDVRPTW",
    "VEHICLES: 3",
    "CAPACITY: 40",
    "VEHICLES_MAX_DURATION: 20",
    rows("DEMAND", 0, 0, 20, 30),
    rows("SERVICE_TIME", 0, 0, 2, 3),
    rows("TIME_WINDOW", "0 100", "5 80", "10 60", "0 90"),
    rows("VEHICLES_DEPOT", 1, 2, 2),
    depot="DEPOT_SECTION\n1\n2\nEOF\n",
)
SDVRPTW = dialect(
    "SDVRPTW",
    "VEHICLES: 3",
    "CAPACITY: 40",
    DEMANDS,
    WINDOWS,
    rows("VEHICLES_ALLOWED_CLIENTS", "2 3", "2 3", "2 4"),
    depot="EOF\n",
)
MTVRPTWR = dialect(
    "MTVRPTWR",
    "VEHICLES: 2",
    "CAPACITY: 40",
    "SERVICE_TIME: 2",
    DEMANDS,
    WINDOWS,
    rows("RELEASE_TIME", 0, 0, 7.5, 0),
    rows("VEHICLES_RELOAD_DEPOT", 1, 1),
)
VRPSPDTW = """NAME : tiny
TYPE : VRPSDPTW
DIMENSION : 3
VEHICLES : 9
DISPATCHINGCOST : 300
UNITCOST : 0.014
CAPACITY : 2.5
EDGE_WEIGHT_TYPE : EXPLICIT
NODE_SECTION
0,0,0,0,960,0
1,0.023300,0.039600,210,240,30
2,1.5,0.000001,60,180,20
DISTANCETIME_SECTION
0,1,57611,68
0,2,26322,42
1,0,57000,67
1,2,100,1
2,0,26000,41
2,1,101,2
DEPOT_SECTION
0
"""
