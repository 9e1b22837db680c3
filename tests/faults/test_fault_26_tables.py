"""FAULT 26 for spreadsheets: one that arrives by half, or torn, is told and writes nothing; the whole one is taken."""

import io
import re
import zipfile

import pytest
import time_machine
from sqlalchemy import func, select

from recycling.errors import BadRequestError
from recycling.exports.tables import xlsx_bytes
from recycling.intake import read_table
from recycling.models import Base
from web.app import create_app
from web.services import Services

BOOKINGS = (
    ["编号", "联系人", "电话", "社区", "地址", "楼层", "电梯", "物品", "日期", "时段"],
    ["N-1", "王女士", "13800138000", "社区A-001 · 示例镇", "3栋501", "1", "否", "paper*1", "2026-03-05", "08:00-10:00"],
)
ORDERS = (
    ["order", "name", "phone", "community", "address", "new", "old", "date", "hours"],
    [
        "SO-1",
        "王女士",
        "13800138000",
        "社区A-001 · 示例镇",
        "3栋501",
        "fridge",
        "fridge*1",
        "2026-03-05",
        "09:00-12:00",
    ],
)
PAST = (["编号", "社区", "物品"], ["v1", "A-001", "paper*2"])
UPLOADS = {
    "bookings": ("/clerk/import", BOOKINGS, {"sender": "Shop", "mode": "all"}, "booking"),
    "orders": ("/orders", ORDERS, {"sender": "Shop", "mode": "all"}, "trade_in_order"),
    "past day": ("/replay", PAST, {}, None),
}


@pytest.fixture
def app(sqlite_record, settings, catalogue, fleet, now, monkeypatch):
    monkeypatch.setattr("recycling.runs.watched", lambda *_: pytest.fail("half a day was planned"))
    with time_machine.travel(now, tick=False):
        made = create_app(Services(sqlite_record, settings, catalogue, fleet))
        made.config["WTF_CSRF_ENABLED"] = False
        yield made


@pytest.fixture
def send(app, signed_in):
    client = signed_in(app, "dispatcher")

    def post(path, data, form):
        file = {"file": (io.BytesIO(data), "table.xlsx")}
        headers = {"Accept-Language": "en"}
        return client.post(path, data={**form, **file}, content_type="multipart/form-data", headers=headers)

    return post


def rows(database):
    with database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }


def torn(data):
    """The file with each of its parts overwritten in the middle, one after the other."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for part in parts.infolist():
            if part.compress_size > 60 and part.filename.startswith("xl/w"):
                at = part.header_offset + 30 + len(part.filename) + part.compress_size // 2
                yield data[:at] + bytes(20) + data[at + 20 :]


@pytest.mark.parametrize("name", UPLOADS)
def test_fault_26_a_spreadsheet_that_arrives_by_half_or_torn_writes_nothing(sqlite_record, send, name):
    path, table, form, written = UPLOADS[name]
    data = xlsx_bytes("table", table[0], table[1:])
    before = rows(sqlite_record)
    halves = [data[: len(data) * k // 25] for k in range(25)]
    spoiled = [*halves, *torn(data)]
    assert len(spoiled) > len(halves)
    for one in spoiled:
        answer = send(path, one, form)
        assert answer.status_code == 422, len(one)
        (said,) = re.findall(r'id="fault-file">([^<]+)<', answer.text)
        assert said.endswith((".", "that."))
        assert rows(sqlite_record) == before
    if written is not None:
        assert send(path, data, form).status_code == 200, "the control: the whole file is taken"
        assert rows(sqlite_record)[written] == before[written] + 1


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_fault_26_torn_anywhere_it_is_refused_or_read_as_it_was(method):
    """Whatever a tear hits, there is no third: no other rows than those that were sent, and no fault of ours."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_bytes("table", BOOKINGS[0], BOOKINGS[1:]))) as source,
        zipfile.ZipFile(packed, "w", method) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    data = packed.getvalue()
    whole = read_table(data)
    assert [line.cells[0] for line in whole] == ["编号", "N-1"]
    refused = 0
    for at in range(0, len(data), 23):
        for tear in (bytes(20), b"\xff" * 20, b"x"):
            try:
                assert read_table(data[:at] + tear + data[at + len(tear) :]) == whole, at
            except BadRequestError:
                refused += 1
    assert refused > len(data) / 23, "most tears are seen"
