"""What runs by the clock: at the evening cut-off every depot's next day is planned, messages and events are sent all
day, truck calls are laid out ahead, old photos, drafts of days long over and unused ways by road are removed, and
where trucks were and who was served is forgotten.

Triggers are defined here and nowhere stored. A tick writes one row for its job and hour, so that an hour that two
processes or a restart meet again is done once, and an hour that nobody met is caught up by the next tick.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from recycling import clock, hooks, network, notify, photos, runs
from recycling.board.tidying import tidy_drafts
from recycling.booking import Office, offer_what_is_free, recount_open
from recycling.booking.contracts import make_due
from recycling.booking.groups import tend
from recycling.booking.quotes import expire_due
from recycling.clock import Span
from recycling.closed_days import standing_on_closed
from recycling.db import Database
from recycling.erasing import erase_due
from recycling.handing import lapse_due
from recycling.models import JobTick, PlanRun
from recycling.rounds import tend_rounds
from recycling.settings import Settings
from recycling.site_key import site_key
from recycling.sites import kept_ways
from recycling.spare import end_over, tend_spare
from recycling.timetable.calls import lay_out
from recycling.timetable.versions import timetabled
from recycling.whereabouts import erase_over

NIGHTLY = "plan-next-day"
WAITING = "offer-what-is-free"
ROOM = "recount-open-days"
GROUPS = "form-groups"
QUOTES = "expire-quotes"
ROUNDS = "go-rounds"
OFFERS = "lapse-offers"
ROUND_MINUTES = 2
SPARE = "offer-spare"
SENDING = "send-messages"
EVENTS = "send-events"
PHOTOS = "tidy-photos"
CONTRACTS = "book-contracts"
CALLS = "lay-out-calls"
PLACES = "forget-places"
PRIVACY = "erase-people"
WAYS = "tidy-ways"
DRAFTS = "tidy-drafts"
CATCH_UP_MINUTES = 5
ROOM_MINUTES = 10
SENDING_SECONDS = 15
PHOTO_MINUTES = 30
PLACE_MINUTES = 10
PRIVACY_HOURS = 6
WAYS_HOURS = 6
DRAFTS_HOURS = 6
log = structlog.get_logger()


def last_cut_off(settings: Settings, now: datetime) -> datetime:
    """Return the most recent evening cut-off that is not after `now`."""
    local, hour = settings.clock, settings.service.cut_off
    today = local.today(now)
    moment = local.at(today, hour)
    return moment if moment <= now else local.at(today - timedelta(days=1), hour)


def plan_next_day(database: Database, settings: Settings, now: datetime) -> list[PlanRun]:
    """Queue a run for each depot for the day after the last cut-off, unless that cut-off has been taken care of."""
    moment = last_cut_off(settings, now)
    day = settings.clock.today(moment) + timedelta(days=1)
    if now >= settings.clock.at(day, Span.parse(settings.service.shift).start):
        return []  # too late for that day: its crews are on the road or home again
    try:
        with database.write() as session:
            depots = network.depots(session)
            if not depots or session.get(JobTick, (NIGHTLY, moment)) is not None:
                return []
            if _began_before(session, day, moment):
                return []  # it may lack the last orders; the next tick asks again, when it is done
            session.add(JobTick(job=NIGHTLY, scheduled_for=moment, done_at=now))
            session.flush()
            return [runs.ask(session, d.code, day, "schedule", now, settings) for d in depots]
    except IntegrityError:
        return []  # another process wrote the same tick in between


def _began_before(session: Session, day: date, moment: datetime) -> bool:
    """Tell whether a run for the day is under way that was asked for before the moment."""
    running = select(PlanRun.id).where(
        PlanRun.service_day == day, PlanRun.state == "running", PlanRun.asked_at < moment
    )
    return session.scalar(running.limit(1)) is not None


def book_contracts(office: Office, now: datetime) -> None:
    """Book the dates of contracts whose days are open, and say in the log for how many there is no booking."""
    made = make_due(office, now)
    missed = sum(one.booking_id is None for one in made)
    if made:
        log.info("dates of contracts were booked", booked=len(made) - missed, missed=missed)


def take_back(office: Office, now: datetime) -> None:
    """Let what partners did not answer in time be ours again before a day is planned, also when nobody was at work.

    Whatever prevents that, the day is planned all the same.
    """
    try:
        end_over(office, now)
        lapse_due(office, now)
    except Exception:
        log.exception("offers to partners that are over could not be ended")


def offer_spare(office: Office, now: datetime) -> None:
    """Offer take-backs to partners' trips, end offers that are over, and say in the log what came of it."""
    for depot, day, done in tend_spare(office, now):
        log.info("take-backs were offered to trips", depot=depot, day=day.isoformat(), **asdict(done))


