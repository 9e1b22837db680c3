"""What the dispatcher's board shows of a day: the whole page, and the panel of what is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from recycling import clock, network, runs
from recycling.accounts.rights import Action, Subject, may
from recycling.board import comparing, drafts
from recycling.board.comparing import subject
from recycling.board.publishing import overtaken
from recycling.board.standing import loaded_standing
from recycling.errors import N_, NotFoundError
from recycling.figures import plan_figures
from recycling.models import Plan, Site
from recycling.schedule import Orders
from web.board_lanes import Bar, Lane, Off, hours_of, lanes_of, off_of
from web.language import language
from web.rights import actor
from web.services import services

if TYPE_CHECKING:
    from recycling.board.office import Board

KINDS = {
    "move": N_("moved"),
    "fit": N_("put where it is cheapest"),
    "leave": N_("left out"),
    "swap": N_("swapped"),
    "split": N_("split"),
    "unload": N_("unloads once more"),
    "skip": N_("unload left out"),
    "lock": N_("locked"),
    "unlock": N_("unlocked"),
}
"""What was done, in the list of a draft's changes."""


@dataclass(frozen=True)
class Looked:
    """Everything that the board's page shows."""

    area: Any
    depot: Site
    day: date
    plan: Plan
    newest: Plan | None
    drafts: Sequence[Plan]
    mine: bool
    overtaken: bool
    lanes: Sequence[Lane]
    off: Sequence[Off]
    new: int
    first: int
    last: int
    figures: Any
    newest_figures: Any
    map: Any
    run: Any
    names: Mapping[str, str]
    kinds: Mapping[str, str]


@dataclass(frozen=True)
class Panel:
    """What the panel shows: a visit or an order that is chosen, or a vehicle; and all vehicles, to choose among.

    Attributes
    ----------
    on
        The vehicle that serves what is chosen, None for none.
    open
        Whether the day can still be changed here.
    """

    depot: Site
    day: date
    plan: Plan
    chosen: Bar | Off | None
    on: Lane | None
    lane: Lane | None
    lanes: Sequence[Lane]
    sites: Sequence[Site]
    can_change: bool
    open: bool

    @property
    def context(self) -> dict[str, Any]:
        """Everything by the name under which the page knows it; ``free`` are plates of vehicles with nothing to do."""
        return {**vars(self), "free": [lane.plate for lane in self.lanes if lane.route is None]}


def look(counter: Board, version: int, stop: str, vehicle: str) -> dict[str, Any]:
    """Return all that the page shows of a version: with 0 one's own newest draft, else the plan in force.

    Raises
    ------
    NotFoundError
        When the day has no such version, or no plan at all.
    """
    from web.maps import bare_map  # folium loads only when a map is wanted

    with services().database.read() as session:
        depot = network.the_depot(session, counter.depot)
        known = drafts.drafts_of(session, counter.depot, counter.day)
        newest = comparing.newest_version(session, counter.depot, counter.day)
        mine = next((plan.version for plan in known if plan.owner == actor().id), 0)
        wanted = version or mine or (newest.version if newest is not None else 0)
        if not wanted:
            raise NotFoundError.one("no-plan-yet", N_("This day has no plan yet. Plan it, then change it by hand."))
        if newest is not None and newest.version == wanted:
            plan = newest
        else:
            plan = comparing.the_version(session, counter.depot, counter.day, wanted)
        new = comparing.new_stops(session, counter.depot, counter.day, loaded_standing(plan))
        visits = {route.plate: route.visits for route in plan.routes}
        subjects = [*(visit for each in visits.values() for visit in each), *plan.left_out, *map(subject, new)]
        orders = Orders(session, subjects, language(), things=False)
        lanes, off = lanes_of(plan, orders, visits), off_of(plan.left_out, new, orders)
        first, last = hours_of(lanes)
        looked = Looked(
            area=network.the_area(session),
            depot=depot,
            day=counter.day,
            plan=plan,
            newest=newest,
            drafts=known,
            mine=plan.draft and plan.owner in ("", actor().id),
            overtaken=plan.draft and overtaken(session, plan),
            lanes=lanes,
            off=off,
            new=len(new),
            first=first,
            last=last,
            figures=plan_figures(plan),
            newest_figures=plan_figures(newest) if newest is not None else None,
            map=bare_map(_seen(depot, lanes)),
            run=runs.newest_run(session, counter.depot, counter.day),
            names=orders.names,
            kinds=KINDS,
        )
        sites = network.sites(session)
    return {**vars(looked), **_panel(counter, depot, plan, lanes, off, sites, stop, vehicle).context}


def panel(counter: Board, version: int, stop: str, vehicle: str) -> dict[str, Any]:
    """Return what the panel shows of a visit, an order or a vehicle of a version.

    Raises
    ------
    NotFoundError
        When the day has no such version.
    """
    with services().database.read() as session:
        depot = network.the_depot(session, counter.depot)
        plan = comparing.bare_version(session, counter.depot, counter.day, version)
        on = comparing.vehicle_of(session, plan, stop) if stop else vehicle
        visits = {on: comparing.visits_of(session, plan, on)}
        left = comparing.left_of(session, plan, stop)
        new = [stop] if stop and not on and not left else []
        orders = Orders(session, [*visits[on], *left, *map(subject, new)], language(), things=False)
        lanes, off = lanes_of(plan, orders, visits), off_of(left, new, orders)
        return _panel(counter, depot, plan, lanes, off, network.sites(session), stop, vehicle).context


def _panel(
    counter: Board,
    depot: Site,
    plan: Plan,
    lanes: Sequence[Lane],
    off: Sequence[Off],
    sites: Sequence[Site],
    stop: str,
    vehicle: str,
) -> Panel:
    on = next((lane for lane in lanes for bar in lane.bars if stop and bar.stop == stop), None)
    bars = [bar for lane in lanes for bar in lane.bars]
    return Panel(
        depot=depot,
        day=counter.day,
        plan=plan,
        chosen=next((one for one in (*bars, *off) if stop and one.stop == stop), None),
        on=on,
        lane=next((lane for lane in lanes if lane.plate == vehicle), None),
        lanes=lanes,
        sites=[site for site in sites if site.kind == "comprehensive"],
        can_change=may(actor(), Action.DAY_PLAN, Subject(depot=counter.depot)),
        open=clock.utc_now() < counter.begins,
    )


def _seen(depot: Site, lanes: Sequence[Lane]) -> list[tuple[float, float]]:
    return [(depot.lat, depot.lon), *((bar.order.lat, bar.order.lon) for lane in lanes for bar in lane.bars)]
