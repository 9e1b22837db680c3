from datetime import date, timedelta

import pytest

from recycling.errors import BadRequestError
from recycling.exports.purchases import HEAD, purchase_record
from recycling.money.paying import pay
from recycling.money.pricing import WeighedLine
from recycling.money.review import review
from recycling.money.sellers import identify
from recycling.money.settling import Evidence, correct

FIRST, TODAY = date(2026, 3, 1), date(2026, 3, 4)
NOTE = Evidence("weigh_note", "notes/17.pdf", "cd" * 32)


def exported(database, terms, first=FIRST, last=TODAY):
    with database.read() as session:
        found = purchase_record(session, terms, first, last)
    return found, [dict(zip(HEAD, row, strict=True)) for row in found.rows]


def test_a_complete_purchase(record, terms, seller, settled, now):
    who = seller(record)
    lines = WeighedLine("paper", 2500), WeighedLine("metal", 1000, pieces=2, agreed_fen=205)
    made = settled(record, who, *lines, pay_in="yuan", evidence=(NOTE,), protest="=less").purchase
    with record.write() as session:
        identify(session, who, "natural_person", "王某", "11010519491231002X", b"0" * 32, TODAY)
        pay(session, made.id, 380, "wechat", "4200001", "driver", "a-payment-of-the-test", now)
    found, rows = exported(record, terms)
    assert (found.purchases, found.incomplete, len(rows)) == (1, 0, 2)
    first, second = rows
    assert (first["operator"], first["operator_registration"], first["label"]) == ("示例再生资源", "R1", "报废产品收购")
    assert (first["seller_name"], first["seller_identity_last_four"], first["day"]) == ("王某", "002X", "2026-03-04")
    assert (first["goods_code"], first["kg"], first["unit_price_yuan"], first["amount_yuan"]) == ("G1", 2.5, 0.7, 1.75)
    assert (second["goods_code"], second["kg"], second["unit_price_yuan"], second["pieces"]) == ("G2", 1.0, 2.05, 2)
    assert (first["paid_yuan"], first["payment_methods"], first["payment_references"]) == (3.8, "wechat", "4200001")
    assert (first["evidence"], first["missing"], first["seller_twelve_months_yuan"]) == (
        "weigh_note:notes/17.pdf",
        "",
        3.8,
    )
    assert sum(r["amount_yuan"] for r in rows) == pytest.approx(3.8)


def test_what_is_missing_is_named(sqlite_record, terms, seller, settled):
    settled(sqlite_record, seller(sqlite_record), pay_in="yuan")
    found, (row,) = exported(sqlite_record, terms)
    assert found.incomplete == 1
    assert row["missing"] == "seller name; seller identity; weigh note or photo; payment"


def test_points_are_told_at_what_they_are_worth(sqlite_record, terms, seller, settled):
    settled(sqlite_record, seller(sqlite_record), WeighedLine("paper", 2000), WeighedLine("metal", 1250))
    _, rows = exported(sqlite_record, terms)
    assert [r["amount_yuan"] for r in rows] == [2.0, 2.5]
    assert {r["paid_in"] for r in rows} == {"points"}


def test_corrections_stand_instead_of_what_they_correct(record, terms, seller, settled, now):
    made = settled(record, seller(record), pay_in="yuan").purchase
    with record.write() as session:
        new = correct(session, terms, made.id, [WeighedLine("paper", 1000)], "scale", "lead", "a-correction-of-it", now)
    _, (row,) = exported(record, terms)
    assert (row["purchase"], row["kg"], row["corrects"]) == (new.purchase.reference, 1.0, "yes")


def test_only_what_was_bought_from_natural_persons_on_these_days(sqlite_record, terms, seller, settled):
    one, two = seller(sqlite_record), seller(sqlite_record, "13900139000")
    settled(sqlite_record, one, pay_in="yuan", day=FIRST)
    settled(sqlite_record, one, pay_in="yuan", day=FIRST - timedelta(days=1), key="the-day-before")
    settled(sqlite_record, one, WeighedLine("furniture", 1000), pay_in="yuan", key="a-fee-only")
    with sqlite_record.write() as session:
        identify(session, two, "company", "某公司", "", b"0" * 32, TODAY)
    settled(sqlite_record, two, pay_in="yuan", key="from-a-company")
    _, rows = exported(sqlite_record, terms)
    assert [r["day"] for r in rows] == ["2026-03-01"]


OPERATOR = {"name": "A", "taxpayer_number": "T", "registration": "R", "registration_until": date(2026, 3, 4)}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"registration": ""}, ["operator-unregistered"]),
        ({"registration_until": None}, ["operator-unregistered"]),
        ({"registration_until": date(2026, 3, 3)}, ["operator-expired"]),
        ({"name": "", "taxpayer_number": ""}, ["operator-unregistered"] * 2),
    ],
)
def test_without_a_registration_nothing_leaves(sqlite_record, terms_with, seller, settled, changes, codes):
    settled(sqlite_record, seller(sqlite_record), pay_in="yuan")
    by = terms_with(operator={**OPERATOR, **changes})
    if not codes:
        assert exported(sqlite_record, by)[0].purchases == 1
        return
    with pytest.raises(BadRequestError) as caught:
        exported(sqlite_record, by)
    assert [f.code for f in caught.value.faults] == codes


def test_without_a_code_of_the_goods_nothing_leaves(sqlite_record, terms, seller, settled):
    settled(sqlite_record, seller(sqlite_record), WeighedLine("plastic", 1000), pay_in="yuan")
    with pytest.raises(BadRequestError, match="plastic"):
        exported(sqlite_record, terms)


# -- what somebody should look at ----------------------------------------------------------------------------------


def looked(database, terms):
    with database.read() as session:
        return {(s.kind, len(s.references)): s.figure for s in review(session, terms, FIRST, TODAY)}


def test_an_honest_day_shows_nothing(sqlite_record, terms, seller, settled):
    settled(sqlite_record, seller(sqlite_record), evidence=(NOTE,))
    assert looked(sqlite_record, terms) == {}


def test_what_is_odd_is_shown_and_nothing_is_changed(record, terms, seller, settled, holds):
    one, two = seller(record), seller(record, "13900139000")
    for number, day in enumerate((1, 2, 3)):
        settled(record, one, day=date(2026, 3, day), key=f"the-same-again-{number}")
    photo = Evidence("photo", "1.jpg", "ab" * 32)
    settled(record, two, key="with-a-photo", evidence=(photo,), protest="too little")
    again = Evidence("photo", "2.jpg", "ab" * 32)
    estimated = WeighedLine("metal", 900, estimated=True)
    settled(record, two, estimated, key="with-the-same-photo", evidence=(again,))
    dear = [WeighedLine("metal", 1, agreed_fen=10_000_000)] * 30
    settled(record, two, *dear, key="a-dear-hand-in", pay_in="yuan")
    assert looked(record, terms) == {
        ("same-weights", 3): "paper 2 kg",
        ("same-evidence", 2): "ab" * 6,
        ("protest", 1): "too little",
        ("estimated", 1): "",
        ("near-limit", 1): "60 %",
    }
    assert holds(record, one) == (60, 0)
