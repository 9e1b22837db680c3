"""A scenario while a road is cut: everybody drives around it; its figures beside those with the road open."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from recycling import network
from recycling.accounts.rights import Action
from recycling.errors import N_, DomainError, UnavailableError
from recycling.sites import cuts
from recycling.sites.compared import Comparison, compared
from recycling.sites.cuts import Cut, Known
from recycling.sites.looking import Look
from recycling.sites.noise import unsure
from recycling.sites.scenarios import the_scenario
from recycling.sites.trying import SWING_PERCENT, Ways, bars, swings
from web import site_view
from web.entries import by_field
from web.rights import needs
from web.services import services
from web.sites import position, seen, today

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from recycling.models import Area

pages = Blueprint("site_cuts", __name__, url_prefix="/plan/sites/<uuid:key>")

WAIT_SECONDS = 4.0
"""How long a page waits for the ways around a cut before it says that they are being found."""

ENTRIES = ("closure", "road", "lon", "lat")


@dataclass(frozen=True)
class Choices:
    """What can be cut: closures that are known, and roads by their names."""

    closures: list[Known]
    names: list[str]


@pages.get("/cut")
@needs(Action.SITE_PLAN)
def page(key: uuid.UUID) -> tuple[str, int]:
    """Show what a scenario is worth while a road is cut, which `closure`, `road`, or `lon` and `lat` name."""
    s, error, hurt, cut = services(), None, None, None
    with s.database.read() as session:
        area, scenario = network.the_area(session), the_scenario(session, key)
        depot = network.the_depot(session, scenario.depot_code) if scenario.depot_code else None
        choices = choices_of(area)
        found = seen(session, scenario)
        try:
            cut = asked(choices, request.args)
            if cut is not None and found.worth is not None:
                hurt = cuts.around(session, s.settings, s.fleet, s.ways, found, cut, today(), WAIT_SECONDS)
        except DomainError as one:
            error = one
        everywhere = found.people.lonlat
    from web.maps import bare_map  # folium loads only when a map is wanted

    mine = found.people.of(scenario.depot_code).tolist()
    away = bare_map(
        [(lat, lon) for (lon, lat), inside in zip(everywhere, mine, strict=True) if inside] or [(area.lat, area.lon)]
    )
    drawn = hurt or found
    rows = site_view.rows_of(drawn)
    text = render_template(
        "site_cut.html",
        area=area,
        scenario=scenario,
        depot=depot,
        choices=choices,
        entered=request.args,
        asked_for={name: request.args[name] for name in ENTRIES if request.args.get(name)},
        cut=cut,
        look=drawn,
        hurt=hurt,
        rows=rows,
        tiles=site_view.tiles(drawn),
        comparison=_comparison(hurt) if hurt is not None else None,
        swings=_swings(drawn),
        percent=SWING_PERCENT,
        data=site_view.map_data(drawn, rows),
        map=away,
        view=site_view,
        error=error,
        faults=by_field(error) if error else {},
    )
    return text, error.status if error is not None else 200


def _comparison(hurt: Look) -> Comparison | None:
    """Compare the scenario with the road cut with itself as it is."""
    if hurt.base is None or hurt.worth is None:
        return None
    chance = unsure(hurt.base, hurt.worth, hurt.people, hurt.assumed, hurt.assumed)
    return compared(hurt.base, hurt.worth, chance)


def _swings(drawn: Look) -> list[dict[str, Any]]:
    """Return the bars of the tornado; none while ways are being found."""
    if drawn.worth is None:
        return []
    tried = (drawn.people, drawn.scenario.depot_code, drawn.assumed, drawn.opened, drawn.ways)
    return bars(swings(*tried), drawn.worth.yuan)


def choices_of(area: Area) -> Choices:
    """Return what can be cut on the roads of the area."""
    day = today()
    return Choices(cuts.closures_of(area.roads, day), cuts.road_names(network.roads_path(area)))


def asked(choices: Choices, entered: Mapping[str, str]) -> Cut | None:
    """Return the cut that a form or an address asks for."""
    closure, road, lon, lat = (entered.get(name, "").strip() for name in ENTRIES)
    near = position(lon, lat) if (lon or lat) and not (closure or road) else None
    return cuts.cut_of(choices.closures, choices.names, closure, road, near)


def stress_of(session: Session, area: Area, found: Look) -> tuple[str, Ways] | None:
    """Return name and ways of the cut that a report's address asks for; None for none.

    Raises
    ------
    UnavailableError
        While the ways are being found.
    """
    s, cut = services(), asked(choices_of(area), request.args)
    if cut is None or found.worth is None:
        return None
    hurt = cuts.around(session, s.settings, s.fleet, s.ways, found, cut, today(), WAIT_SECONDS)
    if hurt is None:
        raise UnavailableError.one(
            "ways-not-there", N_("The ways by road are still being found. Try again in a minute.")
        )
    return cut.name, hurt.ways
