"""Scenarios in the record: made, found, copied, renamed, deleted; each change is counted and audited."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from recycling import audit, network
from recycling.accounts.actors import Actor
from recycling.booking.taking import check_key
from recycling.db import hold
from recycling.errors import N_, BadRequestError, ConflictError, NotFoundError
from recycling.fleet import Fleet
from recycling.models import Scenario, ScenarioLayer, ScenarioMarket, ScenarioSite, Site
from recycling.models.base import new_id
from recycling.settings import Settings
from recycling.sites.assumed import STANDING, Assumed, assumed_now
from recycling.sites.behind import kept_for_copy

LONGEST_NAME = 60
MOST = 500
"""Scenarios that the record keeps."""

FORMS = uuid.UUID("6f1d3a0e-52c7-4b5e-9a55-0b6c1f6c3b7d")
"""Names what forms make."""


def scenarios(session: Session) -> list[Scenario]:
    """Return all scenarios with their sites, the one changed last first."""
    query = select(Scenario).options(selectinload(Scenario.sites))
    return list(session.scalars(query.order_by(Scenario.changed_at.desc(), Scenario.name)))


def the_scenario(session: Session, key: uuid.UUID) -> Scenario:
    """Return the scenario of that key with its sites."""
    found = session.get(Scenario, key, options=[selectinload(Scenario.sites)])
    if found is None:
        raise NotFoundError.one("no-scenario", N_("There is no such scenario. It may have been deleted."))
    return found


def named(session: Session, name: str) -> Scenario:
    """Return the scenario of that name; NotFoundError says how to see the names."""
    found = session.scalar(select(Scenario).where(Scenario.name == name).options(selectinload(Scenario.sites)))
    if found is None:
        raise NotFoundError.one(
            "no-scenario-named",
            N_("There is no scenario '%(name)s'. To see all: recycling site scenarios list"),
            name=name[:LONGEST_NAME],
        )
    return found


def make(
    session: Session,
    settings: Settings,
    fleet: Fleet,
    name: str,
    depot: str | None,
    actor: Actor,
    now: datetime,
    form: str | None = None,
) -> Scenario:
    """Make a scenario of the network as it stands: the centres open, the stations closed.

    Where the key of a ``form`` is given, the same key again is the same scenario.

    Raises
    ------
    BadRequestError, NotFoundError
        For a name that is empty, too long or taken, for an unknown depot, and for a key that no form of ours makes.
    """
    earlier = _made_by(session, None if form is None else _checked(form))
    if earlier is not None:
        return earlier
    if depot is not None:
        depot = network.the_depot(session, depot).code
    sites = network.sites(session)
    assumed = assumed_now(settings, fleet, centres(sites))
    rows = as_it_stands(sites, assumed)
    return put_in(session, name, depot, assumed, rows, actor, now, form)


def put_in(
    session: Session,
    name: str,
    depot: str | None,
    assumed: Assumed,
    rows: Sequence[ScenarioSite],
    actor: Actor,
    now: datetime,
    form: str | None = None,
    like: Scenario | None = None,
) -> Scenario:
    """Write a new scenario of these sites, under the key of the ``form`` that asks for it where there is one.

    It counts the same points, and sells to the same markets, as the scenario that it is ``like``, where that has some
    of its own.
    """
    hold(session, "scenarios")
    scenario = Scenario(
        id=new_id() if form is None else _key_of(form),
        name=_free(session, name),
        depot_code=depot,
        assumed=assumed.model_dump(mode="json"),
        made_at=now,
        made_by=actor.id,
        changed_at=now,
        sites=list(rows),
    )
    for position, row in enumerate(scenario.sites):
        row.position = position
    session.add(scenario)
    session.flush()
    if like is not None:
        scenario.markets.extend(copied_market(row) for row in like.markets)
        kept = select(ScenarioLayer).where(ScenarioLayer.scenario_id == like.id, ScenarioLayer.taken)
        for layer in session.scalars(kept):
            session.add(
                ScenarioLayer(
                    scenario_id=scenario.id, what=layer.what, rows=layer.rows, told=layer.told,
                    beside=layer.beside, taken=True,
                    made_by=layer.made_by, made_at=layer.made_at,
                )
            )  # fmt: skip
        session.flush()
    opened = sum(row.is_open for row in scenario.sites)
    told = {"name": scenario.name, "open": opened}
    audit.record(session, actor, "scenario.made", "scenario", scenario.id, None, told, now)
    return scenario


def copy(
    session: Session, scenario: Scenario, name: str, actor: Actor, now: datetime, form: str | None = None
) -> Scenario:
    """Return a new scenario like this one, under the name, or ("") this one's name with a number.

    Where the key of a ``form`` is given, the same key again is the same copy, until this one is changed.
    """
    form = None if form is None else _checked(form) + f" {scenario.id} {scenario.version}"
    earlier = _made_by(session, form)
    if earlier is not None:
        return earlier
    rows = [copied(row) for row in scenario.sites]
    wanted = name.strip() or _numbered(session, scenario.name)
    made = put_in(session, wanted, scenario.depot_code, Assumed(**scenario.assumed), rows, actor, now, form, scenario)
    made.behind = kept_for_copy(session, scenario)
    session.flush()
    return made


def rename(session: Session, scenario: Scenario, version: int, name: str, actor: Actor, now: datetime) -> None:
    """Give a scenario another name."""
    hold(session, "scenarios")
    begin_change(session, scenario, version)
    before = scenario.name
    if name.strip() != before:
        scenario.name = _free(session, name)
        end_change(session, scenario, "renamed", {"name": before}, {"name": scenario.name}, actor, now)


def delete(session: Session, scenario: Scenario, actor: Actor, now: datetime) -> None:
    """Take a scenario out of the record; what happened to it stays in the log."""
    session.delete(scenario)
    audit.record(session, actor, "scenario.deleted", "scenario", scenario.id, {"name": scenario.name}, None, now)
    session.flush()


def begin_change(session: Session, scenario: Scenario, version: int) -> None:
    """Let nobody else change a scenario until the unit ends.

    Raises
    ------
    ConflictError
        When it is not in that version any more: somebody else was quicker.
    """
    hold(session, f"scenario/{scenario.id}")
    session.refresh(scenario)
    if scenario.version != version:
        raise ConflictError.one(
            "scenario-changed", N_("This scenario was changed meanwhile. Look at it as it is now, then change it.")
        )


def end_change(
    session: Session,
    scenario: Scenario,
    deed: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Count a change and write it into the log."""
    scenario.version += 1
    scenario.changed_at = now
    audit.record(session, actor, f"scenario.{deed}", "scenario", scenario.id, before, after, now)
    session.flush()


