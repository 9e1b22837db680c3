"""What becomes of the orders of a draft's vehicles when something is asked of it; nothing is judged here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from recycling.board.asks import BEST, FIT, LEAVE, LOCK, MOVE, SKIP, SPLIT, SWAP, UNLOAD, UNLOCK, Ask
from recycling.board.standing import Standing
from recycling.errors import N_, BadRequestError, ConflictError
from routing.hand_day import Order

Fitted = Callable[[str, Mapping[str, Order]], tuple[str, Order] | None]
"""Finds the vehicle that takes a stop most cheaply, and its order with it (`routing.hand_day.HandDay.fitted`)."""


@dataclass(frozen=True)
class Changed:
    """Orders of the vehicles that are others now, and stops that are left out now or not any more."""

    ask: Ask
    orders: Mapping[str, Order] = field(default_factory=dict)
    left: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()


def changed(standing: Standing, ask: Ask, vehicles: frozenset[str], fitted: Fitted) -> Changed:
    """Return what is asked, done.

    Raises
    ------
    BadRequestError, ConflictError
        When the draft has no such stop, vehicle or place, or it is locked.
    """
    for name in (ask.vehicle, ask.other):
        if name and name not in vehicles:
            raise BadRequestError.one("no-such-vehicle", N_("The day has no vehicle %(plate)s."), plate=name)
    ask = anchored(standing, ask)
    if ask.kind in (LOCK, UNLOCK):
        return _locked(standing, ask)
    _unlocked(standing, ask)
    return _DOERS[ask.kind](standing, ask, vehicles, fitted)


def anchored(standing: Standing, ask: Ask) -> Ask:
    """Return the ask with the visit that its place is before, or its place found again by that visit."""
    order = standing.orders.get(ask.vehicle, ())
    if ask.at == BEST:
        return ask
    if ask.before == ("", ""):
        return replace(ask, before=order[ask.at] if ask.at < len(order) else ("", "end"))
    if ask.before == ("", "end"):
        return replace(ask, at=len(order))
    return replace(ask, at=order.index(ask.before) if ask.before in order else BEST)


def _unlocked(standing: Standing, ask: Ask) -> None:
    locked = {ask.vehicle, ask.other, standing.vehicle_of(ask.stop)} & standing.locked_vehicles
    if locked:
        raise ConflictError.one(
            "route-locked", N_("The route of %(plate)s is locked. Unlock it first."), plate=min(locked)
        )
    moved = {ask.stop} if ask.stop else {key for _, key in standing.orders.get(ask.vehicle, ())}
    if ask.kind in (MOVE, LEAVE, FIT, SWAP) and moved & standing.locked_stops:
        raise ConflictError.one("stop-locked", N_("The visit is locked. Unlock it first."), where="stop")


def _moved(standing: Standing, ask: Ask, vehicles: frozenset[str], fitted: Fitted) -> Changed:
    _known(standing, ask.stop)
    had = standing.vehicle_of(ask.stop)
    now = list(standing.orders.get(ask.vehicle, ()))
    at = ask.at
    if had == ask.vehicle:
        here = now.index(("stop", ask.stop))
        at -= at > here
        del now[here]
    if at < 0:
        return _fitted(standing, ask, {ask.vehicle: now}, had, fitted)
    now.insert(min(at, len(now)), ("stop", ask.stop))
    return _taken(standing, ask, {ask.vehicle: now}, had)


def _anywhere(standing: Standing, ask: Ask, vehicles: frozenset[str], fitted: Fitted) -> Changed:
    _known(standing, ask.stop)
    had = standing.vehicle_of(ask.stop)
    free = {
        name: [one for one in standing.orders.get(name, ()) if one != ("stop", ask.stop)]
        for name in sorted(vehicles - standing.locked_vehicles)
    }
    return _fitted(standing, ask, free, had, fitted)


def _fitted(standing: Standing, ask: Ask, orders: Mapping[str, Order], had: str, fitted: Fitted) -> Changed:
    found = fitted(ask.stop, orders)
    if found is None:
        raise BadRequestError.one("no-place", N_("No vehicle can get there."), where="vehicle")
    return _taken(standing, ask, dict([found]), had)


def _taken(standing: Standing, ask: Ask, orders: dict[str, Order], had: str) -> Changed:
    if had and had not in orders:
        orders = {had: [one for one in standing.orders[had] if one != ("stop", ask.stop)], **orders}
    return Changed(ask, orders, taken=frozenset({ask.stop}) & standing.left)


def _left(standing: Standing, ask: Ask, vehicles: frozenset[str], fitted: Fitted) -> Changed:
    had = standing.vehicle_of(ask.stop)
    if not had:
        _known(standing, ask.stop)
        raise BadRequestError.one("left-already", N_("No vehicle serves it in this draft."), where="stop")
    order = [one for one in standing.orders[had] if one != ("stop", ask.stop)]
    return Changed(ask, {had: order}, left=frozenset({ask.stop}))


def _swapped(standing: Standing, ask: Ask, vehicles: frozenset[str], fitted: Fitted) -> Changed:
    one, other = standing.orders.get(ask.vehicle, ()), standing.orders.get(ask.other, ())
    if not one and not other:
        raise BadRequestError.one("nothing-to-swap", N_("Neither vehicle has anything to do."), where="vehicle")
    return Changed(ask, {ask.vehicle: other, ask.other: one})


def _split(standing: Standing, ask: Ask, vehicles: frozenset[str], fitted: Fitted) -> Changed:
    order, other = standing.orders.get(ask.vehicle, ()), standing.orders.get(ask.other, ())
    if not 0 < ask.at < len(order):
        raise BadRequestError.one(
            "split-where",
            N_("Choose the visit from which on another vehicle does the work, not the first."),
            where="at",
        )
    if other:
        raise BadRequestError.one(
            "not-free", N_("%(plate)s has work of its own. Choose a vehicle that is free."), where="other",
            plate=ask.other,
        )  # fmt: skip
    return Changed(ask, {ask.vehicle: order[: ask.at], ask.other: order[ask.at :]})


def _unloading(standing: Standing, ask: Ask, vehicles: frozenset[str], fitted: Fitted) -> Changed:
    order = list(standing.orders.get(ask.vehicle, ()))
    at = len(order) if ask.at == BEST else min(ask.at, len(order))
    order.insert(at, ("unload", ask.site))
    return Changed(ask, {ask.vehicle: order})


def _skipped(standing: Standing, ask: Ask, vehicles: frozenset[str], fitted: Fitted) -> Changed:
    order = list(standing.orders.get(ask.vehicle, ()))
    if not (0 <= ask.at < len(order) and order[ask.at][0] == "unload"):
        raise BadRequestError.one("no-unload-there", N_("The vehicle does not unload there."), where="at")
    del order[ask.at]
    return Changed(ask, {ask.vehicle: order})


def _locked(standing: Standing, ask: Ask) -> Changed:
    if ask.stop and not standing.vehicle_of(ask.stop):
        raise BadRequestError.one("no-such-visit", N_("No vehicle serves it in this draft."), where="stop")
    if ask.vehicle and ask.vehicle not in standing.orders:
        raise BadRequestError.one("no-such-route", N_("%(plate)s has no route."), where="vehicle", plate=ask.vehicle)
    return Changed(ask)


def _known(standing: Standing, stop: str) -> None:
    """See that a stop is an order's; whether the day has it is seen when it is judged."""
    if stop.partition(":")[0] not in ("b", "c", "t"):
        raise BadRequestError.one("no-stop", N_("Choose a visit or an order."), where="stop")


_DOERS: Mapping[str, Callable[[Standing, Ask, frozenset[str], Fitted], Changed]] = {
    MOVE: _moved,
    FIT: _anywhere,
    LEAVE: _left,
    SWAP: _swapped,
    SPLIT: _split,
    UNLOAD: _unloading,
    SKIP: _skipped,
}
