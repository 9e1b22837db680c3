"""Files of bookings: reading them within limits, and taking each row once."""

import io
import zipfile
from dataclasses import replace

import pytest
from openpyxl import Workbook, load_workbook

from recycling.accounts.actors import Actor, Role
from recycling.errors import BadRequestError, ForbiddenError
from recycling.exports.tables import csv_bytes, xlsx_bytes
from recycling.fleet import DepotFleet, Fleet, load_fleet
from recycling.intake import COLUMNS, read_table, report_csv, take_in, template_rows
from recycling.intake.reading import MOST_BYTES, MOST_COLUMNS, MOST_LINES, MOST_ROWS
from recycling.models import AuditEvent, Booking, Message

CLERK = Actor("person", "c", Role.CLERK, frozenset({"DEP-01"}))
HEAD = ["编号", "联系人", "电话", "社区", "地址", "楼层", "电梯", "物品", "日期", "时段"]
SHOP = "shop"


def row(number, **changes):
    who = ["王女士", "13800138000", "社区A-001 · 示例镇", f"{number}栋1单元101", "1", "否"]
    cells = dict(zip(HEAD, [f"N-{number}", *who, "paper*1", "2026-03-05", "08:00-10:00"], strict=True))
    return [{**cells, **changes}[name] for name in HEAD]


@pytest.fixture
def many():
    """So many vehicles that no window fills."""
    return Fleet(
        types=load_fleet().types,
        fleets=(DepotFleet(depot="DEP-01", type="box", plates=tuple(f"T-{n}" for n in range(200))),),
    )


@pytest.fixture
def desk(sqlite_record, office):
    return office(sqlite_record)


@pytest.fixture
def bring(desk, now):
    def call(rows, sender=SHOP, actor=CLERK, head=HEAD, fleet=None, **options):
        return take_in(
            replace(desk, fleet=fleet or desk.fleet), read_table(csv_bytes(head, rows)), sender, actor, now, **options
        )

    return call


def count(desk, model=Booking, *where):
    with desk.database.read() as session:
        return session.query(model).filter(*where).count()


@pytest.mark.parametrize(
    ("word", "scene"), [("", "home"), ("学校", "school"), ("At home", "home"), ("SHOP", "shop"), ("办公室", "office")]
)
def test_the_kind_of_place_is_read_in_both_languages(desk, bring, word, scene):
    assert [o.state for o in bring([[*row(1), word]], head=[*HEAD, "场所 / kind of place"]).outcomes] == ["booked"]
    assert count(desk, Booking, Booking.scene == scene) == 1


def test_how_high_the_way_in_is_is_read_and_decides_who_comes(desk, bring):
    rows = [[*row(1), "2.4"], [*row(2), ""], [*row(3), "low"], [*row(4), "1.6"]]
    report = bring(rows, head=[*HEAD, "限高 / height limit"])
    assert [o.state for o in report.outcomes] == ["booked", "booked", "refused", "refused"]
    assert [o.faults[0].where for o in report.refused] == ["height_limit", "window"]
    with desk.database.read() as session:
        assert {b.address[:1]: b.height_limit for b in session.query(Booking)} == {"1": 2.4, "2": None}


def test_a_kind_of_place_that_is_none_is_told_at_its_column(desk, bring):
    (outcome,) = bring([[*row(1), "moon"]], head=[*HEAD, "场所"]).outcomes
    assert [(f.where, f.code) for f in outcome.faults] == [("scene", "unknown-choice")]
    known = outcome.faults[0].values["known"]
    assert (known.text("zh_CN")[:9], known.text("en")[:10]) == ("home、shop", "home, shop")
    assert count(desk) == 0


def test_what_a_retailer_sends_stands_in_a_shop_unless_the_file_says_so(desk, bring):
    retailer = Actor("person", "r", Role.RETAILER, frozenset({"DEP-01"}))
    bring([[*row(1), ""], [*row(2), "家中"]], head=[*HEAD, "场所"], actor=retailer)
    assert (count(desk, Booking, Booking.scene == "shop"), count(desk, Booking, Booking.scene == "home")) == (1, 1)