def _sender(database: Database, settings: Settings) -> Callable[[], None]:
    """Return the job that sends what waits; a wrong text is refused here, before it first runs."""
    texts, channels = notify.load_texts(settings), notify.channels_of(settings)

    def send() -> None:
        notify.send_due(database, settings, texts, channels, clock.utc_now)

    return send


def send_events(database: Database, settings: Settings) -> None:
    """Tell shops' programs what became of their orders."""
    try:
        key = site_key(settings.home / "var")
    except OSError as error:
        log.warning("events of shops wait: the key that signs them is not readable", why=str(error))
        return
    hooks.send_due(database, settings, key, clock.utc_now)


def lay_out_calls(database: Database, settings: Settings, now: datetime) -> None:
    """Keep the dated truck calls what timetables and the days on which nobody drives say, for the weeks ahead."""
    with database.read() as session:
        depots = timetabled(session)
    for depot in depots:
        with database.write() as session:
            done = lay_out(session, settings, depot, now)
        if done.made or done.moved or done.cancelled:
            log.info("truck calls laid out", depot=depot, **asdict(done))


def forget_places(database: Database, settings: Settings, now: datetime) -> None:
    """Erase where trucks were seen on days and rounds that are over."""
    with database.write() as session:
        erased = erase_over(session, settings, now)
    if erased:
        log.info("places of trucks erased", trucks=erased)


def erase_people(database: Database, settings: Settings, now: datetime) -> None:
    """Take people out of what ended long ago, and say in the log from how much."""
    done = erase_due(database, settings, now)
    if done.total:
        log.info("people erased from what ended", **asdict(done))


def tidy_photos(database: Database, settings: Settings, now: datetime) -> None:
    """Remove photos whose time is over, and files that a crash left behind."""
    old, orphans = photos.tidy(database, settings, now)
    if old or orphans:
        log.info("photos removed", old=old, orphans=orphans)


def tidy_ways(settings: Settings, now: datetime) -> None:
    """Remove ways by road that planners have not asked for in a long time, or that take too much room."""
    gone = kept_ways.tidy(settings, now)
    if gone.files:
        log.info("ways by road removed", **asdict(gone))


def tell_closed(office: Office, now: datetime) -> None:
    """Say in the log what stands on days that are closed by now: a holiday was entered over it."""
    with office.database.read() as session:
        found = standing_on_closed(session, office, now)
    for (depot, day), many in found.items():
        log.warning(
            "bookings, deliveries or truck calls stand on a day on which nobody drives",
            depot=depot,
            day=day.isoformat(),
            **asdict(many),
        )


def tidy(database: Database, settings: Settings, now: datetime) -> None:
    """Throw away drafts of days that have been over for a while."""
    gone = tidy_drafts(database, settings, now)
    if gone:
        log.info("drafts of days that are over thrown away", drafts=gone)


