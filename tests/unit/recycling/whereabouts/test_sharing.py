"""A driver agrees and takes it back; what is taken, what is refused, what is kept and when it is erased."""

from datetime import timedelta

import pytest
from drivers import DRIVER, OTHER
from sqlalchemy import select, text

from recycling import audit
from recycling.errors import BadRequestError, ConflictError, GoneError, TooOftenError
from recycling.jobs import forget_places
from recycling.models import AuditEvent, Base, Call, TruckPosition
from recycling.timetable.calls import cancel_call, move_call
from recycling.whereabouts import CONSENT, snapped, switch_off

SECOND = timedelta(seconds=1)


def rows(database):
    with database.read() as session:
        return session.scalars(select(TruckPosition)).all()


def written(database):
    with database.read() as session:
        return [(e.action, e.actor_id, e.before, e.after) for e in audit.events(session, "truck", "T-BOX")]


def test_consent_is_written_down_with_its_version_and_its_end(town_with_calls, truck, shares, monday):
    shares(monday("08:00"))
    shares(monday("08:01"))
    with town_with_calls.write() as session:
        switch_off(session, truck, DRIVER, monday("10:00"))
        switch_off(session, truck, DRIVER, monday("10:01"))
    agreed = {"day": "2026-03-09", "consent": CONSENT}
    assert written(town_with_calls) == [
        ("truck.shown", "driver-1", None, agreed),
        ("truck.hidden", "driver-1", agreed, None),
    ]
    assert rows(town_with_calls) == []


def test_another_sentence_is_not_what_was_agreed_to(town_with_calls, shares, monday):
    with pytest.raises(ConflictError, match="has changed"):
        shares(monday("08:00"), version="2020-01")
    assert (rows(town_with_calls), written(town_with_calls)) == ([], [])


@pytest.mark.parametrize(("hour", "days"), [("12:21", 0), ("09:30", 1), ("09:30", -1)])
def test_nothing_is_switched_on_without_a_round_ahead(town_with_calls, shares, monday, settings, hour, days):
    """After the last call, and on a day other than today."""
    day = settings.clock.today(monday(hour)) + timedelta(days=days)
    with pytest.raises(GoneError, match="no calls ahead"):
        shares(monday(hour), day=day)
    assert rows(town_with_calls) == []


def test_one_row_a_truck_holds_the_last_square_and_nothing_nearer(town_with_calls, shares, at, monday):
    shares(monday("08:00"))
    at(monday("09:00"))
    at(monday("09:01"), (107.4801234, 31.2101234))
    (row,) = rows(town_with_calls)
    cell = snapped(107.4801234, 31.2101234)
    assert (row.plate, row.depot_code, row.grid_row, row.grid_column) == ("T-BOX", "DEP-01", cell.row, cell.column)
    assert (row.seen_at, row.shared_by) == (monday("09:01"), "driver-1")


def test_no_exact_position_is_in_any_table_or_in_the_log(town_with_calls, shares, at, monday, capsys):
    shares(monday("08:00"))
    at(monday("09:00"))
    with pytest.raises(BadRequestError):
        at(monday("09:01"), (109.471234, 33.205678))
    with town_with_calls.read() as session:
        tables = [t for t in Base.metadata.sorted_tables if t.name not in ("area", "community", "site")]
        everything = "\n".join(str(tuple(row)) for t in tables for row in session.execute(select(t)))
        assert "truck.shown" in session.scalars(select(AuditEvent.action)).all()
    captured = capsys.readouterr()
    assert "107.47" in everything, "the control: calls have their places"
    for digits in ("107.4712", "31.2056", "109.47", "33.20"):
        assert digits not in everything
        assert digits not in captured.out + captured.err


@pytest.mark.parametrize("lonlat", [(107.9, 31.2), (0.0, 0.0), (107.47, 33.0)])
def test_places_far_outside_the_area_are_refused(town_with_calls, shares, at, monday, lonlat):
    shares(monday("08:00"))
    with pytest.raises(BadRequestError, match="far outside"):
        at(monday("09:00"), lonlat)
    assert rows(town_with_calls)[0].seen_at is None