def test_rows_become_bookings_that_say_where_they_come_from(desk, bring):
    report = bring([row(1), row(2, 物品="冰箱*1; paper 2")])
    assert [o.state for o in report.outcomes] == ["booked", "booked"]
    with desk.database.read() as session:
        made = session.query(Booking).order_by(Booking.address).all()
        assert {b.channel for b in made} == {"import"}
        assert {line.item: line.pieces for line in made[1].lines} == {"fridge": 1, "paper": 2}
        event = session.query(AuditEvent).filter(AuditEvent.subject_id == str(made[0].id)).one()
    assert (event.after["import"], event.after["id"], event.after["line"]) == (SHOP, "N-1", 2)


def test_the_same_file_again_changes_nothing(desk, bring):
    first = bring([row(1), row(2, 时段="", 日期="")])
    before = count(desk), count(desk, Message), count(desk, AuditEvent)
    again = bring([row(1), row(2, 时段="", 日期="")])
    assert [o.state for o in again.outcomes] == ["known", "known"]
    assert [o.reference for o in again.outcomes] == [o.reference for o in first.outcomes]
    assert (count(desk), count(desk, Message), count(desk, AuditEvent)) == before


def test_another_sender_has_numbers_of_its_own(desk, bring):
    bring([row(1)])
    assert bring([row(1, 地址="9栋")], sender="other").count("booked") == 1


def test_a_known_number_with_other_entries_is_refused(desk, bring):
    bring([row(1)])
    (fault,) = bring([row(1, 楼层="7")]).refused[0].faults
    assert (fault.where, fault.code) == ("id", "id-used")
    assert count(desk) == 1


def test_every_fault_of_every_row_is_told_with_its_column(desk, bring):
    report = bring(
        [
            row(1, 电话="12", 物品="dragon*1", 日期="31.02", 楼层="high", 电梯="maybe"),
            row(2, 编号=""),
            row(3, 编号="N-1"),
            row(4, 社区="Atlantis"),
            row(5, 社区="社区B-001 · 示例镇"),
        ]
    )
    found = [(o.line, sorted({f.where for f in o.faults})) for o in report.refused]
    assert found == [
        (2, ["day", "floor", "items", "lift", "phone"]),
        (3, ["id"]),
        (4, ["id"]),
        (5, ["community"]),
        (6, ["community"]),
    ]
    assert count(desk) == 0


def test_one_bad_row_of_500_is_told_and_499_go_in(desk, bring, many):
    report = bring([row(n, 电话="none" if n == 250 else "13800138000") for n in range(1, 501)], fleet=many)
    assert (report.count("booked"), report.count("refused")) == (499, 1)
    assert [(o.line, o.faults[0].where) for o in report.refused] == [(251, "phone")]
    assert count(desk) == 499


def test_all_or_nothing_is_nothing_when_one_is_bad(desk, bring):
    report = bring([row(1), row(2, 电话="none"), row(3)], all_or_nothing=True)
    assert [o.state for o in report.outcomes] == ["left", "refused", "left"]
    assert [o.reference for o in report.outcomes] == ["", "", ""]
    assert (count(desk), count(desk, Message), count(desk, AuditEvent)) == (0, 0, 0)
    assert bring([row(1), row(3)], all_or_nothing=True).count("booked") == 2


def test_all_or_nothing_is_nothing_when_the_window_has_no_room_for_all(desk, bring):
    many = [row(n, 物品="fridge*3") for n in range(1, 60)]
    report = bring(many, all_or_nothing=True)
    assert {o.faults[0].code for o in report.refused} == {"window-full"}
    assert count(desk) == 0
    some = bring(many)
    assert some.count("booked") == report.count("left") > 0


