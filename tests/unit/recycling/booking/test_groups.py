"""Groups: gathering without an account, the quorum, one window for all or none, and nobody dropped in silence."""

import multiprocessing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from recycling import audit
from recycling.accounts.actors import ANONYMOUS, Actor, Role
from recycling.booking import groups
from recycling.booking.capacity import make_rows
from recycling.booking.groups import GroupThereError, GroupWish, forming
from recycling.db import Database
from recycling.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError, TooOftenError
from recycling.models import Booking, Group, GroupMember, Message, Slot

CLERK = Actor("person", "clerk-1", Role.CLERK, frozenset({"DEP-01"}))
STRANGER = Actor("person", "clerk-2", Role.CLERK, frozenset({"DEP-02"}))


@pytest.fixture
def opened(day, now):
    """Return a function that opens a group for a building, of two households if the test says nothing else."""
    count = iter(range(1000))

    def make(desk, actor=CLERK, **changes):
        number = next(count)
        sound = {
            "community": "A-001",
            "address": f"荷叶街{number}号3栋",
            "last_day": day + timedelta(days=5),
            "unit": "households",
            "quorum": 2,
        }
        return groups.open_group(desk, GroupWish(**{**sound, **changes}), f"open-group-{number}", now, actor)

    return make


@pytest.fixture
def joins(wish, now):
    """Return a function that lets household so many of a group join."""

    def make(desk, group, number, at=now, **changes):
        sound = {
            "items": {"paper": 2},
            "phone": f"138{number:08d}",
            "address": f"{number}01",
            "contact": f"住户{number}",
        }
        request = wish(**{**sound, **changes, "community": "", "day": None, "window": ""})
        return groups.join(desk, group.code, request, f"joins-{number}-{at.timestamp():.0f}", at)

    return make


def fresh(desk, group):
    with desk.database.read() as session:
        return groups.group_by_code(session, group.code)


def bookings(desk):
    with desk.database.read() as session:
        return session.scalars(select(Booking).order_by(Booking.phone)).all()


def told(desk, change):
    with desk.database.read() as session:
        return session.scalars(select(Message).where(Message.change == change).order_by(Message.phone)).all()


def deeds(desk, group):
    with desk.database.read() as session:
        return [event.action for event in audit.events(session, "group", group.id)]


def fill(desk, day, left=0):
    """Leave so many seconds of room in every window."""
    with desk.database.write() as session:
        make_rows(session, desk, "DEP-01", [day + timedelta(days=n) for n in range(14)])
        session.execute(update(Slot).values(capacity=Slot.taken + left))


def test_a_group_waits_then_all_get_one_window(desk, opened, joins, now):
    group = opened(desk, quorum=3)
    for number in (1, 2):
        joins(desk, group, number)
        assert groups.form(desk, group.id, now) == []
    assert fresh(desk, group).state == "open"
    assert bookings(desk) == []
    joins(desk, group, 3)
    assert fresh(desk, group).state == "reached"
    made = groups.form(desk, group.id, now)
    assert len({(b.service_day, b.window, b.promise_start, b.depot_code) for b in made}) == 1
    assert [b.address for b in made] == [f"{group.address} {n}01" for n in (1, 2, 3)]
    ended = fresh(desk, group)
    assert (ended.state, ended.booked_day, ended.booked_window) == ("booked", made[0].service_day, made[0].window)
    assert [m.booking_id for m in ended.members] == [b.id for b in made]
    messages = told(desk, "booked")
    assert {(m.phone, m.link) for m in messages} == {(b.phone, f"/b/{b.token}") for b in made}
    assert deeds(desk, group) == ["group.opened", *["group.joined"] * 3, "group.reached", "group.booked"]
    with desk.database.read() as session:
        (event,) = audit.events(session, "booking", made[0].id)
    assert event.after["group"] == group.code


@pytest.mark.parametrize(
    ("unit", "quorum", "enough"),
    [("kg", 10_000, False), ("kg", 10, True), ("litres", 200_000, False), ("litres", 100, True)],
)
def test_the_quorum_counts_what_the_clerk_said(desk, opened, joins, unit, quorum, enough):
    group = opened(desk, unit=unit, quorum=quorum)
    joins(desk, group, 1, items={"fridge": 1, "paper": 3})
    found = fresh(desk, group)
    there = groups.progress_of(desk.catalogue, found)
    items = desk.catalogue.variants
    assert (there.kg, there.litres) == (
        items["fridge"].kg + 3 * items["paper"].kg,
        items["fridge"].litres + 3 * items["paper"].litres,
    )
    assert (found.state == "reached", there.enough) == (enough, enough)


