"""Weights of partners put right by two people: in the draft itself, or on the next statement, to the fen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from partner_desk import (
    CASHIER,
    CLERK,
    COMPANY,
    DISPATCHER,
    FRIDGE,
    PAPER,
    accepted,
    code_of,
    collected,
    step,
    the_handover,
    with_partners,
)  # fmt: skip
from sqlalchemy import select

from recycling import audit, handing
from recycling.accounts.actors import system
from recycling.errors import BadRequestError, ConflictError, DomainError, ForbiddenError, NotFoundError
from recycling.ledger import Account, balance
from recycling.ledger.trial import trial
from recycling.models import HandoverLine, HandoverSerial, PartnerCorrection

LESS = replace(PAPER, grams=2_345)


@pytest.fixture
def done(ours, now):
    """A pickup that was collected: 12.345 kg of paper and a refrigerator."""
    desk, booking = ours
    return desk, collected(desk, accepted(desk, booking, now), now, PAPER, FRIDGE)


def ask(desk, pickup, now, *lines, key="a-correction-1", who=CLERK, reason="the scale was off"):
    return handing.ask_correction(desk, pickup.id, lines, reason, key, who, now)


def right(desk, pickup, now, *lines, key="a-correction-1"):
    asked = ask(desk, pickup, now, *lines, key=key)
    return handing.decide_correction(desk, asked.id, True, CASHIER, now)


def settle(desk, pickup, now):
    day = pickup.service_day
    return step(desk, handing.make_statement, desk.settings.partners.find("scrap"), day, day, CASHIER, now)


def lines_of(desk, statement):
    with desk.database.read() as session:
        return handing.lines_of(session, handing.the_statement(session, "scrap", statement.number))


def draft(desk):
    with desk.database.read() as session:
        return handing.draft_lines(session, "scrap")


def sums(desk):
    with desk.database.read() as session:
        assert trial(session).sound
        return tuple(balance(session, Account("partner", "scrap", unit)) for unit in ("paper g", "appliances g", "fen"))


def test_a_draft_changes_when_a_second_person_has_looked(done, now):
    desk, pickup = done
    before, ledger = draft(desk), sums(desk)
    asked = ask(desk, pickup, now, LESS, FRIDGE)
    assert (asked.fen, draft(desk), sums(desk)) == (35 - 185, before, ledger), "nothing moves yet"
    handing.decide_correction(desk, asked.id, True, CASHIER, now)
    assert [(n.material, n.grams, n.fen) for n in draft(desk)] == [
        ("", 0, -500), ("paper", 2_345, 35), ("appliances", 55_000, 3000),
    ]  # fmt: skip
    assert sums(desk) == (2_345, 55_000, -(-500 + 35 + 3000))
    assert the_handover(desk, pickup).fen == 2535
    with desk.database.read() as session:
        serials = session.scalars(select(HandoverSerial.serial)).all()
        kinds = [one.action for one in audit.events(session, "partner-correction", asked.id)]
    assert serials == ["AB1234"]
    assert kinds == ["partner-correction.asked", "partner-correction.made"]
    statement = settle(desk, pickup, now)
    assert (statement.fen, sum(n.fen for n in lines_of(desk, statement))) == (2535, 2535)


PLATE = replace(FRIDGE, serials=("AB 1243",))


def test_a_wrong_serial_number_is_put_right_and_no_sum_moves(done, now):
    desk, pickup = done
    first = settle(desk, pickup, now)
    before, ledger = lines_of(desk, first), sums(desk)
    asked = ask(desk, pickup, now, PAPER, PLATE, reason="read again from the photo")
    assert serials_of(desk) == [("fridge", "AB1234")], "nothing changes yet"
    with desk.database.read() as session:
        (seen,) = handing.waiting(session, "scrap")
    assert seen.serials == (("AB1234",), ("AB1243",))
    with pytest.raises(ForbiddenError):
        handing.decide_correction(desk, asked.id, True, CLERK, now)
    for _ in range(2):
        made = handing.decide_correction(desk, asked.id, True, CASHIER, now)
    assert (made.fen, made.carried, made.before) == (0, False, made.after)
    assert serials_of(desk) == [("fridge", "AB1243")]
    assert (lines_of(desk, first), sums(desk), draft(desk)) == (before, ledger, []), "no sum, no line, no entry"
    with desk.database.read() as session:
        events = audit.events(session, "partner-correction", asked.id)
    assert events[0].after["serials_after"] == [["fridge", "AB1243"]]
    assert [one.action for one in events] == ["partner-correction.asked", "partner-correction.made"]


def test_a_serial_number_and_a_weight_at_once(done, now):
    desk, pickup = done
    settle(desk, pickup, now)
    right(desk, pickup, now, LESS, PLATE)
    assert serials_of(desk) == [("fridge", "AB1243")]
    assert [(n.grams, n.fen) for n in draft(desk)] == [(-10_000, -150)]
    right(desk, pickup, now + timedelta(minutes=1), LESS, key="a-correction-2")
    assert serials_of(desk) == [], "no refrigerator, no number of it"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (replace(FRIDGE, serials=("A1B", "A1C")), "serials"),
        (replace(FRIDGE, serials=("冰",)), "bad-serial"),
        (replace(FRIDGE, pieces=2, serials=("A1B", "a 1b")), "serial-twice"),
        (FRIDGE, "no-change"),
    ],
)
def test_serial_numbers_that_cannot_be_are_refused(done, now, line, code):
    desk, pickup = done
    with pytest.raises(BadRequestError) as error:
        ask(desk, pickup, now, PAPER, line)
    assert code_of(error) == code
    assert serials_of(desk) == [("fridge", "AB1234")]


def serials_of(desk):
    with desk.database.read() as session:
        return sorted((one.item, one.serial) for one in session.scalars(select(HandoverSerial)))


def test_a_closed_statement_stays_and_the_next_one_has_the_difference(both, taken, now):
    with_partners(both)
    pickup = collected(both, accepted(both, taken(both), now), now, PAPER, FRIDGE)
    first = settle(both, pickup, now)
    before = lines_of(both, first)
    right(both, pickup, now, LESS, FRIDGE)
    assert (lines_of(both, first), the_handover(both, pickup).fen) == (before, first.fen)
    assert [(n.reference, n.grams, n.fen, n.reason) for n in draft(both)] == [
        (before[0].reference, -10_000, -150, "the scale was off")
    ]
    right(both, pickup, now + timedelta(minutes=1), LESS, replace(FRIDGE, grams=50_000, pieces=2), key="a-correction-2")
    later = collected(both, accepted(both, taken(both), now, "an-offer-2"), now, PAPER)
    second = settle(both, later, now)
    lines = lines_of(both, second)
    assert (second.pickups, second.fen) == (3, -500 + 185 - 150 + 3000)
    assert sum(n.fen for n in lines) == second.fen
    assert [n.fen for n in lines if n.reason] in ([-150, 3000], [3000, -150])
    assert lines_of(both, first) == before
    assert sums(both) == (12_345 + 2_345, 50_000, -(first.fen + second.fen))
    assert draft(both) == []
    for number in (1, 2):
        step(both, handing.note_paid, both.settings.partners.find("scrap"), number, f"T-{number}", CASHIER, now)
    assert sums(both)[2] == 0


def test_a_statement_of_a_correction_alone(done, now):
    desk, pickup = done
    settle(desk, pickup, now)
    right(desk, pickup, now, LESS, FRIDGE)
    assert (settle(desk, pickup, now).pickups, draft(desk)) == (1, [])


def test_a_correction_asked_of_a_draft_and_decided_after_it_was_closed_is_carried(done, now):
    desk, pickup = done
    asked = ask(desk, pickup, now, LESS, FRIDGE)
    first = settle(desk, pickup, now)
    before = lines_of(desk, first)
    assert handing.decide_correction(desk, asked.id, True, CASHIER, now).carried
    assert lines_of(desk, first) == before
    assert [n.fen for n in draft(desk)] == [-150]


def test_who_asked_cannot_decide_and_once_decided_it_stays(done, now):
    desk, pickup = done
    asked = ask(desk, pickup, now, LESS, FRIDGE)
    with pytest.raises(ForbiddenError) as error:
        handing.decide_correction(desk, asked.id, True, CLERK, now)
    assert code_of(error) == "second-person"
    with desk.database.read() as session:
        (seen,) = handing.waiting(session)
    assert [n.grams for n in seen.after] == [0, 2_345, 55_000]
    assert handing.decide_correction(desk, asked.id, False, CASHIER, now).state == "refused"
    assert handing.decide_correction(desk, asked.id, False, CASHIER, now).state == "refused"
    with pytest.raises(ConflictError) as error:
        handing.decide_correction(desk, asked.id, True, CASHIER, now)
    assert code_of(error) == "decided"
    assert the_handover(desk, pickup).fen == 2685
    assert ask(desk, pickup, now, LESS, FRIDGE, key="a-correction-2").state == "asked", "asked anew"


def test_what_cannot_be_asked(done, now):
    desk, pickup = done
    for lines, reason, code in (
        ((PAPER, FRIDGE), "again", "no-change"),
        ((LESS, FRIDGE), " ", "no-reason"),
        ((), "nothing there", "no-lines"),
        ((replace(PAPER, grams=0),), "empty", "bad-weight"),
    ):
        with pytest.raises(BadRequestError) as error:
            ask(desk, pickup, now, *lines, reason=reason)
        assert code_of(error) == code
    for actor in (DISPATCHER, COMPANY):
        with pytest.raises(ForbiddenError):
            ask(desk, pickup, now, LESS, who=actor)
        with pytest.raises(ForbiddenError):
            handing.decide_correction(desk, pickup.id, True, actor, now)
    with pytest.raises(DomainError):
        ask(desk, pickup, now, LESS, who=system("a-command"))
    with pytest.raises(NotFoundError):
        handing.decide_correction(desk, pickup.id, True, CASHIER, now)
    first = ask(desk, pickup, now, LESS, FRIDGE)
    assert ask(desk, pickup, now, LESS, FRIDGE).id == first.id
    with pytest.raises(ConflictError) as error:
        ask(desk, pickup, now, FRIDGE, key="a-correction-2")
    assert code_of(error) == "correction-waits"


def test_what_was_not_collected_has_nothing_to_be_put_right(ours, now):
    desk, booking = ours
    made = accepted(desk, booking, now)
    with pytest.raises(ConflictError) as error:
        ask(desk, made, now, PAPER)
    assert code_of(error) == "not-collected"


def test_two_who_decide_at_once_make_it_once(done, now, at_once):
    desk, pickup = done
    asked = ask(desk, pickup, now, LESS, FRIDGE)
    others = [replace(CASHIER, id=f"a-{n}") for n in range(3)]
    at_once(*(lambda who=who: handing.decide_correction(desk, asked.id, True, who, now) for who in others))
    assert sums(desk) == (2_345, 55_000, -2535)


@pytest.mark.parametrize("first", ["closes", "decides"])
def test_a_statement_and_a_correction_at_once_are_one_truth(done, now, at_once, first):
    desk, pickup = done
    asked = ask(desk, pickup, now, LESS, FRIDGE)
    calls = {
        "closes": lambda: settle(desk, pickup, now),
        "decides": lambda: handing.decide_correction(desk, asked.id, True, CASHIER, now),
    }
    at_once(*(calls[name] for name in sorted(calls, key=lambda name: name != first)))
    with desk.database.read() as session:
        carried = session.scalars(select(PartnerCorrection.carried)).one()
        on_lines = sum(session.scalars(select(HandoverLine.fen)))
        statement = handing.the_statement(session, "scrap", 1)
    assert (statement.fen, on_lines) == ((2685, 2685) if carried else (2535, 2535))
    assert sum(n.fen for n in lines_of(desk, statement)) == statement.fen
    assert [n.fen for n in draft(desk)] == ([-150] if carried else [])