def test_a_trial_books_nothing_and_tells_what_would_be(desk, bring):
    report = bring([row(1), row(2, 电话="none"), row(3, 地址="1栋1单元101")], dry=True)
    assert [o.state for o in report.outcomes] == ["sound", "refused", "refused"]
    assert report.refused[1].faults[0].code == "duplicate"
    assert count(desk) == 0


def test_who_may_import_and_where(bring):
    for role in (Role.RESIDENT, Role.DRIVER, Role.MANAGER):
        with pytest.raises(ForbiddenError):
            bring([row(1)], actor=Actor("person", "x", role, every_depot=True))
    report = bring([row(1)], actor=Actor("person", "x", Role.RETAILER, frozenset({"DEP-02"})))
    assert report.refused[0].faults[0].code == "other-depot"


@pytest.mark.parametrize("sender", ["", " ", "x" * 41])
def test_a_file_without_sender_is_refused(bring, sender):
    with pytest.raises(BadRequestError) as error:
        bring([row(1)], sender=sender)
    assert error.value.faults[0].where == "sender"


def test_the_template_is_a_file_that_can_be_sent(desk, catalogue, now, day):
    head, rows = template_rows(catalogue, desk.clock.today(now), "08:00-10:00")
    for data in (csv_bytes(head, rows), xlsx_bytes("x", head, rows)):
        report = take_in(desk, read_table(data), SHOP, CLERK, now, dry=True)
        codes = [fault.code for fault in report.refused[0].faults]
        assert codes == ["unknown-community"], "the example's is another town's"
    assert len(head) == len(COLUMNS)


