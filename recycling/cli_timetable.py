"""`recycling timetable`: truck calls at fixed places and hours, from demand to dated calls."""

from __future__ import annotations

import signal
import time
import uuid
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import click

DAY = click.DateTime(["%Y-%m-%d"])
PROVING_SECONDS = 60.0
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@click.group()
def timetable() -> None:
    """Truck calls: make a timetable from demand, publish it, change single calls, export them.

    \b
    A timetable for the communities of a depot, looked at, put in force, laid out as dated calls:
      recycling timetable optimise DEP-01 --seconds 60
      recycling timetable show DEP-01 1
      recycling timetable publish DEP-01 1 --from 2026-12-07
      recycling timetable calls DEP-01
    """


@timetable.command()
@click.argument("depot")
@click.option(
    "--seconds", type=click.FloatRange(1, 86_400), default=60.0, show_default=True, help="How long it searches."
)
@click.option("--cores", type=click.IntRange(1, 64), default=1, show_default=True, help="Searches side by side.")
@click.option("--seed", type=int, default=1, show_default=True, help="Where its random numbers begin.")
@click.option("--vehicles", type=click.IntRange(1, 200), help="So many vehicles, instead of those the depot has.")
def optimise(depot: str, seconds: float, cores: int, seed: int, vehicles: int | None) -> None:
    """Make a timetable for DEPOT's communities from what people are expected to bring; it is kept as a draft.

    Begins from the timetable in force, and changes it where that is worth what it costs people to be given other days
    (timetable.other_days_fen). Ctrl+C ends the search; the best timetable so far is kept.
    """
    from recycling import clock
    from recycling.fleet import load_fleet
    from recycling.progress import bar
    from recycling.timetable import making
    from recycling.timetable.searching import Best, search
    from recycling.timetable.without import people_without
    from routing.periodic.simulate import overflow

    database, settings = _opened()
    fleet = load_fleet()
    stopped: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.append(number)

    def begin() -> None:
        signal.signal(signal.SIGINT, stop)

    before = signal.getsignal(signal.SIGINT)
    try:
        with bar("Timetable", ticking=False) as update:

            def tell(share: float, best: Best | None) -> bool:
                out = f", {best.people:,} people in {best.left_out} without a call" if best and best.left_out else ""
                update(share, f"{best.fen_a_week / 100:,.0f} yuan a week{out}" if best else "")
                return bool(stopped)

            found = search(
                database, settings, fleet, depot, clock.utc_now(), seconds, tell,
                seed=seed, cores=cores, vehicles=vehicles, ready=begin,
            )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)
    ask, problem, answer, off_road = found.ask, found.problem, found.answer, found.off_road
    with database.write() as session:
        table = making.store(session, settings, ask, problem, answer, "timetable optimise", clock.utc_now())
        _say(table, people_without(session, table))
    full = overflow(problem, answer)
    click.echo(
        f"too full for what is brought: {100 * full.trips:.1f} % of trips, the worst one {100 * full.worst:.1f} % of "
        f"times (drawn {full.draws} times; planned for {100 * settings.timetable.too_full:.0f} %)"
    )
    for code in off_road[:10]:
        click.echo(f"no road leads to {code}: move its position", err=True)
    without = [point.id for point in problem.points if point.id not in answer.chosen]
    if without:
        say_why(problem, without, fleet)


def say_why(problem: Any, without: list[str], fleet: Any) -> None:
    """Say who has no call, what of it is proven to be impossible, and what would make it possible."""
    from recycling.timetable.hindrances import hindrances, said
    from routing.periodic.least import fewest_vehicles

    least, have = fewest_vehicles(problem), len(problem.vehicles)
    more = f"at least {least} vehicles are needed" if least > have else f"try --vehicles {have + 1}"
    click.echo(
        f"without a call, because no vehicle has time or room: {', '.join(without[:10])}"
        f"{' ..' if len(without) > 10 else ''}. {have} vehicles are there; {more}, or a longer shift"
        " (service.shift), shorter calls (timetable.dwell_minutes) or fewer (timetable.twice_from_people).",
        err=True,
    )
    until = time.monotonic() + PROVING_SECONDS
    for one in said(hindrances(problem, (), fleet, lambda: time.monotonic() < until), {}, fleet):
        names = one.communities or ("all",)
        listed = ", ".join(names[:10]) + (f" .. ({len(names)} communities)" if len(names) > 10 else "")
        click.echo(f"proven: {listed}: {one.why}", err=True)
        for remedy in one.remedies:
            click.echo(f"  would help: {remedy}", err=True)


