"""Route sheets as PDF: what stands on them can be read out again, in Chinese too; and which font they take."""

import uuid
from pathlib import Path

import pypdfium2
import pypdfium2.raw
import pytest
from made_sheets import DAY, EIGHT, made_schedule

from recycling.errors import UnavailableError
from recycling.exports import fonts
from recycling.exports.sheet_words import Words, rows_of
from recycling.exports.sheets import sheets_pdf

ITEMS = {"fridge": "冰箱", "washer": "洗衣机", "paper": "书报"}
CREW = {"川S示A01": "https://example.org/crew/x/2026-03-05"}

has_font = pytest.mark.skipif(
    not any(Path(path).is_file() for path in fonts.KNOWN), reason="no Chinese font here: run tests/prepare-system"
)


@pytest.fixture
def words(settings):
    def things(found, apart):
        return "、".join(f"{ITEMS[code]} × {pieces}" + ("*" if code in apart else "") for code, pieces in found)

    return Words(str, "zh", settings.clock, things, str, {"hallway": "in the hallway", "flat": "in the rooms"})


@pytest.fixture
def printed(words):
    opened = []

    def make(schedule, **more):
        given = {"vehicle": {"川S示A01": "4.2米厢式货车"}, "address": CREW, "notice": "演示路网(合成)", **more}
        data = sheets_pdf(
            schedule, schedule.routes, words, fonts.chinese_font(), "示例车场", printed=EIGHT, **given
        )  # fmt: skip
        opened.append(pypdfium2.PdfDocument(data))
        return opened[-1]

    yield make
    for pdf in opened:
        pdf.close()


def text_of(pdf):
    """The pages' text without spaces and ends of lines, which depend on the width of columns."""
    return "".join("".join(said_on(page).split()) for page in pdf)


def said_on(page):
    return page.get_textpage().get_text_range()


def pictures_on(page):
    return len(list(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])))


def test_rows_are_the_visits_in_order_with_the_break_between(words):
    rows = rows_of(made_schedule().routes[0], words, DAY)
    assert [row.kind for row in rows] == ["booking", "take-back", "call", "break", "unload"]
    first, second, call, rest, unload = rows
    assert (first.number, first.time, first.promised) == ("1", "08:00–08:20", "08:00–10:00")
    assert first.what == "Door pickup AB12CD34"
    assert first.place == "凤凰社区 3栋2单元501"
    assert first.door == "floor 5 · no lift · in the hallway · way in 2.2 m high"
    assert (first.person, first.note) == ("王女士 138****8000", "门禁 12#")
    assert (first.things, first.load) == ("冰箱 × 1*、书报 × 2", "100 kg · 1.0 m³ · 6 %")
    assert second.things == "brings 洗衣机 × 1\ntakes back 洗衣机 × 1"
    assert (call.what, call.promised) == ("Truck call", "09:30")
    assert (rest.time, rest.what, rest.number) == ("11:25–12:25", "Break", "")
    assert (unload.promised, unload.load) == ("", "0 kg · 0.0 m³ · 0 %")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "cancelled"}, "Cancelled"),
        ({"state": "failed"}, "Not collected"),
        ({"day": DAY.replace(day=6)}, "moved to 2026-03-06"),
        ({"state": "planned"}, ""),
    ],
)
def test_what_needs_no_visit_any_more_is_marked(words, changes, said):
    assert rows_of(made_schedule(**changes).routes[0], words, DAY)[0].gone == said


def test_numbers_are_whole_only_where_they_were_asked_for(words):
    sheet = made_schedule().routes[0]
    rows = rows_of(sheet, words, DAY, {uuid.UUID(int=1): "+8613800138000"})
    assert rows[0].person == "王女士 +8613800138000"
    assert rows[1].person == "李先生 139****1111"


@has_font
def test_the_pdf_can_be_read_in_chinese(printed):
    pdf = printed(made_schedule())
    assert len(pdf) == 1
    text = text_of(pdf)
    for said in (
        *("川S示A01", "4.2米厢式货车", "示例车场", "凤凰社区", "3栋2单元501", "王女士", "138****8000", "门禁12#"),
        *("冰箱×1", "洗衣机", "荷叶社区", "示例分拣中心", "08:00–10:00", "12.3km", "11:25–12:25", "演示路网(合成)"),
        *("Planversion3of2026-03-0420:00", "1/1", "BackatDepot".replace("Depot", "示例车场")),
    ):
        assert said in text, said
    assert text.index("凤凰社区") < text.index("朝阳社区") < text.index("荷叶社区") < text.index("示例分拣中心")


@has_font
def test_each_route_begins_on_its_own_page_with_a_code(printed):
    schedule = made_schedule()
    twice = type(schedule)(schedule.plan, schedule.routes * 2, ())
    pdf = printed(twice)
    assert len(pdf) == 2
    assert [pictures_on(page) for page in pdf] == [1, 1]
    assert pictures_on(printed(schedule, address={})[0]) == 0


@has_font
def test_many_stops_go_on_over_pages_under_the_same_head(printed):
    schedule = made_schedule()
    (sheet,) = schedule.routes
    long = type(sheet)(sheet.route, sheet.lines * 10)
    pdf = printed(type(schedule)(schedule.plan, (long,), ()))
    assert len(pdf) > 1
    for page in pdf:
        assert "Where and who" in said_on(page)


@has_font
def test_hostile_text_is_only_text(printed):
    text = text_of(printed(made_schedule(contact="<b>x</b> **y** ((z)) \\ \x00\x1b", address="a\nb\tc")))
    assert "<b>x</b>**y**((z))" in text


def test_a_font_without_chinese_is_refused(tmp_path):
    none = tmp_path / "none.ttf"
    none.write_bytes(b"no font")
    for path in (none, tmp_path / "missing.ttc", tmp_path):
        with pytest.raises(UnavailableError, match="is no font with Chinese characters"):
            fonts.chinese_font(str(path))


def test_where_there_is_none_it_is_said(monkeypatch):
    monkeypatch.setattr(fonts, "KNOWN", ("/nowhere/none.ttc",))
    with pytest.raises(UnavailableError, match="Install fonts-noto-cjk"):
        fonts.chinese_font()