def test_a_community_that_is_none_is_answered_with_those_that_may_be_meant(bring):
    (wrong,) = bring([row(1, 社区="达州市社区A-001居委会")]).refused
    (fault,) = wrong.faults
    assert (fault.where, fault.code) == ("community", "unknown-community")
    assert "Is it one of these: 社区A-001 · " in str(fault)
    (unlike,) = bring([row(2, 社区="nowhere")]).refused
    assert "as the booking page shows it" in str(unlike.faults[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_every_office_are_read(encoding, delimiter):
    text = delimiter.join(["编号", "地址"]) + "\r\n" + delimiter.join(["1", '"甲\n乙"']) + "\r\n\r\n"
    assert [(line.number, list(line.cells)) for line in read_table(text.encode(encoding))] == [
        (1, ["编号", "地址"]),
        (2, ["1", "甲\n乙"]),
    ]


def test_a_workbook_gives_values_as_people_write_them():
    from datetime import date

    book, file = Workbook(), io.BytesIO()
    book.active.append(["id", "day", "floor", "lift", "sum"])
    book.active.append([None])
    book.active.append([1001.0, date(2026, 3, 5), 5, True, "=1+1"])
    book.save(file)
    lines = read_table(file.getvalue())
    assert [(line.number, list(line.cells)) for line in lines] == [
        (1, ["id", "day", "floor", "lift", "sum"]),
        (3, ["1001", "2026-03-05", "5", "yes"]),
    ]


def packed(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name.replace("__", "/"), data)
    return file.getvalue()


BOOK = {"[Content_Types].xml": "<x/>", "xl__workbook.xml": "<x/>"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"x" * (MOST_BYTES + 1), "too-large"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no-table"),
        (b"\xff\xff\xff\xff,\xff", "no-table"),
        (b"PK\x03\x04 and no more", "broken-xlsx"),
        (packed(**{"word__document.xml": "<x/>"}), "broken-xlsx"),
        (packed(**BOOK), "broken-xlsx"),
        (packed(**BOOK, **{"xl__a.xml": '<!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>'}), "broken-xlsx"),
        (packed(**BOOK, **{"xl__a.xml": b"\0" * (41 * 1024 * 1024)}), "too-large-inside"),
        (("a\n" * (MOST_ROWS + 2)).encode(), "too-long"),
        (b"a" + b",a" * MOST_COLUMNS, "too-wide"),
        (b'a,b\n"c', "bad-csv"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_within_limits_is_refused_with_a_sentence(data, code):
    with pytest.raises(BadRequestError) as error:
        read_table(data)
    assert error.value.faults[0].code == code
    assert str(error.value)


@pytest.mark.parametrize(
    ("head", "code"), [(HEAD[1:], "missing-columns"), ([*HEAD, "id"], "columns-twice"), (["x"], "missing-columns")]
)
def test_a_head_that_will_not_do_is_told(bring, head, code):
    with pytest.raises(BadRequestError) as error:
        bring([row(1)], head=head)
    assert error.value.faults[0].code == code


def lines_of(*numbers):
    book = Workbook()
    for number in numbers:
        book.active.cell(number, 1, f"row {number}")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_no_row_of_a_workbook_is_dropped_in_silence():
    """Empty lines between rows are looked past, as far down as rows may stand."""
    assert [line.number for line in read_table(lines_of(1, MOST_LINES))] == [1, MOST_LINES]
    with pytest.raises(BadRequestError) as error:
        read_table(lines_of(1, 2, MOST_LINES + 1, MOST_LINES + 7))
    (fault,) = error.value.faults
    assert fault.code == "too-far-down"
    assert "Rows below that: 2, the first in line 10001." in str(fault)


def test_the_result_runs_nothing_in_a_spreadsheet(bring):
    report = bring([row(1, 编号="=HYPERLINK(1)", 电话="x", 物品="@SUM*1")])
    text = report_csv(report, COLUMNS, "en", str, str).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert not any(cell.startswith(("=", "@")) for line in text.splitlines() for cell in line.split(","))


def test_the_template_as_a_workbook_opens(catalogue, day):
    head, rows = template_rows(catalogue, day, "08:00-10:00")
    page = load_workbook(io.BytesIO(xlsx_bytes("bookings", head, rows))).active
    assert [c.value for c in page[1]] == head


def kept(desk):
    with desk.database.read() as session:
        return {
            b.address[:1]: (b.standing, b.language, b.trade_in, {x.item: x.dismantle for x in b.lines})
            for b in session.query(Booking)
        }


def test_where_things_stand_what_comes_apart_the_order_and_the_language_are_read_in_both_languages(desk, bring):
    apart, plain = {"air-conditioner": True, "paper": False}, {"air-conditioner": False, "paper": False}
    head = [*HEAD, "物品位置 / where things stand", "拆卸 / dismantle", "以旧换新单号", "language"]
    both = {"物品": "air-conditioner*1; paper*1"}
    rows = [
        [*row(1, **both), "楼道里", "是", "HX-1", "英文"],
        [*row(2, **both), "gate", "空调(一套)", "", "zh"],
        [*row(3, **both), "In the rooms", "Air-Conditioner", "", "English"],
        [*row(4, **both), "", "", "", ""],
    ]
    report = bring(rows, head=head)
    assert [o.state for o in report.outcomes] == ["booked"] * 4, report.refused
    assert kept(desk) == {
        "1": ("hallway", "en", "HX-1", apart),
        "2": ("gate", "zh", "", apart),
        "3": ("flat", "en", "", apart),
        "4": ("flat", "zh", "", plain),
    }
    assert {o.state for o in bring(rows, head=head).outcomes} == {"known"}


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("物品位置", "moon", "unknown-choice"),
        ("language", "fr", "unknown-choice"),
        ("dismantle", "yes", "not-dismantled"),
        ("拆卸", "fridge", "not-dismantled"),
        ("trade-in order", "x" * 41, "too-long"),
    ],
)
def test_what_cannot_be_read_there_is_told_at_its_line_and_column(desk, bring, column, cell, code):
    good, bad = bring([[*row(1), ""], [*row(2), cell]], head=[*HEAD, column]).outcomes
    assert (good.state, bad.state, bad.line) == ("booked", "refused", 3)
    (field,) = {c.field for c in COLUMNS if column in (c.zh, c.en)}
    assert [(f.where, f.code) for f in bad.faults] == [(field, code)]