def centres(sites: Sequence[Site]) -> list[Site]:
    """Return the sorting centres that take everything."""
    return [site for site in sites if site.kind == "comprehensive"]


def as_it_stands(sites: Sequence[Site], assumed: Assumed) -> list[ScenarioSite]:
    """Return the centres of the network, open, and its stations, closed; not yet of any scenario."""
    rows = [_row(site, "standing", STANDING, True) for site in centres(sites)]
    return rows + [_row(site, "station", assumed.smallest, False) for site in sites if site.kind == "station"]


def copied(row: ScenarioSite) -> ScenarioSite:
    """Return a site like this one, of no scenario yet."""
    return ScenarioSite(**_kept(row), size=row.size)


def copied_market(row: ScenarioMarket) -> ScenarioMarket:
    """Return a market like this one, of no scenario yet."""
    return ScenarioMarket(**_kept(row))


def _kept(row: ScenarioSite | ScenarioMarket) -> dict[str, Any]:
    """Return what a copy of a place has of it."""
    same = ("code", "position", "kind", "name", "name_en", "lon", "lat", "is_open")
    return {**{name: getattr(row, name) for name in same}, "facts": dict(row.facts or {})}


def _made_by(session: Session, form: str | None) -> Scenario | None:
    """Return the scenario that a form has made already, by the key that it carries."""
    if form is None:
        return None
    hold(session, "scenarios")
    return session.get(Scenario, _key_of(form))


def _checked(form: str) -> str:
    check_key(form)
    return form


def _key_of(form: str) -> uuid.UUID:
    """Return the key of the scenario that a form makes: always the same, and never that of any other scenario."""
    return uuid.uuid5(FORMS, form)


def _row(site: Site, kind: str, size: str, is_open: bool) -> ScenarioSite:
    return ScenarioSite(
        code=site.code,
        position=0,
        kind=kind,
        name=site.name,
        name_en=site.name_en,
        lon=round(site.lon, 6),
        lat=round(site.lat, 6),
        size=size,
        is_open=is_open,
    )


def _free(session: Session, name: str) -> str:
    """Return a name as it is kept; BadRequestError where it cannot be one."""
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > LONGEST_NAME or not wanted.isprintable():
        raise BadRequestError.one(
            "bad-name", N_("Give the scenario a name of 1 to %(most)s characters."), where="name", most=LONGEST_NAME
        )
    taken = set(session.scalars(select(Scenario.name)))
    if wanted in taken:
        raise BadRequestError.one(
            "name-taken", N_("There is a scenario '%(name)s' already. Choose another name."), where="name", name=wanted
        )
    if len(taken) >= MOST:
        raise BadRequestError.one(
            "too-many-scenarios",
            N_("There are %(most)s scenarios, and no more are kept. Delete one that is not needed."),
            most=MOST,
        )
    return wanted


def free_name(session: Session, name: str) -> str:
    """Return the name, shortened and with a number where that is needed for it to be free."""
    wanted = name[:LONGEST_NAME]
    taken = session.scalar(select(Scenario.id).where(Scenario.name == wanted))
    return wanted if taken is None else _numbered(session, wanted)


def _numbered(session: Session, name: str) -> str:
    taken = set(session.scalars(select(Scenario.name)))
    stem = name.rpartition(" (")[0] if name.endswith(")") and name.rpartition(" (")[2][:-1].isdecimal() else name
    stem = stem[: LONGEST_NAME - 6]
    return next(f"{stem} ({number})" for number in range(2, MOST + 3) if f"{stem} ({number})" not in taken)
