"""FAULT 15: one form is sent fifty times at once. It is one booking, and everybody is told the same."""

import pytest
from judges.slots import faults_of
from posting import posted
from sqlalchemy import select

from recycling.fleet import load_fleet
from recycling.models import Booking, Message


@pytest.fixture(scope="session")
def fleet():
    return load_fleet()


def judge(record, found, forms, times):
    assert len(found) == forms * times
    by_form = {form: {answer for f, answer in found if f == form} for form in range(forms)}
    assert [len(answers) for answers in by_form.values()] == [1] * forms, by_form
    assert all(isinstance(answer, tuple) for answers in by_form.values() for answer in answers), by_form
    with record.read() as session:
        bookings = session.scalars(select(Booking)).all()
        messages = session.scalars(select(Message)).all()
    assert len(bookings) == len(messages) == forms
    assert {str(b.id) for b in bookings} == {answer[0] for (answer,) in by_form.values()}
    assert faults_of(record) == []


def test_fault_15_one_form_fifty_times_at_once(record, office, wish, now):
    judge(record, posted(record, office, wish, now, 2, 50), 2, 50)


@pytest.mark.soak
def test_fault_15_twenty_forms_fifty_times_at_once(record, office, wish, now, capsys):
    found = posted(record, office, wish, now, 20, 50)
    judge(record, found, 20, 50)
    with capsys.disabled():
        print(f"\n{record.engine.dialect.name}: 20 forms, {len(found)} answers, 20 bookings")
