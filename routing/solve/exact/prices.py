"""The cost of the model's plans in fen, each term rounded as `routing.plan` says, so that a bound is one to the fen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routing.problem import Stop
    from routing.solve.exact.model import Model, Tour

LARGEST = 1 << 53
"""What a term may come to before it is rounded; dearer ones are left out."""


def prices(model: Model) -> Any:
    """Return the cost, as an expression; terms that are left out are added to `Model.relaxed`."""
    terms: list[Any] = []
    for tour in model.tours:
        terms += _route(model, tour)
    terms += [_wish(model, k, stop) for k, stop in enumerate(model.stops) if stop.wishes and stop.wish_price]
    terms += _prizes(model)
    if model.problem.balance_price and len(model.problem.vehicles) > 1:
        model.relaxed.append("balance")
    return sum(terms)


def _route(model: Model, tour: Tour) -> list[Any]:
    vehicle, problem = tour.vehicle, model.problem
    metres = sum(arc.way.metres * arc.used for arc in tour.arcs)
    most = sum(sorted((arc.way.metres for arc in tour.arcs), reverse=True)[: len(tour.on) + 1])
    lasts = tour.end - tour.start
    longest = vehicle.shift.end + vehicle.overtime - vehicle.shift.start
    model.model.add(lasts >= model.busy(tour))
    terms = [vehicle.fixed_cost * tour.used]
    terms.append(_rounded(model, metres, vehicle.cost_per_km, 1000, most, "distance"))
    terms.append(_rounded(model, metres, vehicle.grams_per_km * problem.carbon_price, 1_000_000, most, "carbon"))
    out = model.whole(0, longest, f"{vehicle.id} is out")
    model.model.add(out >= lasts).only_enforce_if(tour.used)
    model.model.add(out >= model.busy(tour))
    terms.append(_rounded(model, out, vehicle.cost_per_hour, 3600, longest, "hours"))
    if vehicle.overtime and vehicle.overtime_per_hour:
        over = model.whole(0, vehicle.overtime, f"{vehicle.id} overtime")
        model.model.add(over >= tour.end - vehicle.shift.end).only_enforce_if(tour.used)
        terms.append(_rounded(model, over, vehicle.overtime_per_hour, 3600, vehicle.overtime, "overtime"))
    terms += [s.stays_price * tour.on[k] for k, s in enumerate(model.stops) if k in tour.on and s.moves(vehicle)]
    if problem.compactness_price:
        terms.append(_compactness(model, tour))
    if vehicle.range is not None:
        _battery(model, tour)
    return terms


def _rounded(model: Model, amount: Any, price: int, by: int, most: int, name: str) -> Any:
    """``amount * price / by`` to the nearest fen, halves up: the least whole number above it less a half."""
    if not price or isinstance(amount, int):
        return 0
    if 2 * price * most > LARGEST:
        if name not in model.relaxed:
            model.relaxed.append(name)
        return 0
    fen = model.whole(0, (2 * price * most + by) // (2 * by), name)
    model.model.add(2 * by * fen >= 2 * price * amount - by + 1)
    return fen


def _wish(model: Model, k: int, stop: Stop) -> Any:
    most = max(0, max(stop.wishes[-1].end, model.last) - min(0, stop.wishes[0].start)) + model.last
    off = model.whole(0, most, f"{stop.id} beside its wishes")
    chosen = [model.flag(f"{stop.id} wish {n}") for n in range(len(stop.wishes))]
    model.model.add_bool_or([*chosen, ~model.served[k]])
    for window, here in zip(stop.wishes, chosen, strict=True):
        model.model.add(off >= window.start - model.begin[k]).only_enforce_if([here, model.served[k]])
        model.model.add(off >= model.begin[k] - window.end).only_enforce_if([here, model.served[k]])
    return _rounded(model, off, stop.wish_price, 3600, most, "wishes")


def _compactness(model: Model, tour: Tour) -> Any:
    """The sum of the distances from the best middle stop; some stop on the route is the middle."""
    ways = model.problem.matrices[tour.vehicle.profile].distances
    on = list(tour.on.items())
    at = [model.stops[k].location for k, _ in on]
    spread = [[0 if p == q else max(0, int(ways[a, b])) for q, b in enumerate(at)] for p, a in enumerate(at)]
    most = max((sum(row) for row in spread), default=0)
    away = model.whole(0, most, f"{tour.vehicle.id} spread")
    middles = [model.flag(f"{tour.vehicle.id} middle {k}") for k, _ in on]
    for n, (_, here) in enumerate(on):
        model.model.add_implication(middles[n], here)
        model.model.add_bool_or([*middles, ~here])
        model.model.add(away >= sum(spread[n][q] * flag for q, (_, flag) in enumerate(on))).only_enforce_if(middles[n])
    return _rounded(model, away, model.problem.compactness_price, 1000, most, "compactness") if on else 0


def _prizes(model: Model) -> list[Any]:
    from routing.solve.exact.model import alternatives

    terms = []
    for members in alternatives(model.stops):
        prize = max(model.stops[k].prize for k in members)
        terms.append(prize - prize * sum(model.served[k] for k in members))
    return terms


def _battery(model: Model, tour: Tour) -> None:
    """Metres since the battery was full never exceed the range."""
    vehicle = tour.vehicle
    full = vehicle.range or 0
    spent = 0 if vehicle.charge is None else full - vehicle.charge
    driven = {k: model.whole(0, full, f"{vehicle.id} metres until {k}") for k in tour.on}
    for arc in tour.arcs:
        before = spent if arc.tail < 0 else driven[arc.tail]
        there: Any = full if arc.head < 0 else driven[arc.head]
        way = arc.way
        if way.to_charger is None or way.from_charger is None:
            _at_most(model, arc.used, before + way.metres, there)
        else:
            _at_most(model, arc.used, before + way.to_charger, full)
            _at_most(model, arc.used, way.from_charger, there)


def _at_most(model: Model, used: Any, low: Any, high: Any) -> None:
    if not isinstance(low, int) or not isinstance(high, int):
        model.model.add(low <= high).only_enforce_if(used)
    elif low > high:
        model.model.add(used == 0)
