import csv
import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from recycling.exports.tables import FORMULA, csv_bytes, safe, xlsx_bytes

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", '"=1', "＝1", '=HYPERLINK("http://x")']


def read_csv(data):
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_xlsx(data):
    page = openpyxl.load_workbook(io.BytesIO(data))["p"]
    return [[(cell.value, cell.data_type) for cell in row] for row in page.iter_rows()]


@pytest.mark.parametrize("text", EVIL)
def test_no_text_is_taken_for_a_formula(text):
    (_, row) = read_csv(csv_bytes(["a"], [[text]]))
    assert row[0].startswith("'")
    (_, row) = read_xlsx(xlsx_bytes("p", ["a"], [[text]]))
    assert row[0][1] == "s"
    assert row[0][0].startswith("'")


@pytest.mark.parametrize(("cell", "kept"), [(-5, "-5"), (0.25, "0.25"), (None, ""), (date(2026, 3, 4), "2026-03-04")])
def test_numbers_and_days_stay_what_they_are(cell, kept):
    (_, row) = read_csv(csv_bytes(["a"], [[cell]]))
    assert row == [kept]


def test_a_moment_is_written_out():
    assert safe(datetime(2026, 3, 4, 2, tzinfo=UTC)) == "2026-03-04 02:00:00+00:00"


def test_chinese_commas_quotes_and_lines_come_back(tmp_path):
    rows = [["王,女士", 'said "no"', "one\ntwo"], ["", "a", 1]]
    assert read_csv(csv_bytes(["甲", "b", "c"], rows)) == [
        ["甲", "b", "c"],
        ["王,女士", 'said "no"', "one two"],
        ["", "a", "1"],
    ]
    found = read_xlsx(xlsx_bytes("p", ["甲", "b", "c"], rows))
    assert [c[0] for c in found[1]] == ["王,女士", 'said "no"', "one two"]
    assert found[2][2] == (1, "n")


@hypothesis_settings(deadline=None)
@given(st.text())
def test_any_text_is_safe_in_both(text):
    (_, row) = read_csv(csv_bytes(["a"], [[text, "end"]]))
    assert len(row) == 2
    assert not row[0].startswith(FORMULA)
    ((_, _), (cell, _)) = read_xlsx(xlsx_bytes("p", ["a", "b"], [[text, "end"]]))
    assert cell[1] != "f"
