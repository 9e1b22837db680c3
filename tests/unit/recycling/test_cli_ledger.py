"""`recycling ledger` and `recycling purchases` on a database of the test's own."""

import csv
from datetime import timedelta

import openpyxl
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from recycling import clock
from recycling.catalogue import load_catalogue
from recycling.cli import main
from recycling.db import Database
from recycling.exports.purchases import HEAD
from recycling.money.pricing import WeighedLine
from recycling.money.sellers import seller_of_phone
from recycling.money.settling import HandIn, settle
from recycling.money.terms import load_terms
from recycling.settings import load_settings

REGISTERED = 'name = "A"\ntaxpayer_number = "T"\nregistration = "R"\nregistration_until = 2099-12-31\n'


@pytest.fixture
def run(home):
    def call(*words):
        result = CliRunner().invoke(main, [str(w) for w in words], prog_name="recycling")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def books(run):
    """A database in which 13800138000 handed in two kilograms of paper today, for points and again for yuan."""
    assert run("db", "upgrade")[0] == 0
    database, settings, now = Database(load_settings().database_url), load_settings(), clock.utc_now()
    today, terms = settings.clock.today(now), load_terms(load_catalogue())
    for pay_in in ("points", "yuan"):
        with database.write() as session:
            who = seller_of_phone(session, "13800138000", now).id
            lines = (WeighedLine("paper", 2000),)
            settle(session, terms, HandIn(who, "x", today, lines, pay_in, "clerk"), f"test-{pay_in}", now, today)
    yield database
    database.close()


@pytest.fixture
def registered(home):
    path = home / "config" / "points.toml"
    written = path.read_text(encoding="utf-8").split("[operator]")[0]
    written = written.replace("[goods_codes]", '[goods_codes]\npaper = "G1"')
    path.write_text(f"{written}[operator]\n{REGISTERED}", encoding="utf-8")


def test_the_books_hold(run, books):
    status, out, _ = run("ledger", "check")
    assert (status, out) == (0, "4 accounts, 2 entries, 4 lines\nThe books hold.\n")


def test_books_that_do_not_hold(run, books):
    with books.write() as session:
        session.execute(text("UPDATE ledger_guard SET room = room + 1 WHERE room = 120"))
        session.execute(text("DROP TRIGGER ledger_line_no_delete"))
    status, _, err = run("ledger", "check")
    assert status == 2
    assert "account off its guard: " in err
    assert "trigger missing: ledger_line_no_delete" in err
    assert "The books do not hold." in err


def test_a_statement(run, books, tmp_path):
    status, out, _ = run("ledger", "statement", "13800138000")
    assert status == 0
    assert "hand-in" in out
    assert out.splitlines()[-1] == "closing  120  points"
    file = tmp_path / "fen.csv"
    status, out, _ = run("ledger", "statement", "138 0013 8000", "--unit", "fen", "--csv", file)
    assert (status, out) == (0, f"Wrote 1 entries to {file}.\n")
    rows = list(csv.reader(file.open(encoding="utf-8-sig", newline="")))
    assert [r[5] for r in rows] == ["balance", "0", "120", "120"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ledger", "statement", "13900139000"), "Nobody has points or money"),
        (("ledger", "statement", "call me"), "This is not a telephone number."),
        (("ledger", "statement", "13800138000", "--first", "2026-05-02", "--last", "2026-05-01"), "before --first"),
        (("purchases", "export", "x.pdf"), "ends in .csv or .xlsx"),
        (("purchases", "export", "/nowhere/x.csv"), "config/points.toml: operator.registration is missing"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(run, books, words, said):
    status, _, err = run(*words)
    assert status == 2
    assert said in err
    assert "Traceback" not in err


def test_an_export_waits_for_the_registration(run, books, tmp_path):
    file = tmp_path / "record.csv"
    status, _, err = run("purchases", "export", file)
    assert status == 2
    assert err.count("config/points.toml: operator.") == 4
    assert "goods_codes has no code for paper" in err
    assert not file.exists()


def test_an_export(run, books, registered, tmp_path):
    plain, book = tmp_path / "record.csv", tmp_path / "record.XLSX"
    for file in (plain, book):
        status, out, _ = run("purchases", "export", file)
        assert (status, out) == (0, f"Wrote 2 purchases to {file}; 2 of them still miss something.\n")
    rows = list(csv.DictReader(plain.open(encoding="utf-8-sig", newline="")))
    assert [r["amount_yuan"] for r in rows] == ["1.2", "1.2"]
    page = openpyxl.load_workbook(book)["purchases"]
    assert tuple(c.value for c in page[1]) == HEAD
    assert page.max_row == 3
    status, _, err = run("purchases", "export", tmp_path / "no" / "record.csv")
    assert status == 2
    assert "cannot be written" in err


def test_a_day_without_purchases(run, books, registered, tmp_path):
    before = load_settings().clock.today(clock.utc_now()) - timedelta(days=40)
    file = tmp_path / "record.csv"
    status, out, _ = run("purchases", "export", file, "--first", before, "--last", before)
    assert (status, out) == (0, f"Wrote 0 purchases to {file}; 0 of them still miss something.\n")


def test_a_review(run, books):
    assert run("purchases", "review") == (0, "0 to look at.\n", "")
