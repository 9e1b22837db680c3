"""What compiled loops see of a `Day` and a `State`: arrays at addresses.

A loop gets two records of numbers, one of the day and one of the search; each array in them is an address, and these
functions give the array there. So a call hands over two pointers instead of half a hundred arrays, which numba would
take apart and count at every call. The Python objects keep the memory alive.
"""

# ruff: noqa: D103
# mypy: disable-error-code="call-arg,attr-defined"

from __future__ import annotations

import numpy as np
from numba import carray, types
from numba.extending import intrinsic

from routing.solve.ruin.compiling import of_day, of_state
from routing.solve.ruin.tables import CLASS, FELLOW, ITEM, PLACE, SERVED, SITE, SLOT, STOP, TRIAL, TRIALS, WAITING

I64, I32, U8, F64 = np.int64, np.int32, np.uint8, np.float64


@intrinsic
def at(typing_context, address):  # type: ignore[no-untyped-def]
    """The pointer of an address."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.inttoptr(args[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.int64), generate


@of_day
def c(d):  # type: ignore[no-untyped-def]
    return carray(at(d.c), (d.classes,), CLASS)


@of_day
def s(d):  # type: ignore[no-untyped-def]
    return carray(at(d.s), (d.n,), STOP)


@of_day
def u(d):  # type: ignore[no-untyped-def]
    return carray(at(d.u), (d.sites,), SITE)


@of_day
def i(d):  # type: ignore[no-untyped-def]
    return carray(at(d.i), (d.items,), ITEM)


@of_day
def i_stop(d):  # type: ignore[no-untyped-def]
    return carray(at(d.i_stop), (d.members,), I64)


@of_day
def time(d):  # type: ignore[no-untyped-def]
    return carray(at(d.time), (d.tables, d.nodes, d.nodes), I32)


@of_day
def way(d):  # type: ignore[no-untyped-def]
    return carray(at(d.way), (d.tables, d.nodes, d.nodes), I32)


@of_day
def back(d):  # type: ignore[no-untyped-def]
    return carray(at(d.back), (d.tables, d.nodes, d.nodes), I32)


@of_day
def time_back(d):  # type: ignore[no-untyped-def]
    return carray(at(d.time_back), (d.tables, d.nodes, d.nodes), I32)


@of_day
def begins(d):  # type: ignore[no-untyped-def]
    return carray(at(d.begins), (d.periods,), I64)


@of_day
def span(d):  # type: ignore[no-untyped-def]
    return carray(at(d.span), (d.spans, d.widest, 2), I64)


@of_day
def windows(d):  # type: ignore[no-untyped-def]
    return carray(at(d.windows), (d.spans,), I64)


@of_day
def service(d):  # type: ignore[no-untyped-def]
    return carray(at(d.service), (d.services,), I64)


@of_day
def wish(d):  # type: ignore[no-untyped-def]
    return carray(at(d.wish), (d.n, d.wishes, 2), I64)


@of_day
def goods(d):  # type: ignore[no-untyped-def]
    return carray(at(d.goods), (d.n, 3, d.rows), I64)


@of_day
def materials(d):  # type: ignore[no-untyped-def]
    return carray(at(d.materials), (d.n, d.dims), I64)


@of_day
def near(d):  # type: ignore[no-untyped-def]
    return carray(at(d.near), (d.n, d.reach), I32)


@of_day
def beside(d):  # type: ignore[no-untyped-def]
    return carray(at(d.beside), (d.n, d.width), I32)


@of_day
def detour(d):  # type: ignore[no-untyped-def]
    return carray(at(d.detour), (d.tables, d.n, d.width), I32)


@of_day
def c_room(d):  # type: ignore[no-untyped-def]
    return carray(at(d.c_room), (d.classes, d.rows), I64)


@of_day
def c_load(d):  # type: ignore[no-untyped-def]
    return carray(at(d.c_load), (d.classes, d.dims), I64)


@of_day
def c_pause(d):  # type: ignore[no-untyped-def]
    return carray(at(d.c_pause), (d.classes, d.layers, 3), I64)


@of_day
def c_able(d):  # type: ignore[no-untyped-def]
    return carray(at(d.c_able), (d.classes, d.n), U8)


@of_day
def c_dear(d):  # type: ignore[no-untyped-def]
    return carray(at(d.c_dear), (d.classes, d.n), F64)


@of_day
def u_takes(d):  # type: ignore[no-untyped-def]
    return carray(at(d.u_takes), (d.sites, d.dims), U8)


@of_day
def u_clears(d):  # type: ignore[no-untyped-def]
    return carray(at(d.u_clears), (d.sites, d.rows), U8)


@of_day
def u_room(d):  # type: ignore[no-untyped-def]
    return carray(at(d.u_room), (d.sites, d.dims), I64)


@of_day
def in_row(d):  # type: ignore[no-untyped-def]
    return carray(at(d.in_row), (d.rows, d.dims), U8)


@of_state
def slots(s):  # type: ignore[no-untyped-def]
    return carray(at(s.slots), (s.slot_count,), SLOT)


@of_state
def place(s):  # type: ignore[no-untyped-def]
    return carray(at(s.place), (s.slot_count, s.positions), PLACE)


@of_state
def early(s):  # type: ignore[no-untyped-def]
    return carray(at(s.early), (s.slot_count, s.positions, s.layers), I64)


@of_state
def late(s):  # type: ignore[no-untyped-def]
    return carray(at(s.late), (s.slot_count, s.positions, s.layers), I64)


@of_state
def aboard(s):  # type: ignore[no-untyped-def]
    return carray(at(s.aboard), (s.slot_count, s.positions, 3, s.rows), I64)


@of_state
def drops(s):  # type: ignore[no-untyped-def]
    return carray(at(s.drops), (s.slot_count, s.sites, s.dims), I64)


@of_state
def step(s):  # type: ignore[no-untyped-def]
    return carray(at(s.step), (s.positions, s.layers), I64)


@of_state
def slot(s):  # type: ignore[no-untyped-def]
    return carray(at(s.slot), (s.routes,), I64)


@of_state
def room(s):  # type: ignore[no-untyped-def]
    return carray(at(s.room), (s.routes, 2), I64)


@of_state
def first(s):  # type: ignore[no-untyped-def]
    return carray(at(s.first), (s.routes,), I64)


@of_state
def free(s):  # type: ignore[no-untyped-def]
    return carray(at(s.free), (s.routes,), I64)


@of_state
def stop(s):  # type: ignore[no-untyped-def]
    return carray(at(s.stop), (s.routes,), SERVED)


@of_state
def item(s):  # type: ignore[no-untyped-def]
    return carray(at(s.item), (s.routes,), WAITING)


@of_state
def out(s):  # type: ignore[no-untyped-def]
    return carray(at(s.out), (s.routes,), I64)


@of_state
def fellow(s):  # type: ignore[no-untyped-def]
    return carray(at(s.fellow), (s.routes,), FELLOW)


@of_state
def used(s):  # type: ignore[no-untyped-def]
    return carray(at(s.used), (s.sites, s.dims), I64)


@of_state
def touched(s):  # type: ignore[no-untyped-def]
    return carray(at(s.touched), (s.routes,), I64)


@of_state
def old(s):  # type: ignore[no-untyped-def]
    return carray(at(s.old), (s.routes, 2), I64)


@of_state
def changed(s):  # type: ignore[no-untyped-def]
    return carray(at(s.changed), (1,), I64)


@of_state
def differs(s):  # type: ignore[no-untyped-def]
    return carray(at(s.differs), (s.routes,), U8)


@of_state
def gone(s):  # type: ignore[no-untyped-def]
    return carray(at(s.gone), (s.routes,), U8)


@of_state
def waiting(s):  # type: ignore[no-untyped-def]
    return carray(at(s.waiting), (s.routes,), I64)


@of_state
def came(s):  # type: ignore[no-untyped-def]
    return carray(at(s.came), (s.routes,), U8)


@of_state
def missed(s):  # type: ignore[no-untyped-def]
    return carray(at(s.missed), (s.routes,), I64)


@of_state
def key(s):  # type: ignore[no-untyped-def]
    return carray(at(s.key), (s.routes,), F64)


@of_state
def trial(s):  # type: ignore[no-untyped-def]
    return carray(at(s.trial), (TRIALS,), TRIAL)


@of_state
def told(s):  # type: ignore[no-untyped-def]
    return carray(at(s.told), (4,), I64)


@of_state
def sums(s):  # type: ignore[no-untyped-def]
    return carray(at(s.sums), (s.dims,), I64)


@of_state
def seeds(s):  # type: ignore[no-untyped-def]
    return carray(at(s.seeds), (s.seed_count,), I64)


@of_state
def best_order(s):  # type: ignore[no-untyped-def]
    return carray(at(s.best_order), (s.routes, s.positions), I64)


@of_state
def best_length(s):  # type: ignore[no-untyped-def]
    return carray(at(s.best_length), (s.routes,), I64)