@timetable.command("list")
@click.argument("depot")
def list_versions(depot: str) -> None:
    """List the versions of DEPOT's timetable, the newest first.

    Each with its state, the day from which it holds, its calls in a cycle and what it costs a week.
    """
    from recycling import network
    from recycling.timetable.versions import versions

    database, _ = _opened()
    with database.read() as session:
        network.the_depot(session, depot)
        for table in versions(session, depot):
            _say(table)


@timetable.command()
@click.argument("depot")
@click.argument("version", type=int)
def show(depot: str, version: int) -> None:
    """Print the rounds of a VERSION of DEPOT's timetable.

    Day, vehicle and its driver, then each call with its hour, its minutes, what is expected and where the vehicle
    then unloads.
    """
    from recycling.fleet import load_fleet
    from recycling.timetable.versions import the_timetable

    database, _ = _opened()
    fleet = load_fleet()
    with database.read() as session:
        table = the_timetable(session, depot, version)
        _say(table)
        before = None
        for visit in table.visits:
            if (visit.day, visit.plate) != before:
                before = (visit.day, visit.plate)
                week = f" of week {visit.day // 7 + 1}" if table.weeks > 1 else ""
                driver = fleet.driver_of(visit.plate, visit.day % 7)
                click.echo(f"\n{WEEKDAYS[visit.day % 7]}{week}  {visit.plate}{f'  driver {driver}' if driver else ''}")
            unload = f"  then unloads at {visit.unload_after}" if visit.unload_after else ""
            click.echo(
                f"  {visit.start_minute // 60:02d}:{visit.start_minute % 60:02d} {visit.dwell_minutes:3d} min"
                f"  {visit.community.name} ({visit.community_code}), {visit.expected_kg} kg{unload}"
            )


@timetable.command()
@click.argument("depot")
@click.argument("version", type=int)
@click.option("--from", "first", type=DAY, required=True, help="The first day on which it holds.")
def publish(depot: str, version: int, first: datetime) -> None:
    """Put VERSION of DEPOT's timetable in force from a day on, and lay out its dated calls.

    Only a draft can be published, and only from tomorrow on. Dated calls from that day on follow it, but for those that
    people changed by hand.
    """
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.timetable.calls import lay_out
    from recycling.timetable.versions import publish as put_in_force
    from recycling.timetable.versions import the_timetable

    database, settings = _opened()
    now = clock.utc_now()
    with database.write() as session:
        table = the_timetable(session, depot, version)
        put_in_force(session, settings, table, first.date(), system("timetable publish"), now)
        _say(table)
        _say_laid_out(lay_out(session, settings, depot, now))


@timetable.command()
@click.argument("depot")
@click.argument("version", type=int)
def roads(depot: str, version: int) -> None:
    """Find the roads for a VERSION of DEPOT that has none kept, so that calls can be moved on its board.

    A timetable made by `optimise` has its roads already; this finds them anew, as they are now.
    """
    from recycling import clock
    from recycling.fleet import load_fleet
    from recycling.timetable.finding import find_roads

    database, settings = _opened()
    _say(find_roads(database, settings, load_fleet(), depot, version, clock.utc_now()))