def test_a_little_outside_the_area_is_on_the_way(town_with_calls, shares, at, monday):
    shares(monday("08:00"))
    at(monday("09:00"), (107.42, 31.2))
    assert rows(town_with_calls)[0].seen_at == monday("09:00")


@pytest.mark.parametrize("lonlat", [(float("nan"), 31.2), (200.0, 31.2), (107.47, float("inf"))])
def test_what_is_no_position_is_refused(shares, at, monday, lonlat):
    shares(monday("08:00"))
    with pytest.raises(BadRequestError, match="gave no position"):
        at(monday("09:00"), lonlat)


def test_positions_are_taken_from_20_minutes_before_to_20_minutes_after(town_with_calls, shares, at, monday):
    shares(monday("08:00"))
    with pytest.raises(ConflictError, match="not begun"):
        at(monday("08:40") - SECOND)
    at(monday("08:40"))
    at(monday("12:20"))
    with pytest.raises(GoneError, match="no calls ahead"):
        at(monday("12:20") + SECOND)
    assert rows(town_with_calls)[0].seen_at == monday("12:20")


def test_nobody_else_s_phone_counts(town_with_calls, shares, at, monday):
    with pytest.raises(ConflictError, match="by your phone any more"):
        at(monday("09:00"))
    shares(monday("08:00"))
    with pytest.raises(ConflictError):
        at(monday("09:00"), actor=OTHER)
    shares(monday("09:00"), actor=OTHER)
    with pytest.raises(ConflictError):
        at(monday("09:01"))
    at(monday("09:01"), actor=OTHER)
    assert [row.shared_by for row in rows(town_with_calls)] == ["driver-2"]
    assert [action for action, *_ in written(town_with_calls)] == ["truck.shown", "truck.shown"]


def test_positions_that_come_too_often_are_refused(town_with_calls, shares, at, monday):
    shares(monday("08:00"))
    at(monday("09:00"))
    with pytest.raises(TooOftenError, match="20 seconds"):
        at(monday("09:00") + 14 * SECOND, (107.48, 31.21))
    at(monday("09:00") + 15 * SECOND, (107.48, 31.21))
    (row,) = rows(town_with_calls)
    cell = snapped(107.48, 31.21)
    assert (row.grid_row, row.grid_column) == (cell.row, cell.column)


def test_yesterday_s_consent_does_not_hold_today(town_with_calls, shares, at, monday):
    shares(monday("08:00"))
    at(monday("09:00"))
    week = timedelta(days=7)
    with pytest.raises(ConflictError):
        at(monday("09:00") + week)
    shares(monday("08:00") + week)
    (row,) = rows(town_with_calls)
    assert (row.service_day.isoformat(), row.seen_at) == ("2026-03-16", None)


def test_the_schedule_erases_past_days_and_rounds_that_are_over(town_with_calls, settings, shares, at, monday):
    shares(monday("08:00"))
    at(monday("09:00"))
    forget_places(town_with_calls, settings, monday("12:20"))
    assert len(rows(town_with_calls)) == 1
    forget_places(town_with_calls, settings, monday("12:21"))
    assert rows(town_with_calls) == []
    shares(monday("09:00"))
    forget_places(town_with_calls, settings, monday("00:05") + timedelta(days=1))
    assert rows(town_with_calls) == []


def test_the_round_follows_calls_that_are_moved_or_cancelled(town_with_calls, settings, shares, at, monday):
    shares(monday("08:00"))
    with town_with_calls.write() as session:
        calls = session.scalars(
            select(Call)
            .where(Call.plate == "T-BOX", Call.service_day == monday("09:00").date())
            .order_by(Call.starts_at)
        ).all()
        move_call(session, settings, calls[0], monday("10:00"), "", DRIVER, monday("08:00"))
        cancel_call(session, calls[1], "rain", DRIVER, monday("08:00"))
    with pytest.raises(ConflictError):
        at(monday("09:30"))
    at(monday("09:40"))
    with pytest.raises(GoneError):
        at(monday("11:21"))


def test_half_a_position_cannot_be_written(town_with_calls, shares, monday):
    """The control of the tables' own rules."""
    from sqlalchemy.exc import IntegrityError

    shares(monday("08:00"))
    with pytest.raises(IntegrityError), town_with_calls.write() as session:
        session.execute(text("UPDATE truck_position SET grid_row = 1"))
