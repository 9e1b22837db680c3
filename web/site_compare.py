"""Two scenarios side by side: their maps, their figures with the differences, towns that win and lose."""

from __future__ import annotations

import uuid

from flask import Blueprint, render_template, request

from recycling import network
from recycling.accounts.rights import Action
from recycling.errors import N_, BadRequestError, DomainError
from recycling.sites.compared import Comparison, compared
from recycling.sites.looking import Look
from recycling.sites.noise import unsure
from recycling.sites.people import same_people
from recycling.sites.scenarios import scenarios
from recycling.sites.side_by_side import shares_of, site_pairs
from web import site_view
from web.rights import needs
from web.search_words import material
from web.services import services
from web.sites import WAIT_SECONDS, seen

pages = Blueprint("site_compare", __name__, url_prefix="/plan/sites")


@pages.get("/compare")
@needs(Action.SITE_PLAN)
def compare() -> tuple[str, int]:
    """Compare the scenarios `a` and `b`; without them, those that were changed last."""
    with services().database.read() as session:
        area, every = network.the_area(session), scenarios(session)
        try:
            pair = _pair([str(one.id) for one in every])
        except DomainError as error:
            return render_template("site_compare.html", area=area, scenarios=every, looks=[], error=error), error.status
        chosen = [next(one for one in every if str(one.id) == key) for key in pair]
        try:
            same_people(session, *chosen)
        except DomainError as error:
            return render_template("site_compare.html", area=area, scenarios=every, looks=[], error=error), error.status
        looks = [seen(session, one, WAIT_SECONDS) for one in chosen]
    lonlat = looks[0].people.lonlat
    from web.maps import bare_map  # folium loads only when a map is wanted

    rows = [site_view.rows_of(one) for one in looks]
    names = [look.scenario.name for look in looks]
    differs = [
        name
        for name in type(looks[0].assumed).model_fields
        if getattr(looks[0].assumed, name) != getattr(looks[1].assumed, name)
    ]
    page = render_template(
        "site_compare.html",
        area=area,
        scenarios=every,
        chosen=pair,
        looks=looks,
        names=names,
        rows=rows,
        maps=[bare_map([(lat, lon) for lon, lat in lonlat]) for _ in looks],
        data=[site_view.map_data(look, row) for look, row in zip(looks, rows, strict=True)],
        comparison=_compared(*looks),
        pairs=site_pairs(*looks),
        shares=shares_of(services().settings.stock.brought),
        bands=_bands(*looks),
        material=material,
        differs=differs,
        other_area=looks[0].scenario.depot_code != looks[1].scenario.depot_code,
        view=site_view,
        error=None,
    )
    return page, 200


def _bands(one: Look, other: Look) -> list[tuple[str, float, float]]:
    """Return people by minutes to their site in both scenarios; none while ways are being found."""
    if one.worth is None or other.worth is None:
        return []
    first, second = (dict(site_view.bands(worth)) for worth in (one.worth, other.worth))
    return [(word, first.get(word, 0.0), second.get(word, 0.0)) for word in {**first, **second}]


def _compared(one: Look, other: Look) -> Comparison | None:
    """Compare two scenarios, and tell differences from chance; None while ways are being found."""
    if one.worth is None or other.worth is None:
        return None
    return compared(one.worth, other.worth, unsure(one.worth, other.worth, one.people, one.assumed, other.assumed))


def _pair(known: list[str]) -> tuple[str, str]:
    """Return the keys of the two scenarios."""
    if len(known) < 2:
        raise BadRequestError.one("too-few", N_("Two scenarios are needed. Copy one, and change the copy."))
    asked = [request.args.get(name, "") for name in ("a", "b")]
    for text in asked:
        if text and text not in known:
            raise BadRequestError.one("no-scenario", N_("There is no such scenario. It may have been deleted."))
    first, second = asked
    second = second or next(key for key in known if key != first)
    return first or next(key for key in known if key != second), str(uuid.UUID(second))