@timetable.command()
@click.argument("depot")
@click.argument("version", type=int)
@click.argument("community")
@click.option("--day", type=int, default=-1, help="Day of the cycle that its call leaves, 0 for the first Monday.")
@click.option("--to", "to_day", type=int, required=True, help="Day of the cycle that it is put on.")
@click.option("--hour", type=click.DateTime(["%H:%M"]), required=True, help="When its calls begin, on all its days.")
@click.option("--vehicle", default="", help="Number plate of the vehicle that calls.")
@click.option("--keep", "kept", is_flag=True, help="Keep it: in this draft, or in a new draft of a version in force.")
def shift(
    depot: str, version: int, community: str, day: int, to_day: int, hour: datetime, vehicle: str, kept: bool
) -> None:
    """Say what it comes to when a call of COMMUNITY is put elsewhere in a VERSION of DEPOT's timetable.

    Yuan a week more or less, and each rule that it breaks; exit status 1 when it breaks one. A community without a call
    gets one when no --day is given.
    """
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.fleet import load_fleet
    from recycling.timetable.board import Move, board_of, tried
    from recycling.timetable.editing import keep
    from recycling.timetable.versions import the_timetable

    database, settings = _opened()
    now = clock.utc_now()
    with database.write() if kept else database.read() as session:
        table = the_timetable(session, depot, version)
        board = board_of(session, settings, load_fleet(), table, settings.clock.today(now))
        move = tried(board, Move(community, day, to_day, hour.hour * 60 + hour.minute, vehicle))
        click.echo(f"{move.fen_a_week / 100:+,.2f} yuan a week")
        for fault in move.faults:
            click.echo(f"  {fault}")
        if move.faults:
            raise click.exceptions.Exit(1)
        if kept:
            _say(keep(session, settings, board, move, table.edits, system("timetable shift"), now))


@timetable.command()
@click.argument("depot")
def calls(depot: str) -> None:
    """Lay out the dated calls of DEPOT for the weeks ahead; done again it changes nothing."""
    from recycling import clock, network
    from recycling.timetable.calls import lay_out

    database, settings = _opened()
    with database.write() as session:
        network.the_depot(session, depot)
        _say_laid_out(lay_out(session, settings, depot, clock.utc_now()))


@timetable.command()
@click.argument("depot")
@click.option("--version", type=int, help="Of this version, instead of the one in force or to be.")
@click.option("--metres", type=int, default=500, show_default=True, help="Of a walk to a call at a convenient hour.")
@click.option("--minutes", type=int, default=15, show_default=True, help="Of a walk to a station, or any calls.")
@click.option("--calls", "often", type=int, default=2, show_default=True, help="So many a month count as a point.")
@click.option("--further", type=int, default=10, show_default=True, help="So many further points are looked for.")
@click.option("--hours", help='Convenient ones, such as "08:00-10:00, 16:00-18:00", instead of the settings\'.')
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write who is reached: .geojson or .csv.")
def reach(
    depot: str,
    version: int | None,
    metres: int,
    minutes: int,
    often: int,
    further: int,
    hours: str | None,
    out: Path | None,
) -> None:
    """Say whom the timetable of DEPOT reaches on foot, and which further points would add most people.

    That in force, or else the next one to be, or a draft. By town, the worst first. A community counts as a whole, at
    its place. The answer is kept beside those of the planners' page.
    """
    import json

    from recycling import clock, network
    from recycling.accounts.actors import system
    from recycling.timetable import reach_kept
    from recycling.timetable.reach import limits_of
    from recycling.timetable.versions import standing

    database, settings = _opened()
    now, form = clock.utc_now(), f"reach-{uuid.uuid4()}"
    asked = {"metres": metres, "minutes": minutes, "calls": often, "further": further}
    limits = limits_of(settings, asked, hours)
    with database.write() as session:
        if version is None:
            kept = standing(session, depot, settings.clock.today(now))
            version = kept.version if kept is not None else None
        study = reach_kept.ask(session, depot, version, limits, system("timetable reach"), now, form)
        found = reach_kept.reach_in(study)
        if out is not None and out.suffix == ".csv":
            out.write_bytes(reach_kept.table(found))
        elif out is not None:
            layer = reach_kept.geojson(study, found, network.the_area(session).notice)
            out.write_text(json.dumps(layer, ensure_ascii=False), encoding="utf-8")
    click.echo(f"{depot}, version {version} of its timetable" if version else f"{depot}, stations alone: no timetable")
    share = {name: 100 * getattr(found, name) / found.people for name in ("reached", "by_calls", "good")}
    click.echo(
        f"{found.reached:,} of {found.people:,} people ({share['reached']:.1f} %) within {minutes} min;"
        f" {share['by_calls']:.1f} % by truck calls,"
        f" {share['good']:.1f} % within {metres} m of one at a convenient hour"
    )
    for town in found.towns[:5]:
        click.echo(f"  {100 * town.share:5.1f} %  {town.county} {town.name} ({town.people:,} people)")
    for number, point in enumerate(found.further, start=1):
        place = found.places[point.position]
        click.echo(f"  further {number}: {place.name} {place.code} adds {point.adds:,} people")
    if found.further:
        click.echo(
            f"  proven: {further} further, wherever they are, reach {found.most:,} people at most at a convenient hour"
        )


