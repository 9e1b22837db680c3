"""Files of bookings within limits, each by its number: bytes, rows, columns, signs, what is packed, and formulas."""

import csv
import io
import re
import struct
import zipfile

import pytest
from openpyxl import Workbook

from recycling.errors import BadRequestError
from recycling.exports.tables import csv_bytes
from recycling.intake import reading
from recycling.intake.reading import read_table
from web.uploads import WITH_FORM

ENGLISH = {"Accept-Language": "en"}
MB = 1024 * 1024
HEAD = ["编号", "联系人", "电话", "社区", "地址", "物品", "日期", "时段", "备注"]
SHEET = "xl/worksheets/sheet1.xml"
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.fixture
def bring(app, signed_in):
    """Return a function that sends a file to the page as a clerk would."""
    clerk = signed_in(app, "clerk", ["DEP-01"])
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get("/clerk/import").text).group(1)

    def call(data, name="bookings.csv", mode="check"):
        sent = {"csrf_token": token, "sender": "shop", "mode": mode, "file": (io.BytesIO(data), name)}
        return clerk.post("/clerk/import", data=sent, headers=ENGLISH)

    return call


def refused(data, code):
    with pytest.raises(BadRequestError) as caught:
        read_table(data)
    assert caught.value.faults[0].code == code


def workbook(cells=(("a", "b"),), change=lambda name, data: data, **more):
    """A sound workbook, its parts changed and others beside them."""
    book, file, packed = Workbook(), io.BytesIO(), io.BytesIO()
    for row in cells:
        book.active.append(list(row))
    book.save(file)
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
        for name, data in more.items():
            target.writestr(name.replace("__", "/"), data)
    return packed.getvalue()


def in_sheet(change):
    return workbook(change=lambda name, data: change(data) if name == SHEET else data)


def test_the_limits_are_these():
    assert (reading.MOST_BYTES, reading.MOST_UNPACKED, reading.MOST_PARTS) == (2 * MB, 40 * MB, 200)
    assert (reading.MOST_ROWS, reading.MOST_COLUMNS, reading.MOST_SIGNS) == (5000, 40, 500)
    assert WITH_FORM == 64 * 1024


def test_two_megabytes_are_read_and_a_request_that_is_larger_is_not(bring):
    answer = bring(b"x" * (2 * MB))
    assert answer.status_code == 422, "it is read, and is no table"
    answer = bring(b"x" * (2 * MB + 1))
    assert (answer.status_code, "more than 2 MB" in answer.text) == (422, True)
    assert bring(b"x" * (2 * MB + WITH_FORM)).status_code == 413


@pytest.mark.parametrize("packed", [False, True])
def test_5000_rows_below_the_head_and_no_more(packed):
    def table(rows):
        cells = [("编号",)] + [(str(n),) for n in range(rows)]
        return workbook(cells) if packed else csv_bytes(cells[0], cells[1:])

    assert len(read_table(table(5000))) == 5001
    refused(table(5001), "too-long")


@pytest.mark.parametrize("packed", [False, True])
def test_40_columns_and_no_more(packed):
    def table(columns):
        cells = tuple(f"c{n}" for n in range(columns))
        return workbook((cells,)) if packed else csv_bytes(cells, [])

    assert len(read_table(table(40))[0].cells) == 40
    refused(table(41), "too-wide")


def test_columns_far_out_are_not_walked_to(monkeypatch):
    rows = "".join(f'<row r="{n}"><c r="XFD{n}" t="str"><v>x</v></c></row>' for n in range(1, 4)).encode()
    data = in_sheet(lambda sheet: re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + rows + b"</sheetData>", sheet))
    seen = []
    monkeypatch.setattr(reading, "_said", lambda cell: seen.append(cell) or "")
    read_table(data)
    assert len(seen) == 3 * 41


def test_a_cell_of_more_than_500_signs_is_told_and_never_cut_to_another_wish(bring):
    def sent(items):
        row = ["N-1", "王女士", "13800138000", "社区A-001 · 示例镇", "3栋", items, "2026-03-05", "08:00-10:00", ""]
        return bring(csv_bytes(HEAD, [row])).text

    fits, longer = "paper*1".rjust(500, ";"), "paper*12".rjust(501, ";")
    assert "1 would be booked" in sent(fits)
    answer = sent(longer)
    assert "1 to be mended" in answer
    assert "longer than 500 characters" in answer


