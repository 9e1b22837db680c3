"""The driver's breaks in the model: each is had after one stop and before the next, or is not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routing.solve.exact.model import Model, Tour


def pause_rules(model: Model, tour: Tour) -> None:
    """Add the breaks of a vehicle.

    On a way over sites they may fall anywhere: the sites' hours do not wait for them. Breaks of no length, which may
    fall into a service, are left out.
    """
    vehicle, add, sat = tour.vehicle, model.model.add, model.model
    rests: list[tuple[Any, Any, int]] = []
    after: list[dict[int, Any]] = []
    pauses = [p for p in vehicle.pauses if p.duration]
    for n, pause in enumerate(pauses):
        name = f"{vehicle.id} break {n}"
        begin = model.whole(pause.window.start, pause.window.end, name)
        places = {k: model.flag(f"{name} after {k}") for k in (-1, *tour.on)}
        late, soon = model.flag(f"{name} too soon"), model.flag(f"{name} too late")
        add(sum(places.values()) + late + soon == 1).only_enforce_if(tour.used)
        add(sum(places.values()) == 0).only_enforce_if(~tour.used)
        add(tour.start >= pause.window.start + pause.duration).only_enforce_if([late, tour.used])
        add(tour.end <= pause.window.end).only_enforce_if([soon, tour.used])
        for k, here in places.items():
            if k >= 0:
                sat.add_implication(here, tour.on[k])
            add(begin >= model.free(tour, k)).only_enforce_if(here)
        had = model.flag(f"{name} is had")
        add(sum(places.values()) == had)
        for earlier, its_had, length in rests:
            add(begin >= earlier + length).only_enforce_if([had, its_had])
        rests.append((begin, had, pause.duration))
        after.append(places)
    if not after:
        return
    for arc in tour.arcs:
        here = [places[arc.tail] for places in after]
        resting = sum(p.duration * flag for p, flag in zip(pauses, here, strict=True))
        due = model.due(tour, arc.head)
        add(due >= model.free(tour, arc.tail) + arc.way.seconds + resting).only_enforce_if(arc.used)
        for (begin, _, length), flag in zip(rests, here, strict=True):
            add(begin + length <= due).only_enforce_if([arc.used, flag])
    resting = sum(p.duration * had for p, (_, had, _) in zip(pauses, rests, strict=True))
    add(tour.end - tour.start >= model.busy(tour) + resting)
