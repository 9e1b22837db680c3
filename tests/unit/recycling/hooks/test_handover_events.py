"""What a partner recycler's program is told: signed, in order, of its own pickups alone, without any person."""

import pytest
from partner_desk import COMPANY, DISPATCHER, companies, offered

from recycling import handing, hooks
from recycling.accounts.actors import Actor, Role
from recycling.errors import ForbiddenError

OWNER = "partner:scrap"


@pytest.fixture
def desk(record, desk_of):
    made = desk_of(record)
    vars(made.settings)["partners"] = companies()
    return made


@pytest.fixture
def pickup(desk, booked, now, hooked):
    hooked(desk.database, shop=OWNER)
    (booking,) = booked(desk.database, 1)
    return offered(desk, booking, now), booking


def step(desk, function, *arguments):
    with desk.database.write() as session:
        return function(session, *arguments)


def test_a_pickup_is_told_step_by_step(desk, pickup, receiver, go, now):
    (one, booking), partner = pickup, desk.settings.partners.find("scrap")
    assert go(desk.database) == {"sent": 1}
    step(desk, handing.accept, desk, partner, one.id, COMPANY, now)
    step(desk, handing.withdraw, desk, one.id, "we pass there", DISPATCHER, now)
    assert go(desk.database) == {"sent": 2}
    bodies = [body for body, _, _ in receiver.seen]
    assert all(signed for _, signed, _ in receiver.seen)
    kinds = [(body["type"], body["sequence"], body["handover"]["state"]) for body in bodies]
    assert kinds == [
        ("handover.offered", 1, "offered"),
        ("handover.accepted", 2, "accepted"),
        ("handover.withdrawn", 3, "withdrawn"),
    ]
    text = str(bodies)
    assert not [word for word in (booking.contact, booking.phone, booking.address, booking.reference) if word in text]


def test_the_second_waits_for_the_first(desk, pickup, receiver, go, watch, now):
    receiver.mode = 503
    (one, _), partner = pickup, desk.settings.partners.find("scrap")
    step(desk, handing.accept, desk, partner, one.id, COMPANY, now)
    go(desk.database)
    receiver.mode = "ok"
    receiver.seen.clear()
    watch.on(minutes=2)
    assert go(desk.database) == {"sent": 2}
    assert [body["sequence"] for body, _, _ in receiver.seen] == [1, 2]


def test_shops_and_partners_look_after_their_own_alone(desk, pickup, events, bring, hooked, now):
    hooked(desk.database)
    bring(desk.database, 1)
    assert {event.retailer for event in events(desk.database)} == {"Shop"}
    assert {event.retailer for event in events(desk.database, shop=OWNER)} == {OWNER}
    with desk.database.read() as session:
        assert [hook.retailer for hook in hooks.addresses(session)] == ["Shop"]
    shop = Actor("person", "s", Role.RETAILER)
    for who, owner in ((shop, OWNER), (COMPANY, "Shop")):
        with pytest.raises(ForbiddenError):
            step(desk, hooks.renew, "key", owner, who, now)
        with pytest.raises(ForbiddenError):
            step(desk, hooks.again, who, now, (), owner)
