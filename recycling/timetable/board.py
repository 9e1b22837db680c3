"""The week board: a stored timetable on which calls are moved by hand, each move judged before it is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from recycling.errors import N_, BadRequestError, ConflictError, Fault
from recycling.fleet import Fleet
from recycling.models import Community, Site, Timetable, TimetableVisit
from recycling.settings import Settings
from recycling.timetable.demand import call_hour, call_hours, day_sets, hours_of, point_of
from recycling.timetable.kept_roads import kept_roads
from recycling.timetable.making import asked, largest_room, under_rules
from recycling.timetable.weekdays import DaySets
from routing.periodic.check import TOO_MUCH, TimetableFault, judge
from routing.periodic.moving import changed_rounds, moved
from routing.periodic.problem import CallHour, CallPoint, DayPattern, TimetableProblem
from routing.periodic.timetable import Round, Service
from routing.periodic.timetable import Timetable as Answer

MINUTE = 60

ANY = "*"
"""Stands for the vehicle of calls that any vehicle may make."""


class AnyVehicle:
    """What it is called."""

    def __str__(self) -> str:
        return self.text("en")

    def text(self, language: str) -> str:
        """Say it in a language."""
        return "任意车辆" if language == "zh" else "any vehicle"


def plate_of(vehicle: str) -> str:
    """Return the plate of a vehicle on the board, "" for any."""
    return "" if vehicle == ANY else vehicle


@dataclass(frozen=True)
class Board:
    """A stored timetable as a problem and its answer, over the ways that it was made with.

    Attributes
    ----------
    names
        Of communities and sites, by code.
    """

    table: Timetable
    problem: TimetableProblem
    answer: Answer
    names: Mapping[str, str]

    @property
    def plates(self) -> list[str]:
        """The vehicles that calls can be put on, "" for any."""
        return [plate_of(vehicle.id) for vehicle in self.problem.vehicles]

    @property
    def without(self) -> list[str]:
        """Codes of communities that have no call."""
        return [point.id for point in self.problem.points if point.id not in self.answer.chosen]

    def point(self, code: str) -> CallPoint:
        """Return a community as the problem has it.

        Raises
        ------
        BadRequestError
            When it is not on the board.
        """
        found = next((point for point in self.problem.points if point.id == code), None)
        if found is None:
            raise BadRequestError.one(
                "not-on-the-board",
                N_("Community %(community)s is not among those this timetable was made for."),
                where="community",
                community=code[:20],
            )
        return found


@dataclass(frozen=True)
class Move:
    """A call to be put elsewhere: from its day (-1 for a community without a call) to a day, minute and vehicle."""

    community: str
    day: int
    to_day: int
    minute: int
    plate: str


@dataclass(frozen=True)
class Tried:
    """What a move would come to: fen a week more, the rules it breaks, and the timetable afterwards."""

    move: Move
    fen_a_week: int
    faults: tuple[Fault, ...]
    answer: Answer


def board_of(session: Session, settings: Settings, fleet: Fleet, table: Timetable, today: date) -> Board:
    """Put a stored timetable on the board.

    Raises
    ------
    ConflictError, BadRequestError
        When its ways are not kept; as `making.asked`.
    """
    if table.roads_id is None:
        raise ConflictError.one(
            "no-ways",
            N_(
                "The ways of timetable %(version)s are not kept. Find them by:"
                " recycling timetable roads %(depot)s %(version)s"
            ),
            version=table.version,
            depot=table.depot_code,
        )
    places, matrices = kept_roads(session, table.roads_id)
    at = {code: k for k, code in enumerate(places)}
    ask = asked(session, settings, fleet, table.depot_code, today)
    trucks = [replace(vehicle, start=0, end=0) for vehicle in ask.job.vehicles]
    if "" in matrices:  # found when all vehicles of a timetable were of one type
        matrices = dict.fromkeys((truck.profile for truck in trucks), matrices[""])
    trucks = [truck for truck in trucks if truck.profile in matrices] or [
        replace(trucks[0], profile=next(iter(matrices)))
    ]
    plates = {truck.id for truck in trucks}
    trucks += [replace(trucks[0], id=plate) for plate in sorted({v.plate or ANY for v in table.visits} - plates)]
    sites = tuple(replace(site, location=at[site.id]) for site in ask.job.unload_sites if site.id in at)
    by_code: dict[str, list[TimetableVisit]] = defaultdict(list)
    for visit in table.visits:
        by_code[visit.community_code].append(visit)
    rules, hours = settings.timetable, call_hours(settings)
    room = largest_room(trucks)
    points = []
    for community in ask.communities:
        if community.code not in at:
            continue
        place, visits = at[community.code], by_code.get(community.code, [])
        if visits:
            points.append(_as_stored(settings, table, community, place, visits, ask.now, hours))
        elif table.weeks == rules.weeks:
            points.append(point_of(settings, community, place, ask.now, hours, room))
    problem = TimetableProblem(
        days=7 * table.weeks,
        dimensions=ask.job.dimensions,
        points=tuple(points),
        vehicles=tuple(trucks),
        unload_sites=sites,
        matrices=matrices,
    )
    problem = under_rules(settings, ask, problem)
    names = {community.code: community.name for community in ask.communities}
    names |= {site.code: site.name for site in session.scalars(select(Site).where(Site.code.in_(at)))}
    return Board(table, problem, _answer_of(table, problem), names)


def _as_stored(
    settings: Settings,
    table: Timetable,
    community: Community,
    location: int,
    visits: Sequence[TimetableVisit],
    now: Mapping[str, Sequence[int]],
    hours: Sequence[CallHour],
) -> CallPoint:
    """Return a community with the calls that the timetable has, and the other days and hours that they may have."""
    rules = settings.timetable
    own = tuple(visit.day for visit in visits)
    others = day_sets(rules, len(visits), community.code) if table.weeks == rules.weeks else []
    kept = tuple(now.get(community.code, ())) or own
    load = max(visit.expected_kg for visit in visits), max(visit.expected_litres for visit in visits)
    dwell = max(visit.dwell_minutes for visit in visits) * MINUTE
    spread = (load[0] * rules.spread, load[1] * rules.spread)
    patterns = tuple(
        DayPattern(days, load, dwell, spread, 0 if days == kept else rules.other_days_fen)
        for days in (own, *(days for days in others if days != own))
    )
    offered = hours_of(settings, community.code, hours)
    starts = {hour.window.start for hour in offered}
    mine = [call_hour(settings, v.start_minute) for v in visits[:1] if v.start_minute * MINUTE not in starts]
    return CallPoint(community.code, location, patterns, (*offered, *mine))


def _answer_of(table: Timetable, problem: TimetableProblem) -> Answer:
    minutes: dict[str, int] = {}
    for visit in table.visits:
        minutes.setdefault(visit.community_code, visit.start_minute)
    chosen = {
        point.id: (0, _hour(point, minutes[point.id])) for point in problem.points if point.id in minutes
    }  # its own days are the first of its patterns
    sites = {site.id for site in problem.unload_sites}
    rounds: dict[tuple[int, str], list[Service]] = defaultdict(list)
    for visit in table.visits:
        if visit.community_code in chosen:
            rounds[visit.day, visit.plate or ANY].append(("call", visit.community_code))
            if visit.unload_after in sites:
                rounds[visit.day, visit.plate or ANY].append(("unload", visit.unload_after or ""))
    listed = (Round(day, plate, tuple(services)) for (day, plate), services in sorted(rounds.items()))
    return Answer(chosen, tuple(listed), 0)


def _hour(point: CallPoint, minute: int) -> int:
    """Return which of its hours begins at a minute of the day; -1 where none does."""
    return next((k for k, hour in enumerate(point.hours) if hour.window.start == minute * MINUTE), -1)


def tried(board: Board, move: Move) -> Tried:
    """Judge a move without keeping it; the days that it changes are planned and judged anew.

    Raises
    ------
    BadRequestError
        For a community, day, hour or vehicle that cannot be meant.
    """
    point, answer, problem = board.point(move.community), board.answer, board.problem
    if move.plate not in board.plates:
        raise BadRequestError.one(
            "no-vehicle", N_("This timetable has no vehicle %(plate)s."), where="plate", plate=move.plate[:20]
        )
    hour = _hour(point, move.minute)
    if hour < 0:
        first, last = (point.hours[k].window.start // MINUTE for k in (0, -1))
        raise BadRequestError.one(
            "no-such-hour",
            N_("Calls begin at %(first)s, and so on until %(last)s, in steps of the settings."),
            where="minute",
            first=_clock(first),
            last=_clock(last),
        )
    pattern = _pattern(board, point, move)
    days = point.patterns[pattern].days
    on = {r.day: r.vehicle for r in answer.rounds if ("call", point.id) in r.services}
    on = {day: on.get(day, move.plate or ANY) for day in days} | {move.to_day: move.plate or ANY}
    after = moved(problem, answer, point.id, pattern, hour, on)
    touched = changed_rounds(answer, after)
    rounds = [one for one in (*answer.rounds, *after.rounds) if (one.day, one.vehicle) in touched]
    _refuse_unlike(board, {key for one in rounds for _, key in one.services})
    was, now = judge(problem, answer, touched), judge(problem, after, touched)
    before = was.cost - (0 if point.id in answer.chosen else problem.missing(point))
    return Tried(
        move, round((now.cost - before) / board.table.weeks), _said(board, was.faults, now.faults, after), after
    )


def _refuse_unlike(board: Board, codes: Collection[str]) -> None:
    """Communities called at other hours on other days would lose one of them: none of their rounds is touched."""
    minutes: dict[str, set[int]] = defaultdict(set)
    for visit in board.table.visits:
        minutes[visit.community_code].add(visit.start_minute)
    unlike = sorted(code for code in codes if len(minutes.get(code, ())) > 1)
    if unlike:
        raise ConflictError.one(
            "unlike-hours",
            N_("%(community)s is called at different hours on different days; its rounds cannot be changed here."),
            community=board.names[unlike[0]],
        )


def _pattern(board: Board, point: CallPoint, move: Move) -> int:
    """Return which of its patterns a community has after the move."""
    sets = [pattern.days for pattern in point.patterns]
    if point.id not in board.answer.chosen:
        wanted = next((days for days in sets if move.to_day in days), None)
    else:
        own = sets[board.answer.chosen[point.id][0]]
        if move.day not in own:
            raise ConflictError.one(
                "moved-meanwhile", N_("The call is no longer where you saw it. Look at the board again.")
            )
        wanted = tuple(sorted({*own, move.to_day} - ({move.day} - {move.to_day})))
    if wanted not in sets:
        raise BadRequestError.one(
            "no-such-days",
            N_("The calls of %(community)s may be on: %(days)s."),
            where="to_day",
            community=board.names[point.id],
            days=DaySets(sets, board.table.weeks),
        )
    return sets.index(wanted)


# -- what a move breaks, in words ----------------------------------------------------------------------------------

LATE = N_("%(vehicle)s would come to %(place)s %(minutes)s min after %(clock)s.")
CLOSED = N_("%(vehicle)s would come to %(place)s %(minutes)s min too late to unload.")
HOME = N_("%(vehicle)s would come home %(minutes)s min past its shift.")
FULL = N_("%(vehicle)s would have no room at %(place)s for what may be brought: %(amount)s %(dimension)s too much.")
SITE_FULL = N_("On that day %(place)s would get %(tonnes)s t more than it takes.")
NO_WAY = N_("No road leads from call to call for %(vehicle)s.")
OTHER = N_("%(vehicle)s at %(place)s breaks a rule: %(rule)s (%(amount)s).")


def _said(
    board: Board, was: Collection[TimetableFault], now: Collection[TimetableFault], after: Answer
) -> tuple[Fault, ...]:
    """Say the rules that are broken now and were not before, or less."""
    before = {(f.day, f.vehicle, f.place, f.rule): f.amount for f in was}
    worse = [f for f in now if f.amount > before.get((f.day, f.vehicle, f.place, f.rule), 0.0) + 1e-6]
    return tuple(_words(board, after, fault) for fault in worse)


def _words(board: Board, after: Answer, fault: TimetableFault) -> Fault:
    values: dict[str, object] = {
        "vehicle": plate_of(fault.vehicle) or AnyVehicle(),
        "place": board.names.get(fault.place, fault.place),
        "minutes": -(-int(fault.amount) // MINUTE),
    }
    full = "no room for what may be brought in "
    if fault.rule == "outside its windows" and fault.place in after.chosen:
        start = board.point(fault.place).hours[after.chosen[fault.place][1]].window.start
        return Fault("minute", "late", LATE, values | {"clock": _clock(start // MINUTE)})
    if fault.rule == "outside its hours":
        return Fault("minute", "site-closed", CLOSED, values)
    if fault.rule == "comes home after the shift":
        return Fault("plate", "past-shift", HOME, values)
    if fault.rule.startswith(full):
        unit = fault.rule.removeprefix(full).replace("litres", "l")
        return Fault("plate", "full", FULL, values | {"amount": round(fault.amount), "dimension": unit})
    if fault.rule.startswith(TOO_MUCH):
        return Fault("to_day", "site-full", SITE_FULL, values | {"tonnes": f"{fault.amount / 1000:.2f}"})
    if fault.rule in ("no way there", "no way home"):
        return Fault("plate", "no-way", NO_WAY, values)
    return Fault("", "rule", OTHER, values | {"rule": fault.rule, "amount": round(fault.amount)})


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