def start_scheduler(database: Database, settings: Settings, worker: runs.Worker, office: Office | None = None) -> Any:
    """Start APScheduler's thread with the triggers of this module and return it; with an office, those who wait too."""
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    def tick() -> None:
        if office is not None:
            take_back(office, clock.utc_now())
        queued = plan_next_day(database, settings, clock.utc_now())
        if queued:
            log.info("the next day is being planned", runs=len(queued), day=queued[0].service_day.isoformat())
            worker.wake()

    cut_off = settings.service.cut_off
    scheduler = BackgroundScheduler(timezone=settings.service.timezone)
    late: dict[str, Any] = {"misfire_grace_time": None, "coalesce": True}  # better late than never, once for all missed
    zone = settings.service.timezone  # a trigger that is made here does not take over the scheduler's
    at_cut_off = CronTrigger(hour=cut_off.hour, minute=cut_off.minute, second=1, timezone=zone)
    scheduler.add_job(tick, at_cut_off, id=NIGHTLY, **late)
    every = IntervalTrigger(minutes=CATCH_UP_MINUTES)
    scheduler.add_job(tick, every, id="catch-up", next_run_time=clock.utc_now(), **late)
    scheduler.add_job(_sender(database, settings), IntervalTrigger(seconds=SENDING_SECONDS), id=SENDING, **late)
    soon = IntervalTrigger(seconds=SENDING_SECONDS)
    scheduler.add_job(lambda: send_events(database, settings), soon, id=EVENTS, **late)
    now_and_then = IntervalTrigger(minutes=PHOTO_MINUTES)
    scheduler.add_job(lambda: tidy_photos(database, settings, clock.utc_now()), now_and_then, id=PHOTOS, **late)
    over = IntervalTrigger(minutes=PLACE_MINUTES)
    scheduler.add_job(
        lambda: forget_places(database, settings, clock.utc_now()),
        over,
        id=PLACES,
        next_run_time=clock.utc_now(),
        **late,
    )
    at_start: dict[str, Any] = {"next_run_time": clock.utc_now()}
    now_and_again = IntervalTrigger(hours=PRIVACY_HOURS)
    scheduler.add_job(
        lambda: erase_people(database, settings, clock.utc_now()), now_and_again, id=PRIVACY, **at_start, **late
    )
    scheduler.add_job(
        lambda: tidy_ways(settings, clock.utc_now()), IntervalTrigger(hours=WAYS_HOURS), id=WAYS, **at_start, **late
    )
    now_and_again = IntervalTrigger(hours=DRAFTS_HOURS)
    scheduler.add_job(lambda: tidy(database, settings, clock.utc_now()), now_and_again, id=DRAFTS, **at_start, **late)
    each_hour = CronTrigger(minute=10, second=5, timezone=zone)
    scheduler.add_job(lambda: lay_out_calls(database, settings, clock.utc_now()), each_hour, id=CALLS, **late)
    if office is not None:
        # a day opens at midnight; each hour, as what a crash or a lock prevented shall not wait until the next one
        hourly = CronTrigger(minute=0, second=5, timezone=zone)
        scheduler.add_job(lambda: book_contracts(office, clock.utc_now()), hourly, id=CONTRACTS, **at_start, **late)
        often = IntervalTrigger(minutes=ROOM_MINUTES)
        scheduler.add_job(lambda: recount_open(office, clock.utc_now()), often, id=ROOM, **late)
        scheduler.add_job(
            lambda: offer_what_is_free(office, clock.utc_now()), IntervalTrigger(minutes=1), id=WAITING, **late
        )
        scheduler.add_job(lambda: lapse_due(office, clock.utc_now()), IntervalTrigger(minutes=1), id=OFFERS, **late)
        scheduler.add_job(lambda: tend(office, clock.utc_now()), IntervalTrigger(minutes=1), id=GROUPS, **late)
        now_and_then = IntervalTrigger(minutes=ROUND_MINUTES)
        scheduler.add_job(lambda: tend_rounds(office, clock.utc_now()), now_and_then, id=ROUNDS, **at_start, **late)
        each_minute = IntervalTrigger(minutes=1)
        scheduler.add_job(lambda: offer_spare(office, clock.utc_now()), each_minute, id=SPARE, **late)
        scheduler.add_job(lambda: expire_due(office, clock.utc_now()), often, id=QUOTES, **late)
        tell_closed(office, clock.utc_now())
    scheduler.start()
    return scheduler
