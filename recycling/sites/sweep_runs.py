"""Sweeps that are asked for on a page: many variants of one scenario, evaluated in the background, kept with it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.orm import Session

from recycling import clock, network
from recycling.accounts.actors import Actor
from recycling.db import Database
from recycling.errors import N_, Fault
from recycling.fleet import Fleet
from recycling.models import Area, Scenario, SiteSearch
from recycling.settings import Settings
from recycling.settings.base import Section
from recycling.sites.cuts import Cut, closures_of, cut_of
from recycling.sites.running import Place, Row, begin, keep, sound
from recycling.sites.scenarios import the_scenario
from recycling.sites.sweep import Line, Plan, plan, sweep, workers_for
from recycling.sites.sweep_export import rows
from recycling.sites.variants import EACH, LEAST_PERCENT, MOST_PERCENT, Asked, bad_percent, variants
from recycling.sites.ways import WaysDesk

KIND = "sweep"
MOST_PERCENTS = 20
MOST_CUTS = 50

WAYS_SECONDS = 900.0
"""How long is waited for the ways of the scenario as it is."""


Percents = Annotated[
    tuple[Annotated[int, Field(ge=LEAST_PERCENT, le=MOST_PERCENT)], ...], Field(max_length=MOST_PERCENTS)
]


class Question(Section):
    """What is combined: percents of demand and of assumptions, each open site out, closures by their names."""

    demand: Percents = Field(default=(100,), min_length=1)
    assumed: dict[str, Percents] = Field(default_factory=dict)
    each: bool = False
    cuts: tuple[str, ...] = Field(default=(), max_length=MOST_CUTS)

    @property
    def asked(self) -> Asked:
        """The same as `recycling.sites.variants` takes it."""
        return Asked(self.demand, self.assumed, (EACH,) if self.each else (), self.cuts)


def ask(
    session: Session,
    scenario: Scenario,
    asked: Mapping[str, object],
    actor: Actor,
    now: datetime,
    more: Sequence[Fault] = (),
) -> SiteSearch:
    """Ask for a sweep of a scenario; ConflictError while another search is under way.

    ``more`` is what is wrong of the question already.

    Raises
    ------
    BadRequestError
        For what cannot be combined, by its fields, and for a closure that there is not.
    """
    opened = {scenario.name: [row.code for row in scenario.sites if row.is_open]}
    wanted = sound(Question, asked, _fault, more)
    variants(wanted.asked, opened)
    cuts_of(network.the_area(session), wanted, now.date())
    return begin(session, scenario, KIND, wanted.model_dump(mode="json"), actor, now)


def _fault(place: Place) -> Fault:
    if place[0] == "cuts":
        values: dict[str, object] = {"most": MOST_CUTS}
        return Fault("closure", "bad-sweep", N_("Choose up to %(most)s closures."), values)
    parts = place[1:] if place[0] == "assumed" and len(place) > 1 else place
    if len(parts) == 1:
        values = {"most": MOST_PERCENTS}
        return Fault(str(parts[0]), "bad-sweep", N_("Write up to %(most)s percents, such as 80,100,130."), values)
    return bad_percent(str(parts[0]))


def cuts_of(area: Area, asked: Question, day: date) -> list[Cut]:
    """Return the closures that are asked for; BadRequestError for one that there is not."""
    known = closures_of(area.roads, day) if asked.cuts else []
    found = [cut_of(known, [], closure=name) for name in dict.fromkeys(asked.cuts)]
    return [cut for cut in found if cut is not None]


def work(
    database: Database,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    told: Row,
    search: SiteSearch,
    scenario: Scenario,
) -> bool:
    """Evaluate the variants and keep them in the search's row; False when it was stopped before there was any."""
    wanted = _planned(database, settings, fleet, desk, told, search, scenario)
    if wanted is None:
        return False
    done = [0.0]

    def so_far(share: float) -> None:
        done[0] = share
        told(share)

    with workers_for(wanted, settings) as hands:
        lines = sweep(wanted, hands, so_far, lambda: told(done[0]))
    if all(line.outcome is None for line in lines) and not any(line.lost for line in lines):
        return False
    keep(database, search.id, answer_of(lines, scenario.name))
    return True


def answer_of(lines: list[Line], name: str) -> dict[str, Any]:
    """Return what is kept: a flat object a variant, as the files have them, and how many there are to be."""
    found = rows(lines, None)
    for row in found:
        del row["roads"]
    return {
        "scenario": name,
        "count": len(lines),
        "done": sum(line.outcome is not None for line in lines),
        "rows": found,
    }


def _planned(
    database: Database,
    settings: Settings,
    fleet: Fleet,
    desk: WaysDesk,
    told: Row,
    search: SiteSearch,
    scenario: Scenario,
) -> Plan | None:
    """Return what is to be evaluated, once the ways of the scenario as it is are known; None when it was stopped."""
    asked, until = Question(**search.asked), time.monotonic() + WAYS_SECONDS
    while True:
        with database.read() as session:
            now, area = the_scenario(session, scenario.id), network.the_area(session)
            today = settings.clock.today(clock.utc_now())
            cuts = cuts_of(area, asked, today)
            found = plan(session, settings, fleet, desk, [now], asked.asked, cuts, today, 1.0)
        if found is not None:
            return found
        if told(0.0) or time.monotonic() > until:
            return None
