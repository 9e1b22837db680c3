"""Orders of shops: a file's rows, the same number again, hours with room, schemes by day, and how an order stands."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from recycling import deliveries
from recycling.accounts.actors import Actor, Role, system
from recycling.booking import open_days
from recycling.errors import BadRequestError, ConfigurationError, ConflictError, ForbiddenError, NotFoundError
from recycling.exports.tables import csv_bytes, xlsx_bytes
from recycling.intake import read_table, report_csv
from recycling.models import AuditEvent, Slot, TradeInOrder
from recycling.settings import load_settings

HEAD = ["订单号", "收货人", "电话", "社区", "地址", "楼层", "电梯", "新品", "旧物", "日期", "时段"]
SHOP = "Example Appliances"
STAFF = Actor("person", "d", Role.DISPATCHER, frozenset({"DEP-01"}))


@pytest.fixture
def desk(sqlite_record, office):
    return office(sqlite_record)


@pytest.fixture
def open_day(desk, now):
    return open_days(desk.settings, now)[0]


@pytest.fixture
def row(open_day):
    def make(number, **changes):
        cells = ["王女士", "13800138000", "社区A-001 · 示例镇", f"{number}栋1单元101", "3", "否", "fridge", "fridge*1"]
        known = dict(zip(HEAD, [f"SO-{number}", *cells, open_day.isoformat(), "09:00-12:00"], strict=True))
        return [{**known, **changes}[name] for name in HEAD]

    return make


@pytest.fixture
def bring(desk, now):
    def call(rows, shop=SHOP, actor=STAFF, head=HEAD, at=now, **options):
        return deliveries.take_in(desk, read_table(csv_bytes(head, rows)), shop, actor, at, **options)

    return call


@pytest.fixture
def orders(desk):
    def read():
        with desk.database.read() as session:
            return list(session.scalars(select(TradeInOrder).order_by(TradeInOrder.external_id)))

    return read


def states(report):
    return [outcome.state for outcome in report.outcomes]


def test_a_row_becomes_an_order_with_what_it_weighs_and_takes(bring, row, orders, open_day, desk):
    assert states(bring([row(1)])) == ["taken"]
    (order,) = orders()
    fridge = desk.catalogue.items["fridge"]
    assert (order.retailer, order.external_id, order.state) == (SHOP, "SO-1", "open")
    assert (order.depot_code, order.service_day, order.place) == ("DEP-01", open_day, "社区A-001")
    assert (order.new_item, order.old_item, order.old_items) == ("fridge", "fridge", [["fridge", 1]])
    assert (order.old_kg, order.old_litres) == (fridge.kg, fridge.litres)
    assert order.new_kg > fridge.kg, "new things come in a box"
    assert order.minutes == 3 * fridge.minutes
    assert (order.people, order.tail_lift) == (fridge.people, fridge.tail_lift)
    assert order.promise_end - order.promise_start == timedelta(hours=3)
    assert order.phone == "+8613800138000"


def test_499_good_rows_of_500_go_in_and_the_one_is_told(bring, row, orders, desk, monkeypatch):
    monkeypatch.setattr("recycling.deliveries.entering.beyond", lambda *_: False)  # however small the fleet is
    rows = [row(n) for n in range(500)]
    rows[321] = row(321, 电话="12")
    report = bring(rows)
    assert report.count("taken") == 499
    (refused,) = report.refused
    assert (refused.line, [f.where for f in refused.faults]) == (323, ["phone"])
    assert len(orders()) == 499
    told = report_csv(report, deliveries.COLUMNS, "en", str, str).decode("utf-8-sig")
    assert "323,SO-321,refused,,,,phone," in told


def test_the_same_number_again_changes_the_order_and_doubles_nothing(bring, row, orders, desk):
    bring([row(1)])
    assert states(bring([row(1)])) == ["known"]
    assert states(bring([row(1, 楼层="8", 旧物="fridge*2")])) == ["changed"]
    (order,) = orders()
    assert (order.floor, order.old_items, order.version) == (8, [["fridge", 2]], 2)
    assert states(bring([row(1)], shop="Other Shop")) == ["taken"], "numbers are told apart by the shop"
    with desk.database.read() as session:
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == str(order.id))).all()
    assert sorted(actions) == ["order.changed", "order.taken"]


def test_the_log_repeats_no_person(bring, row, desk):
    bring([row(1)])
    with desk.database.read() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "order.taken")).all()
    assert not {"王女士", "+8613800138000", "1栋1单元101"} & set(map(str, event.after.values()))


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"订单号": ""}, "id", "no-id"),
        ({"订单号": "x" * 61}, "id", "no-id"),
        ({"收货人": ""}, "contact", "missing"),
        ({"社区": "nowhere"}, "community", "unknown-community"),
        ({"楼层": "121"}, "floor", "bad-floor"),
        ({"电梯": "perhaps"}, "lift", "not-yes-or-no"),
        ({"新品": "a dragon"}, "new_item", "unknown-item"),
        ({"新品": "fridge*2"}, "new_item", "not-one"),
        ({"新品": ""}, "new_item", "not-one"),
        ({"旧物": "fridge*21"}, "old_items", "bad-pieces"),
        ({"日期": "soon"}, "day", "not-a-day"),
        ({"日期": ""}, "day", "no-day"),
        ({"日期": "2026-03-01"}, "day", "closed"),
        ({"日期": "2027-01-05"}, "day", "too-far"),
        ({"时段": "09:00-09:30"}, "window", "bad-hours"),
        ({"时段": "03:00-06:00"}, "window", "bad-hours"),
        ({"时段": "in the morning"}, "window", "bad-hours"),
    ],
)
def test_what_cannot_be_is_told_at_its_column(bring, row, orders, changes, where, code):
    (outcome,) = bring([row(1, **changes)]).outcomes
    assert [(f.where, f.code) for f in outcome.faults] == [(where, code)]
    assert not orders()


@pytest.mark.parametrize(
    ("column", "cell", "where", "code"),
    [
        ("新品重量kg", "1001", "new_kg", "out-of-range"),
        ("新品体积L", "0", "new_litres", "out-of-range"),
        ("安装分钟", "241", "install_minutes", "out-of-range"),
        ("人数", "7", "people", "out-of-range"),
        ("价格", "cheap", "price", "not-a-number"),
        ("下单日期", "2027-01-01", "ordered", "in-the-future"),
        ("旧物状况", "x" * 61, "condition", "too-long"),
        ("经度", "107.4", "community", "unknown-community"),
    ],
)
def test_what_cannot_stand_in_the_other_columns(bring, row, column, cell, where, code):
    cells = row(1, 社区="nowhere") if column == "经度" else row(1)
    (outcome,) = bring([[*cells, cell]], head=[*HEAD, column]).outcomes
    assert [(f.where, f.code) for f in outcome.faults] == [(where, code)]


def test_hours_without_room_are_refused_and_nothing_is_oversold(bring, row, orders, desk, open_day):
    report = bring([row(n) for n in range(60)])
    taken, refused = report.count("taken"), report.refused
    assert taken > 0
    assert refused, "the fleet is small"
    assert {f.code for one in refused for f in one.faults} == {"window-full"}
    assert len(orders()) == taken
    with desk.database.read() as session:
        over = select(func.count()).select_from(Slot).where(Slot.taken > Slot.capacity)
        assert session.scalar(over) == 0


def test_an_order_takes_room_from_bookings_and_gives_it_back(bring, row, desk, now, open_day):
    def room():
        with desk.database.read() as session:
            left = select(func.sum(Slot.capacity - Slot.taken)).where(Slot.service_day == open_day)
            return session.scalar(left)

    bring([row(n, 日期=(open_day + timedelta(days=1)).isoformat()) for n in range(3)])
    assert room() is None
    bring([row(9)])
    with_one = room()
    bring([row(9, 日期=(open_day + timedelta(days=1)).isoformat())])
    assert room() > with_one, "it moved to another day"


def test_all_or_nothing_and_only_checking(bring, row, orders):
    rows = [row(1), row(2, 电话="1")]
    assert states(bring(rows, all_or_nothing=True)) == ["left", "refused"]
    assert states(bring(rows, dry=True)) == ["sound", "refused"]
    assert not orders()
    assert states(bring([row(1), row(1)])) == ["taken", "refused"]


def test_a_spreadsheet_does_as_well(desk, row, now):
    lines = read_table(xlsx_bytes("orders", HEAD, [row(1)]))
    assert states(deliveries.take_in(desk, lines, SHOP, STAFF, now)) == ["taken"]


def test_the_template_is_a_file_that_is_taken_but_for_its_community(desk, now):
    head, rows = deliveries.template_rows(desk.catalogue, desk.clock.today(now))
    (outcome,) = deliveries.take_in(desk, read_table(csv_bytes(head, rows)), SHOP, STAFF, now).outcomes
    assert [f.code for f in outcome.faults] == ["unknown-community"]


def test_who_may_order_for_which_shop(bring, row, orders, desk, now):
    with pytest.raises(ForbiddenError):
        bring([row(1)], actor=Actor("person", "c", Role.CENTRE, frozenset({"DEP-01"})))
    (outcome,) = bring([row(1)], actor=Actor("person", "d", Role.DISPATCHER, frozenset({"DEP-02"}))).outcomes
    assert [f.code for f in outcome.faults] == ["other-depot"]
    with pytest.raises(BadRequestError, match="Enter the shop"):
        bring([row(1)], shop=" ")
    assert states(bring([row(1)], actor=system("orders import"))) == ["taken"]


def test_cancelled_and_sent_again(bring, row, orders, desk, now):
    bring([row(1)])
    with desk.database.write() as session:
        order = deliveries.the_order(session, SHOP, "SO-1", lock=True)
        deliveries.cancel(session, desk, order, "out of stock", STAFF, now)
        deliveries.cancel(session, desk, order, "again", STAFF, now)
    (order,) = orders()
    assert (order.state, order.reason, order.version) == ("cancelled", "out of stock", 2)
    assert states(bring([row(1)])) == ["changed"]
    assert orders()[0].state == "open"
    with desk.database.read() as session, pytest.raises(NotFoundError):
        deliveries.the_order(session, SHOP, "SO-2")


def test_a_closed_day_is_not_changed(bring, row, desk, now, open_day):
    bring([row(1)])
    late = desk.clock.at(open_day - timedelta(days=1), desk.settings.service.cut_off)
    later = (open_day + timedelta(days=2)).isoformat()
    (outcome,) = bring([row(1, 日期=later)], at=late).outcomes
    assert [f.code for f in outcome.faults] == ["order-closed"]
    with desk.database.write() as session, pytest.raises(ConflictError):
        deliveries.cancel(session, desk, deliveries.the_order(session, SHOP, "SO-1"), "", STAFF, late)


@pytest.mark.parametrize(
    ("ordered", "scheme"),
    [("2025-12-31", ""), ("2026-01-01", "appliances-2026"), ("2026-02-28", "appliances-2026")],
)
def test_an_order_gets_the_scheme_of_its_day(bring, row, orders, ordered, scheme):
    bring([[*row(1), "3299", ordered]], head=[*HEAD, "价格", "下单日期"])
    (order,) = orders()
    assert order.scheme == scheme
    assert order.voucher == (49_485 if scheme else 0)


def test_schemes_end_on_their_last_day_and_pay_at_most_so_much():
    (scheme,) = load_settings().schemes.scheme
    assert scheme.covers("fridge", scheme.last, takes_back=False)
    assert not scheme.covers("fridge", scheme.last + timedelta(days=1), takes_back=True)
    assert not scheme.covers("sofa", scheme.first, takes_back=True)
    assert not replace_of(scheme, takes_old=True).covers("fridge", scheme.first, takes_back=False)
    assert (scheme.worth(100_000), scheme.worth(5_000_000)) == (15_000, 150_000)


def replace_of(model, **changes):
    return type(model)(**{**model.model_dump(), **changes})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("last = 2026-12-31", "last = 2025-12-31"), "before first"),
        (('sourced = "assumed"', 'sourced = "published"'), "name the notice"),
        (("percent = 15", "percent = 0"), "percent"),
    ],
)
def test_a_scheme_that_is_not_sound_is_told_with_its_line(home, change, said):
    path = home / "config" / "schemes.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_settings()
    assert "config/schemes.toml" in str(caught.value)


def test_two_schemes_for_the_same_thing_on_the_same_days(home):
    path = home / "config" / "schemes.toml"
    text = path.read_text(encoding="utf-8")
    own = text[text.index("[[scheme]]") :].replace("appliances-2026", "another")
    path.write_text(f"{text}\n{own}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="both for air-conditioner"):
        load_settings()


def test_how_orders_stand(bring, row, desk, open_day):
    bring([row(1), row(2)])
    with desk.database.read() as session:
        found = deliveries.orders_between(session, open_day, open_day, SHOP, {"DEP-01"})
        standing = deliveries.standing_of(session, found)
        assert [standing[o.id].state for o in found] == ["open", "open"]
        assert not deliveries.orders_between(session, open_day, open_day, "Other Shop")
        assert not deliveries.orders_between(session, open_day, open_day, depots={"DEP-02"})
        assert not deliveries.orders_between(session, date(2026, 1, 1), open_day - timedelta(days=1))
        assert deliveries.standing_of(session, []) == {}


def test_a_wish_that_was_not_read_from_a_file(desk, now, open_day):
    wish = deliveries.OrderWish(
        "A-1", "Wang", "13800138000", "A-001", None, None, "Gate 3", 1, True, "fridge", open_day, "09:00-12:00"
    )
    with desk.database.read() as session:
        order = deliveries.checked(session, desk, wish, SHOP, now)
        assert (order.old_item, order.old_kg, order.price) == ("", 0, 0)
        with pytest.raises(BadRequestError) as caught:
            deliveries.checked(session, desk, replace(wish, community="", phone="", new_item="?"), SHOP, now)
    assert {f.where for f in caught.value.faults} == {"community", "phone", "new_item"}