def test_a_second_entry_of_a_number_changes_the_first(desk, opened, joins, now):
    group = opened(desk, quorum=5)
    first = joins(desk, group, 1)
    assert first.new
    second = joins(desk, group, 1, at=now + timedelta(minutes=1), items={"fridge": 1}, contact="李先生")
    assert not second.new
    (member,) = fresh(desk, group).members
    assert (member.id, member.contact, member.version) == (first.member.id, "李先生", 2)
    assert [(line.item, line.pieces) for line in member.lines] == [("fridge", 1)]
    assert len(told(desk, "group_joined")) == 2
    assert deeds(desk, group)[1:] == ["group.joined", "group.changed"]


def test_the_same_form_sent_twice_is_one_household(desk, opened, joins):
    group = opened(desk, quorum=5)
    one, two = joins(desk, group, 1), joins(desk, group, 1)
    assert one.new
    assert two.new
    assert one.member.token == two.member.token
    assert len(told(desk, "group_joined")) == 1


def test_the_last_form_sent_twice_finds_its_household_though_the_group_is_booked(desk, opened, joins, now):
    group = opened(desk)
    joins(desk, group, 1)
    last = joins(desk, group, 2)
    groups.form(desk, group.id, now)
    again = joins(desk, group, 2)
    assert (again.new, again.member.token) == (True, last.member.token)
    with pytest.raises(ConflictError, match="does not gather"):
        joins(desk, group, 2, at=now + timedelta(minutes=1))


def test_the_same_form_sent_twice_at_once_opens_its_page_both_times(both, opened, joins, at_once):
    group = opened(both, quorum=5)
    results = at_once(*(lambda: joins(both, group, 1) for _ in range(3)))
    assert [one.new for one in results] == [True, True, True]
    assert len({one.member.token for one in results}) == 1
    assert len(told(both, "group_joined")) == 1


def test_leaving_counts_back_and_coming_back_counts(desk, opened, joins, wish, now, day):
    group = opened(desk)
    fill(desk, day)
    joins(desk, group, 1)
    member = joins(desk, group, 2).member
    assert groups.form(desk, group.id, now) == []
    assert (fresh(desk, group).state, fresh(desk, group).trouble) == ("reached", "no-window")
    groups.leave(desk, group.code, member.token, now)
    groups.leave(desk, group.code, member.token, now)
    assert (fresh(desk, group).state, fresh(desk, group).trouble) == ("open", "")
    groups.change_entry(desk, group.code, member.token, wish(items={"paper": 9}, address="201"), now)
    assert fresh(desk, group).state == "reached"
    assert deeds(desk, group)[-5:] == [
        "group.no-window",
        "group.left",
        "group.reopened",
        "group.changed",
        "group.reached",
    ]


def test_who_left_is_not_booked(desk, opened, joins, now):
    group = opened(desk, quorum=3)
    gone = joins(desk, group, 1).member
    groups.leave(desk, group.code, gone.token, now)
    for number in (2, 3, 4):
        joins(desk, group, number)
    assert [b.contact for b in groups.form(desk, group.id, now)] == ["住户2", "住户3", "住户4"]


def test_no_window_for_all_means_none_for_any_until_there_is_room(desk, opened, joins, now, day):
    group = opened(desk, quorum=3)
    for number in (1, 2, 3):
        joins(desk, group, number)
    with desk.database.read() as session:
        whole = forming.candidates(session, desk, groups.group_by_code(session, group.code), now)
    assert whole
    one = groups.progress_of(desk.catalogue, fresh(desk, group))
    assert one.households == 3
    fill(desk, day, left=900)  # enough for one household and its way, not for three
    assert groups.form(desk, group.id, now) == []
    assert bookings(desk) == []
    assert (fresh(desk, group).state, fresh(desk, group).trouble) == ("reached", "no-window")
    assert groups.tend(desk, now) == []
    fill(desk, day, left=7200)
    assert [g.id for g in groups.tend(desk, now)] == [group.id]
    assert len(bookings(desk)) == 3
    assert groups.tend(desk, now) == []
    assert len(bookings(desk)) == 3


