"""Records that the search's arrays are made of."""

from __future__ import annotations

import numpy as np

CLASS = np.dtype(
    [(name, np.int64) for name in ("count", "profile", "start", "end", "leave", "until", "overtime", "longest")]
    + [(name, np.int64) for name in ("windows", "crew", "empties", "full", "charge", "pauses")]
    + [(name, np.float64) for name in ("fixed", "metre", "second", "over")]
)
"""A class of vehicles. ``windows`` and ``crew`` are where its windows and service times begin among the nodes'."""

STOP = np.dtype(
    [(name, np.int64) for name in ("item", "gives", "leaves", "gets", "release", "back", "mate", "together")]
    + [("few", np.int64)]
    + [("wish", np.float64), ("size", np.float64)]
)
"""A stop: it gives goods, those of which dimensions (bits), gets goods; ``mate`` is the other stop of its pair, -1 for
none; few vehicles may serve it; ``wish`` fen a second."""

SITE = np.dtype([(name, np.int64) for name in ("unloads", "takes", "reloads", "charges")])
"""A site: what it does, and the dimensions that it takes (bits)."""

ITEM = np.dtype([("first", np.int64), ("end", np.int64), ("pair", np.int64), ("prize", np.float64)])
"""What is served or left out as one: stops ``first`` to before ``end`` of ``i_stop``."""

SLOT = np.dtype(
    [(name, np.int64) for name in ("length", "sites", "kind", "lasts", "home", "leaves", "far")]
    + [("cost", np.float64)]
)
"""A route: services, visits to sites among them, class, seconds in all, when it is home at the soonest, when it leaves
at the latest, metres, fen."""

PLACE = np.dtype(
    [(name, np.int64) for name in ("node", "gap", "work", "onward", "ahead", "ready", "charge", "lasts")]
    + [(name, np.int64) for name in ("turned", "gets")]
)
"""A position: its node, metres to the next, seconds of driving and work until it, the next unload, which dimensions
are unloaded there or later (bits), when the goods of the trip that begins there are ready, metres that the battery
lasts for when the vehicle arrives, and those left where it charges next or is home; if something that is only taken
after deliveries has been taken in the trip, and if something is delivered in it later."""

SERVED = np.dtype(
    [(name, np.int32) for name in ("route", "at", "kind", "last", "next", "gap_last", "gap_next")]
    + [(name, np.int32) for name in ("ready", "due", "last_ready", "next_due")]
)
"""Where a stop is: route, position, class, the nodes beside it and metres from and to them. When it can be left and
must begin, and the same of the nodes beside it, where times are `Day.quick`. Small numbers, since this is what the
search reads most.
"""

TRIAL = np.dtype([("cost", np.float64)] + [(name, np.int64) for name in ("route", "at", "how", "site", "then")])
"""A place that only a whole walk can judge, and what it may cost; ``then`` is where the second stop of a pair goes."""

TRIALS = 16
"""How many of them are kept at most, the cheapest first."""

WAITING = np.dtype([("out", np.int64)])
FELLOW = np.dtype([("many", np.int64), ("route", np.int64)])

DAY_ARRAYS = (
    "c s u i i_stop time way back time_back begins span windows service wish goods materials near beside detour"
    " c_room c_load c_pause c_able c_dear u_takes u_clears u_room in_row"
).split()
SIZES = "n sites nodes rows dims classes layers periods items members tables spans widest services wishes reach width"
RULES = (
    "quick collects turned plain level nimble clocked partial released simple timed ranged bounded grouped paired"
    " together wished announced"
)
DAY = np.dtype(
    [(name, np.int64) for name in [*SIZES.split(), *RULES.split()]]
    + [("balance", np.float64), ("compact", np.float64)]
    + [(name, np.int64) for name in DAY_ARRAYS]
)
"""Sizes of a day, whether it uses a rule (one that it does not use costs the search nothing), and its arrays."""

STATE_ARRAYS = (
    "slots place early late aboard drops step slot room first free stop item out fellow used touched old changed"
    " differs gone waiting came missed key told sums trial seeds best_order best_length"
).split()
STATE = np.dtype(
    [(name, np.int64) for name in "slot_count positions routes layers rows sites dims seed_count".split()]
    + [
        ("random", np.uint64),
        ("left_out", np.int64),
        ("trials", np.int64),
        ("thorough", np.int64),
        ("wanting", np.int64),
        ("spare", np.int64),
    ]
    + [("cost", np.float64), ("lost", np.float64), ("best", np.float64), ("must", np.float64), ("cap", np.float64)]
    + [(name, np.int64) for name in "best_route best_at best_how best_site best_kind".split()]
    + [(name, np.int64) for name in STATE_ARRAYS]
)
"""Sizes of a search, its random state, items left out and required ones among them, slots that nothing uses, fen of the
plan as it stands, prizes lost in the change under way, the best place of the stop at hand, what leaving out a required
item counts for now, most stops that a string takes, and its arrays."""
