"""What every kind of search of planners does alike: its form, its beginning, how it stands, what is asked again."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from recycling import clock, network
from recycling.errors import DomainError
from recycling.models import Scenario, SiteSearch
from recycling.sites import running, searching
from recycling.sites.assumed import Assumed
from recycling.sites.scenarios import the_scenario
from web.entries import by_field
from web.rights import actor
from web.services import services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Ask = Callable[["Session", Scenario], SiteSearch]
"""Writes the row of a search from a scenario."""

SIGNS = str.maketrans({",": "", "，": "", "−": "-"})
FEW, LAST = 10, 20
"""Last searches of a scenario that are shown, and among which the last ones of a kind are looked for."""


def form(
    template: str,
    key: uuid.UUID,
    entered: Mapping[str, str],
    error: DomainError | None = None,
    last: Sequence[str] | None = None,
    **known: Any,
) -> str:
    """Show a form of a scenario with what was entered and what is wrong of it.

    ``last`` are the kinds of searches that stand below it, the newest first; empty for all, None for none. ``known`` is
    what the template needs besides.
    """
    with services().database.read() as session:
        area, scenario = network.the_area(session), the_scenario(session, key)
        most = LAST if last else FEW
        searches = [] if last is None else running.searches_of(session, key, most)
    return render_template(
        template,
        area=area,
        scenario=scenario,
        assumed=Assumed(**scenario.assumed),
        last=[(one, state_of(one)) for one in searches if not last or one.kind in last],
        entered=entered,
        error=error,
        faults=by_field(error) if error else {},
        **known,
    )


def begun(key: uuid.UUID, ask: Ask) -> ResponseReturnValue:
    """Begin a search from a scenario, and send the planner to its page.

    Raises
    ------
    DomainError
        As ``ask``: what is wrong of the question, and that another search is under way.
    """
    s = services()
    with s.database.write() as session:
        row = ask(session, the_scenario(session, key))
    searching.start(s.database, s.settings, s.fleet, s.ways, row.id, actor())
    return redirect(url_for("site_searches.page", key=row.id), code=303)


def state_of(search: SiteSearch) -> str:
    """Return how a search stands; ``lost`` where whoever searched is gone."""
    return "lost" if running.lost(search, clock.utc_now()) else search.state


def again(kinds: Sequence[str]) -> dict[str, Any]:
    """Return what the search asked that ``again`` in the address names; nothing where it is of another kind."""
    try:
        with services().database.read() as session:
            search = running.the_search(session, uuid.UUID(request.args.get("again", "")))
    except (ValueError, DomainError):
        return {}
    return dict(search.asked) if search.kind in kinds else {}


def entries_of(asked: Mapping[str, Any]) -> dict[str, str]:
    """Return a question as the entries of the form that asked it."""
    entered: dict[str, str] = {}
    for name, value in asked.items():
        if isinstance(value, list) and all(isinstance(one, int | float) for one in value):
            entered[name] = ", ".join(f"{one:g}" if one < 1e5 else f"{one:.0f}" for one in value)
        elif isinstance(value, bool):
            entered |= {name: "on"} if value else {}
        elif isinstance(value, float):
            entered[name] = f"{value:.15g}"
        elif isinstance(value, str | int):
            entered[name] = str(value)
    return entered


def numbers_in(entered: Mapping[str, str], names: Sequence[str]) -> dict[str, object]:
    """Return those of these entries in which something stands, without the signs that people put into numbers."""
    found = {name: entered.get(name, "").strip().translate(SIGNS) for name in names}
    return {name: text for name, text in found.items() if text}


def words_in(entered: Mapping[str, str], names: Sequence[str]) -> dict[str, object]:
    """Return those of these entries that choose something."""
    return {name: entered[name] for name in names if entered.get(name)}


def chosen(count: int, default: int) -> int:
    """Return the number from 0 that ``choice`` in the address names from 1, the default where there is no such one."""
    text = request.args.get("choice", "")
    number = int(text) - 1 if re.fullmatch(r"\d{1,4}", text) else default
    return number if 0 <= number < count else default