def test_the_guard_itself_takes_all_or_none(both, opened, joins, now, day, monkeypatch):
    """Even when the look before says that there is room, what is written is all of it or nothing."""
    group = opened(both, quorum=3)
    for number in (1, 2, 3):
        joins(both, group, number)
    fill(both, day, left=900)
    monkeypatch.setattr(forming, "_fits", lambda room, shares: True)
    assert groups.form(both, group.id, now) == []
    assert bookings(both) == []
    assert told(both, "booked") == []
    with both.database.read() as session:
        assert session.scalar(select(func.sum(Slot.taken))) == 0


def test_the_wished_window_comes_first_where_it_can_be_kept(desk, opened, joins, now, day):
    wished = {"wished_day": day + timedelta(days=2), "wished_window": "13:00-15:00"}
    group = opened(desk, **wished)
    for number in (1, 2):
        joins(desk, group, number)
    made = groups.form(desk, group.id, now)
    assert {(b.service_day, b.window) for b in made} == {(wished["wished_day"], "13:00-15:00")}


def test_no_day_after_the_latest_is_taken(desk, opened, joins, now, day):
    group = opened(desk, last_day=day)
    for number in (1, 2):
        joins(desk, group, number)
    with desk.database.read() as session:
        found = forming.candidates(session, desk, groups.group_by_code(session, group.code), now)
    assert {one.window.day for one in found} == {day}


def test_households_pay_the_way_once(desk, opened, joins, now):
    group = opened(desk)
    for number in (1, 2):
        joins(desk, group, number)
    first, second = groups.form(desk, group.id, now)
    assert first.seconds > second.seconds


def test_things_for_two_trucks_stay_in_the_window(desk, opened, joins, now):
    group = opened(desk)
    joins(desk, group, 1, items={"sofa": 20})
    joins(desk, group, 2)
    groups.form(desk, group.id, now)
    made = bookings(desk)
    assert len(made) > 2
    assert len({(b.service_day, b.window) for b in made}) == 1


@pytest.mark.parametrize("joined", [0, 1])
def test_the_latest_date_passes(desk, opened, joins, joined, day, now):
    group = opened(desk, last_day=day)
    for number in range(joined):
        joins(desk, group, number)
    before, after = groups.closes(desk, group) - timedelta(seconds=1), groups.closes(desk, group)
    assert groups.close_due(desk, before) == []
    groups.tend(desk, after)
    assert groups.close_due(desk, after) == []
    assert fresh(desk, group).state == "closed"
    messages = told(desk, "group_closed")
    assert len(messages) == joined
    assert all(m.link.endswith("/book") and m.link.startswith(f"/g/{group.code}/") for m in messages)
    with pytest.raises(ConflictError, match="does not gather"):
        joins(desk, group, 9, at=after)


def test_enough_without_a_window_is_told_too_when_the_date_passes(desk, opened, joins, day, now):
    group = opened(desk, last_day=day)
    fill(desk, day)
    for number in (1, 2):
        joins(desk, group, number)
    groups.tend(desk, groups.closes(desk, group))
    assert fresh(desk, group).state == "closed"
    assert len(told(desk, "group_closed")) == 2


def test_nobody_joins_after_the_cut_off_though_no_job_ran(desk, opened, joins, day):
    group = opened(desk, last_day=day)
    with pytest.raises(ConflictError, match="does not gather"):
        joins(desk, group, 1, at=groups.closes(desk, group))


def test_a_clerk_lets_it_go_without_the_quorum(desk, opened, joins, now):
    group = opened(desk, quorum=9)
    with pytest.raises(ConflictError, match="Nobody has joined"):
        groups.decide(desk, group.id, "老人楼", CLERK, now)
    member = joins(desk, group, 1).member
    joins(desk, group, 2)
    with pytest.raises(BadRequestError, match="Enter why"):
        groups.decide(desk, group.id, " ", CLERK, now)
    for actor in (STRANGER, Actor("person", "r", Role.RESIDENT)):
        with pytest.raises(ForbiddenError):
            groups.decide(desk, group.id, "老人楼", actor, now)
    groups.decide(desk, group.id, "老人楼", CLERK, now)
    groups.leave(desk, group.code, member.token, now)
    assert (fresh(desk, group).state, fresh(desk, group).decided) == ("reached", "老人楼")
    assert len(groups.form(desk, group.id, now)) == 1


