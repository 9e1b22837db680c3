"""What searches have chosen, opened as scenarios: each choice makes one, however often it is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from recycling.accounts.actors import Actor
from recycling.db import hold
from recycling.errors import N_, ConflictError, NotFoundError
from recycling.models import Scenario, SiteSearch
from recycling.sites import located_asking, robust_answers, robust_asking, tier_searching
from recycling.sites.assumed import Assumed
from recycling.sites.located_asking import LocatedQuestion
from recycling.sites.robust_asking import RobustQuestion
from recycling.sites.running import the_search
from recycling.sites.scenarios import free_name, put_in, the_scenario


def open_choice(session: Session, key: uuid.UUID, point: int | None, actor: Actor, now: datetime) -> Scenario:
    """Return the scenario of a choice that a search has found, made the first time.

    ``point`` is its number from 0: a point of a front, one of `recycling.sites.robust_answers.choices_in`, an answer
    that was driven. An answer for stations and centres is one choice.

    Raises
    ------
    NotFoundError, ConflictError
        For a scenario that was deleted, a choice that is not there, a search that has no answer.
    """
    kind = the_search(session, key).kind
    if kind not in (robust_asking.KIND, located_asking.KIND):
        return tier_searching.open_centres(session, key, point, actor, now)
    hold(session, f"site-search/{key}")
    search = the_search(session, key)
    session.refresh(search)
    answer = search.answer
    if answer is None:
        raise ConflictError.one("no-answer-yet", N_("This search has no answer that could be opened."))
    if search.scenario_id is None:
        raise NotFoundError.one("no-scenario", N_("There is no such scenario. It may have been deleted."))
    name, choices = _choices(search)
    if point is None or not 0 <= point < len(choices):
        raise NotFoundError.one("no-choice", N_("This search has found no such choice."))
    noted = answer.get("made", {})
    made = session.get(Scenario, uuid.UUID(noted[str(point)])) if str(point) in noted else None
    if made is not None:
        return made
    scenario = the_scenario(session, search.scenario_id)
    places = {code: (one["name"], one["name_en"], one["lon"], one["lat"]) for code, one in answer["places"].items()}
    opened = {code: size for code, size in choices[point].items() if code in places}
    if search.asked.get("model") == "p-median":  # driving is counted: sizes are what holds the goods
        opened = _fitting(Assumed(**scenario.assumed), opened, answer["drawn"][point]["loads"])
    sites = tier_searching.sites_of(session, scenario, [{}, places], [{}, opened])
    called = free_name(session, f"{name} {point + 1} · {scenario.name}")
    made = put_in(session, called, scenario.depot_code, Assumed(**scenario.assumed), sites, actor, now, like=scenario)
    search.answer = {**answer, "made": {**noted, str(point): str(made.id)}}
    session.flush()
    return made


def _choices(search: SiteSearch) -> tuple[str, list[dict[str, str]]]:
    """Return what a search was called, and the sizes of the sites of each of its choices."""
    answer = search.answer or {}
    if search.kind == robust_asking.KIND:
        return RobustQuestion(**search.asked).name, [one["sites"] for one in robust_answers.choices_in(answer)]
    return LocatedQuestion(**search.asked).name, [one["sites"] for one in answer["answers"]]


def _fitting(assumed: Assumed, opened: Mapping[str, str], loads: Mapping[str, Sequence[float]]) -> dict[str, str]:
    """Return the smallest size for each site that holds what it gets, or the largest."""
    sizes = sorted(assumed.sizes, key=lambda size: size.tonnes)
    gets = {code: loads[code][0] if code in loads else 0.0 for code in opened}
    return {
        code: next((size.name for size in sizes if size.tonnes >= tonnes), sizes[-1].name)
        for code, tonnes in gets.items()
    }
