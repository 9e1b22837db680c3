"""A day's newest plan, read for printing and for files, and its routes as files by name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from recycling import network
from recycling.booking import Office
from recycling.errors import N_, NotFoundError
from recycling.exports import day_routes
from recycling.exports.tables import csv_bytes
from recycling.figures import newest_plan
from recycling.models import Area, Site
from recycling.schedule import RouteSheet, Schedule, schedule_of


@dataclass(frozen=True)
class PlannedDay:
    """A day's newest plan, and those of its routes that are wanted; `number` is None for all of them."""

    area: Area
    depot: Site
    schedule: Schedule
    sheets: tuple[RouteSheet, ...]
    number: int | None
    language: str

    def name(self, form: str) -> str:
        """Return what its file of a form is called: DEP-01-2026-12-01.gpx, DEP-01-2026-12-01-2.gpx."""
        part = f"-{self.number}" if self.number is not None else ""
        return f"{self.depot.code}-{self.schedule.plan.service_day.isoformat()}{part}.{form}"


def planned_day(office: Office, depot: str, day: date, number: int | None, language: str) -> PlannedDay:
    """Read the newest plan of a depot's day.

    Raises
    ------
    NotFoundError
        When there is no such depot, no plan, or no route of that number in it.
    """
    with office.database.read() as session:
        area, site = network.the_area(session), network.the_depot(session, depot)
        plan = newest_plan(session, depot, day)
        schedule = schedule_of(session, plan, language) if plan else None
    if schedule is None:
        raise NotFoundError.one("no-plan", N_("This day has no plan yet. Plan it first; then its routes can be taken."))
    sheets = day_routes.chosen(schedule, number)
    if number is not None and not sheets:
        raise NotFoundError.one(
            "no-route", N_("The plan has no route %(number)s now. Open the day and choose one."), number=number
        )
    return PlannedDay(area, site, schedule, sheets, number, language)


def day_file(office: Office, found: PlannedDay, form: str) -> bytes:
    """Return the routes as a file of a form: ``csv``, ``gpx`` or ``geojson``."""

    def name_of(code: str) -> str:
        item = office.catalogue.variants.get(code)
        return item.text(found.language) if item else code

    if form == "csv":
        rows = day_routes.table_rows(found.schedule, found.sheets, office.clock, name_of, found.language)
        return csv_bytes(day_routes.HEAD, rows)
    about = found.schedule, found.sheets, found.depot, office.clock, name_of, found.language
    if form == "gpx":
        return day_routes.day_gpx(*about)
    return (json.dumps(day_routes.day_geojson(*about), ensure_ascii=False, allow_nan=False) + "\n").encode()


def day_files(
    office: Office, depot: str, day: date, number: int | None, language: str, forms: Sequence[str]
) -> dict[str, bytes]:
    """Return the routes of a day as files by their names; NotFoundError as `planned_day`."""
    found = planned_day(office, depot, day, number, language)
    return {found.name(form): day_file(office, found, form) for form in forms}