def test_200_parts_and_no_more():
    have = len(zipfile.ZipFile(io.BytesIO(workbook())).namelist())
    assert read_table(workbook(**{f"xl__extra{n}.xml": "<x/>" for n in range(200 - have)}))
    refused(workbook(**{f"xl__extra{n}.xml": "<x/>" for n in range(201 - have)}), "too-large-inside")


def test_40_megabytes_unpacked_and_no_more():
    used = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(workbook())).infolist())
    assert read_table(workbook(**{"xl__pad.bin": b"\1" * (40 * MB - used)}))
    refused(workbook(**{"xl__pad.bin": b"\1" * (40 * MB - used + 1)}), "too-large-inside")


def test_a_part_that_says_it_is_smaller_than_it_is_does_not_get_past():
    data = bytearray(workbook(**{"xl__pad.bin": b"\1" * (41 * MB)}))
    real, small = struct.pack("<I", 41 * MB), struct.pack("<I", 100)
    assert data.count(real) == 2
    refused(bytes(data.replace(real, small)), "broken-xlsx")


def test_a_table_within_a_table_is_not_opened():
    inner = workbook()
    assert [list(line.cells) for line in read_table(workbook(**{"xl__inner.xlsx": inner}))] == [["a", "b"]]


@pytest.mark.parametrize(
    "change",
    [
        lambda sheet: BOMB + sheet,
        lambda sheet: b"<!--" + b"x" * 9000 + b"-->" + BOMB + sheet,
        lambda sheet: BOMB.lower() + sheet,
        lambda sheet: (BOMB + sheet[sheet.index(b"<worksheet") :]).decode().encode("utf-16"),
        lambda sheet: (BOMB + sheet[sheet.index(b"<worksheet") :]).decode().encode("utf-16-be"),
        lambda sheet: (BOMB + sheet[sheet.index(b"<worksheet") :]).decode().encode("utf-32-be"),
        lambda sheet: b'<?xml version="1.0" encoding="utf-7"?>' + sheet,
    ],
    ids=["first", "late", "small letters", "utf-16", "utf-16 without mark", "utf-32", "utf-7"],
)
def test_document_types_are_refused_wherever_they_stand(change):
    refused(in_sheet(change), "broken-xlsx")


def test_a_document_type_in_a_part_of_another_name_is_refused_too():
    refused(workbook(**{"xl__worksheets__sheet1.bin": BOMB}), "broken-xlsx")


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\x.csv", "/vsizip/x.csv", "x.php", "", "a" * 300])
def test_the_name_of_a_file_says_nothing_and_leads_nowhere(bring, name, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    row = ["N-1", "王女士", "13800138000", "社区A-001 · 示例镇", "3栋", "paper*1", "2026-03-05", "08:00-10:00", ""]
    answer = bring(csv_bytes(HEAD, [row]), name or "x")
    assert "1 would be booked" in answer.text
    assert list((tmp_path / "empty").iterdir()) == []


def test_parts_with_paths_in_their_names_are_written_nowhere(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert read_table(workbook(**{"..__..__evil.xml": "<x/>", "__abs.xml": "<x/>"}))
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])
def test_what_comes_back_runs_nothing_in_a_spreadsheet(bring, sign):
    import base64

    row = [f"{sign}HYPERLINK(1)", "x", "13800138000", "x", "x", f"{sign}SUM(1)*1", "x", "x", "x"]
    file = io.StringIO(newline="")
    csv.writer(file).writerows([HEAD, row])
    page = bring(file.getvalue().encode()).text
    result = base64.b64decode(re.search(r'href="data:text/csv;base64,([^"]+)"', page).group(1)).decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(result)) for cell in line]
    assert len(cells) > 8
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＠")) for cell in cells)


def test_a_formula_in_a_workbook_is_no_wish():
    lines = read_table(workbook((("id", "items"), ("1", "=1+1"))))
    assert [list(line.cells) for line in lines] == [["id", "items"], ["1"]], "its value alone counts, and it has none"