def test_a_clerk_changes_and_calls_off(desk, opened, joins, now, day):
    group = opened(desk, quorum=9)
    joins(desk, group, 1)
    later = day + timedelta(days=9)
    groups.amend_group(desk, group.id, "kg", 5000, later, "换成公斤", CLERK, now)
    assert (fresh(desk, group).unit, fresh(desk, group).quorum, fresh(desk, group).last_day) == ("kg", 5000, later)
    with pytest.raises(BadRequestError):
        groups.amend_group(desk, group.id, "kg", 1, later, "x", CLERK, now)
    with pytest.raises(ForbiddenError):
        groups.call_off(desk, group.id, "x", STRANGER, now)
    groups.call_off(desk, group.id, "重复了", CLERK, now)
    assert fresh(desk, group).state == "cancelled"
    (message,) = told(desk, "group_cancelled")
    assert message.link.endswith("/book")
    assert deeds(desk, group)[-2:] == ["group.amended", "group.cancelled"]
    with pytest.raises(ConflictError):
        groups.call_off(desk, group.id, "nochmal", CLERK, now)


def test_the_kind_of_place_of_a_group_is_that_of_all_its_bookings(desk, opened, joins, now):
    group = opened(desk, quorum=9, scene="school")
    first, second = joins(desk, group, 1).member, joins(desk, group, 2).member
    later = group.last_day
    with pytest.raises(BadRequestError, match="kind of place"):
        groups.amend_group(desk, group.id, "households", 9, later, "x", CLERK, now, "moon")
    groups.amend_group(desk, group.id, "households", 9, later, "x", CLERK, now)
    assert fresh(desk, group).scene == "school", "nothing was said of it"
    groups.amend_group(desk, group.id, "households", 2, later, "活动", CLERK, now, "event")
    made = groups.form(desk, group.id, now)
    assert {b.scene for b in made} == {"event"}
    assert len(made) == len({first.id, second.id})
    assert opened(desk, actor=ANONYMOUS, scene="shop").scene == "home", "only staff say what it is"


def test_a_resident_s_group_has_the_usual_quorum(desk, opened):
    group = opened(desk, actor=ANONYMOUS, unit="kg", quorum=10)
    assert (group.unit, group.quorum) == ("households", desk.settings.booking.group_households)


def test_one_place_has_one_group(desk, opened, now):
    group = opened(desk, address="12号")
    with pytest.raises(GroupThereError, match=group.code):
        opened(desk, address="12号")
    groups.call_off(desk, group.id, "x", CLERK, now)
    assert opened(desk, address="12号").id != group.id


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"community": ""}, "community"),
        ({"community": "no-such"}, "community"),
        ({"address": "x" * 81}, "address"),
        ({"quorum": 1}, "quorum"),
        ({"unit": "tonnes"}, "unit"),
        ({"scene": "moon"}, "scene"),
        ({"last_day": None}, "last_day"),
        ({"wished_window": "07:00-08:00"}, "wished_window"),
    ],
)
def test_what_cannot_be_opened(desk, opened, changes, where):
    with pytest.raises(BadRequestError) as error:
        opened(desk, **changes)
    assert [fault.where for fault in error.value.faults] == [where]


def test_latest_dates_that_are_not_possible(desk, opened, day):
    for last in (day - timedelta(days=1), day + timedelta(days=70)):
        with pytest.raises(BadRequestError, match="latest date"):
            opened(desk, last_day=last)
    with pytest.raises(BadRequestError, match="lies after"):
        opened(desk, last_day=day, wished_day=day + timedelta(days=1))


def test_strangers_open_so_many_from_an_address_and_staff_as_many_as_they_like(both, opened, now):
    here, elsewhere = (Actor("anonymous", origin=address) for address in ("203.0.113.7", "203.0.113.8"))
    most = both.settings.booking.groups_per_address_day
    for _ in range(most):
        opened(both, here)
    with pytest.raises(TooOftenError, match="Share one of them, or call us") as caught:
        opened(both, here)
    assert caught.value.faults[0].values["most"] == most
    assert opened(both, elsewhere).state == "open"
    assert [opened(both, replace(CLERK, origin=here.origin)).state for _ in range(most)] == ["open"] * most
    wish = GroupWish("A-001", "荷叶街99号", now.date() + timedelta(days=5))
    assert groups.open_group(both, wish, "a-group-tomorrow", now + timedelta(days=1), here).address == wish.address


