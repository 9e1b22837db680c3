"""`recycling bookings set-off` and `failed`: the same words as on the dispatcher's page."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from made_plans import MINUTE, NINE, make_plan
from sqlalchemy import select

from recycling import clock
from recycling.cli import main
from recycling.models import Message

from .conftest import fresh


@pytest.fixture
def say(desk, taken, bring, now, monkeypatch):
    """Return a function that says words of a planned booking half an hour before its hour, and the booking."""
    booking = bring(desk, taken(desk), "planned", now)
    make_plan(desk.database, booking, 1)
    monkeypatch.setattr("recycling.cli_bookings.the_office", lambda: desk)

    def call(*words, later=timedelta(0), reference=booking.reference):
        monkeypatch.setattr(clock, "utc_now", lambda: NINE - 30 * MINUTE + later)
        command, *rest = words
        return CliRunner().invoke(main, ["bookings", command, reference, *rest])

    return call, booking


def changes(desk):
    with desk.database.read() as session:
        query = select(Message.change).where(Message.state != "outdated").order_by(Message.created_at)
        return session.scalars(query).all()


def test_a_crew_sets_off_and_meets_nobody(desk, say):
    call, booking = say
    assert call("set-off").output == f"{booking.reference} is on_the_way\n"
    assert call("set-off", "--back").output == f"{booking.reference} is planned\n"
    assert "on_the_way" not in changes(desk)
    call("set-off", later=MINUTE)
    assert "on_the_way" in changes(desk)
    done = call("failed", "absent", later=6 * MINUTE)
    assert done.output == f"{booking.reference} is failed: nobody answered the door\n"
    assert fresh(desk, booking).reason == "absent"
    assert changes(desk)[-1] == "failed"


def test_what_cannot_be_meant_is_refused(desk, say):
    call, booking = say
    unknown = call("failed", "no-such")
    assert unknown.exit_code == 2
    assert "no_access" in unknown.output
    assert "refused" not in unknown.output
    assert call("set-off", reference="NOBODY").exit_code == 2
    assert call("failed", "vehicle", later=-timedelta(days=1)).exit_code == 2
    assert fresh(desk, booking).state == "planned"


def test_what_failed_by_mistake_is_taken_back(desk, say):
    call, booking = say
    call("failed", "no_access")
    assert call("failed", "absent", "--back").exit_code == 2
    assert fresh(desk, booking).state == "failed"
    assert call("failed", "--back", later=9 * MINUTE).output == f"{booking.reference} is planned\n"
    call("failed", "no_access", later=20 * MINUTE)
    late = call("failed", "--back", later=40 * MINUTE)
    assert late.exit_code == 2
    assert "10 minutes" in late.output
    assert fresh(desk, booking).state == "failed"