@timetable.command()
@click.argument("call", type=click.UUID)
@click.argument("start", type=click.DateTime(["%Y-%m-%d %H:%M"]))
@click.option("--vehicle", default="", help="Another vehicle's plate.")
def move(call: uuid.UUID, start: datetime, vehicle: str) -> None:
    """Let CALL begin at START ("2026-12-08 09:30") instead; page, calendar and plan say from when it was moved."""
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.fleet import load_fleet
    from recycling.timetable.calls import move_call, the_call

    database, settings = _opened()
    fleet = load_fleet()
    with database.write() as session:
        found = the_call(session, call)
        vehicle = fleet.plate_of(found.depot_code, vehicle, found.plate)
        at = settings.clock.at(start.date(), start.time())
        move_call(session, settings, found, at, vehicle, system("timetable move"), clock.utc_now())
        click.echo(f"{found.community.name}: {settings.clock.local(found.starts_at):%Y-%m-%d %H:%M}")


@timetable.command()
@click.argument("call", type=click.UUID)
@click.argument("reason")
def cancel(call: uuid.UUID, reason: str) -> None:
    """Cancel CALL, with the REASON that people read.

    Page, poster and calendar then say so. The id of a call stands on the dispatcher's page and in `timetable export`.
    """
    from recycling import clock
    from recycling.accounts.actors import system
    from recycling.timetable.calls import cancel_call, the_call

    database, _ = _opened()
    with database.write() as session:
        found = cancel_call(session, the_call(session, call), reason, system("timetable cancel"), clock.utc_now())
        click.echo(f"{found.community.name}: cancelled, {found.reason}")


@timetable.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--community", default="", help="Of one community alone.")
def export(file: Path, community: str) -> None:
    """Write the dated calls ahead into FILE: .csv, .json, .geojson or .ics (a calendar)."""
    from recycling import clock
    from recycling.catalogue import load_catalogue
    from recycling.exports.call_calendar import call_feed
    from recycling.fleet import load_fleet
    from recycling.stock.taken import room_at
    from recycling.timetable.calls import next_calls
    from recycling.timetable.open_data import FORMATS, open_data

    form = file.suffix.removeprefix(".")
    if form not in (*FORMATS, "ics"):
        raise click.BadParameter("end the file's name in .csv, .json, .geojson or .ics", param_hint="FILE")
    database, settings = _opened()
    now = clock.utc_now()
    with database.read() as session:
        found = next_calls(session, now, [community] if community else ())
        rooms = room_at(session, settings, load_catalogue(), load_fleet(), found, now)
        site = settings.messages.site.rstrip("/")
        file.write_bytes(
            call_feed(found, lambda call: f"{site}/calls/{call.community_code}", "zh", settings.clock, now)
            if form == "ics"
            else open_data(settings, found, form, rooms)
        )
    click.echo(f"{len(found)} calls")


def _say(table: Any, people: int = 0) -> None:
    state = f"{table.state} from {table.valid_from}" if table.valid_from else table.state
    left = f", {table.left_out} communities without a call" if table.left_out else ""
    left += f" ({people:,} people)" if left and people else ""
    click.echo(
        f"{table.depot_code} version {table.version}: {state}, {len(table.visits)} calls in {table.weeks} "
        f"week{'s' if table.weeks > 1 else ''}, {table.fen_a_week / 100:,.0f} yuan a week{left}"
    )


def _say_laid_out(done: Any) -> None:
    click.echo(f"{done.made} calls made, {done.moved} moved, {done.cancelled} cancelled, {done.kept} as they were")


def _opened() -> tuple[Any, Any]:
    from recycling.db import Database
    from recycling.settings import load_settings

    settings = load_settings()
    database = Database(settings.database_url)
    database.check()
    return database, settings