def test_a_clerk_opens_for_own_depots(desk, opened):
    with pytest.raises(ForbiddenError):
        opened(desk, actor=STRANGER)


def test_what_a_household_must_mend_is_said_at_once(desk, opened, joins):
    group = opened(desk)
    with pytest.raises(BadRequestError) as error:
        joins(desk, group, 1, items={}, phone="12", address="", contact="", floor=400)
    assert {fault.where for fault in error.value.faults} == {"items", "phone", "address", "contact", "floor"}
    with pytest.raises(BadRequestError):
        joins(desk, group, 1, address="x" * 41)
    with pytest.raises(NotFoundError):
        groups.join(desk, "NOSUCHGR", None, "some-key-of-it", None)
    assert fresh(desk, group).members == []


def test_who_has_too_many_bookings_open_does_not_join(desk, opened, joins, taken):
    group = opened(desk)
    for _ in range(desk.settings.booking.most_open):
        taken(desk, phone="13800000001")
    with pytest.raises(ConflictError, match="open already"):
        joins(desk, group, 1)


def test_an_item_that_is_gone_is_shown_and_blocks_nobody_s_page(desk, opened, joins, now, with_items):
    group = opened(desk)
    joins(desk, group, 1)
    joins(desk, group, 2, items={"fridge": 1})
    less = {code: item for code, item in desk.catalogue.items.items() if code != "fridge"}
    poor = type(desk)(desk.database, desk.settings, with_items(desk.catalogue, less), desk.fleet)
    assert groups.form(poor, group.id, now) == []
    assert fresh(desk, group).trouble == "things"
    assert groups.progress_of(poor.catalogue, fresh(desk, group)).households == 2
    assert len(groups.form(desk, group.id, now)) == 2


def test_who_joins_while_it_is_booked_is_in_it(desk, opened, joins, now, monkeypatch):
    """The group has become another one between the look and the writing: it is looked at again."""
    group = opened(desk)
    joins(desk, group, 1)
    joins(desk, group, 2)
    look, once = forming.candidates, iter((True,))

    def looked(*arguments):
        found = look(*arguments)
        if next(once, False):
            joins(desk, group, 3)
        return found

    monkeypatch.setattr(forming, "candidates", looked)
    assert len(groups.form(desk, group.id, now)) == 3


def test_groups_of_own_depots_are_listed(desk, opened, joins, now):
    waiting, ready, ended = opened(desk), opened(desk), opened(desk)
    for number in (1, 2):
        joins(desk, ready, number)
    groups.call_off(desk, ended.id, "x", CLERK, now)
    with desk.database.read() as session:
        assert [g.id for g in groups.groups_of(session, CLERK, now)] == [ready.id, waiting.id, ended.id]
        assert len(groups.groups_of(session, CLERK, now + timedelta(days=15))) == 2
        assert groups.groups_of(session, STRANGER, now) == []


def _form(url, desk, key, now, gate, answers):
    database = Database(url)
    try:
        gate.wait(60)
        made = groups.form(type(desk)(database, desk.settings, desk.catalogue, desk.fleet), key, now)
        answers.put(sorted(str(booking.id) for booking in made))
    finally:
        database.close()


def test_two_processes_form_a_group_once(both, opened, joins, now):
    group = opened(both)
    for number in range(6):
        joins(both, group, number)
    url = both.database.engine.url.render_as_string(hide_password=False)
    both.database.engine.dispose()
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(3), context.SimpleQueue()
    workers = [context.Process(target=_form, args=(url, both, group.id, now, gate, answers)) for _ in range(3)]
    for worker in workers:
        worker.start()
    got = [answers.get() for _ in workers]
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert sorted(str(b.id) for b in bookings(both)) == got[0] == got[1] == got[2]
    assert len(got[0]) == 6
    assert len(told(both, "booked")) == 6
    assert deeds(both, group).count("group.booked") == 1


def test_one_number_joins_at_once_and_is_one_household(both, opened, joins, now, at_once):
    group = opened(both, quorum=5)
    results = at_once(*(lambda n=n: joins(both, group, 1, at=now + timedelta(seconds=n)) for n in range(4)))
    assert sum(one.new for one in results) == 1
    with both.database.read() as session:
        assert session.scalar(select(func.count()).select_from(GroupMember)) == 1
        assert session.scalar(select(Group.version)) == 5
