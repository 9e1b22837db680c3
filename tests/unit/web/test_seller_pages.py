"""A seller's page and a purchase's: identity, what was sold elsewhere, payments, proofs and corrections."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from recycling.audit import events
from recycling.catalogue import load_catalogue
from recycling.counter import AgreedThing, Weighing, weigh_in
from recycling.exports.purchases import HEAD, purchase_record
from recycling.ledger import balance
from recycling.ledger.trial import trial
from recycling.models import Purchase, PurchasePayment, Seller
from recycling.money import books
from recycling.money.pricing import WeighedLine
from recycling.money.terms import load_terms
from recycling.money.year_total import year_total

TODAY = date(2026, 3, 4)
NUMBER = "11010519491231002X"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def terms():
    return load_terms(load_catalogue())


@pytest.fixture
def client(app, signed_in):
    """A clerk at the counter."""
    return signed_in(app, "clerk")


@pytest.fixture
def bought(sqlite_record, office, terms, now):
    """Return a function that settles ten kilograms of metal and a fridge at the counter."""
    from recycling.accounts.actors import system

    def make(pay_in="yuan", metal=10_000, fridge=5000, phone="13800138000"):
        lines = (WeighedLine("metal", metal),) if metal else ()
        things = (AgreedThing("fridge", 1, 0, fridge, "as the test says"),)
        weighing = Weighing(phone, "", lines, pay_in, TODAY, things=things)
        return weigh_in(office(sqlite_record), terms, weighing, system("test"), "a-weighing-of-it", now).purchase

    return make


@pytest.fixture
def sends(client):
    """Return a function that sends a form of a page, changed where the test says."""

    def call(page, action, **entries):
        hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', client.get(page).text))
        return client.post(action, data={**hidden, **entries}, headers=ENGLISH)

    return call


def purse(database, seller):
    with database.read() as session:
        assert trial(session).sound
        units = ("fen", "points")
        return [balance(session, books.holding(seller, u)) + balance(session, books.owing(seller, u)) for u in units]


# -- the seller ----------------------------------------------------------------------------------------------------


def test_a_seller_is_named_and_the_number_is_nowhere_afterwards(sqlite_record, client, sends, bought, home):
    seller = bought().seller_id
    path = f"/clerk/sellers/{seller}"
    answer = sends(path, f"{path}/identity", kind="natural_person", name="王小明", identity=NUMBER)
    assert answer.status_code == 303
    page = client.get(path).text
    assert "王小明" in page
    assert "**************002X" in page
    assert NUMBER not in page
    assert "13800138000" not in page
    with sqlite_record.read() as session:
        found = session.get_one(Seller, seller)
        assert (found.name, found.identity_last_four, len(found.identity_hash)) == ("王小明", "002X", 64)
        (told,) = events(session, "seller", seller)
    assert NUMBER not in f"{told.before}{told.after}"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"identity": "110105194912310021"}, "identity"), ({"name": " "}, "name"), ({"kind": "cat"}, "kind")],
)
def test_what_is_wrong_with_an_identity_comes_back_without_the_number(sends, bought, home, wrong, field):
    path = f"/clerk/sellers/{bought().seller_id}"
    entries = {"kind": "natural_person", "name": "王小明", "identity": NUMBER, **wrong}
    answer = sends(path, f"{path}/identity", **entries)
    assert answer.status_code == 422
    assert f'id="fault-{field}"' in answer.text
    assert entries["identity"] not in answer.text


def test_what_was_sold_elsewhere_counts_towards_the_twelve_months(sqlite_record, client, sends, bought, terms):
    made = bought()
    path = f"/clerk/sellers/{made.seller_id}"
    for yuan in ("1000", "3200,50"):
        assert sends(path, f"{path}/declared", month="2026-02", elsewhere=yuan).status_code == 303
    with sqlite_record.read() as session:
        seller = session.get_one(Seller, made.seller_id)
        assert year_total(session, terms, seller, TODAY).fen == made.fen + 320_050, "the newest word of a month counts"
    assert "2026-02: ¥\xa03,200.50" in client.get(path).text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"month": "2026-04"}, "month"),
        ({"month": "soon"}, "month"),
        ({"elsewhere": "-1"}, "fen"),
        ({"elsewhere": ""}, "fen"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(sends, bought, wrong, field):
    path = f"/clerk/sellers/{bought().seller_id}"
    answer = sends(path, f"{path}/declared", **{"month": "2026-02", "elsewhere": "10", **wrong})
    assert answer.status_code == 422
    assert f'id="fault-{field}"' in answer.text


# -- a purchase ----------------------------------------------------------------------------------------------------


def test_what_is_owed_is_paid_out_once_and_never_more(sqlite_record, client, sends, bought):
    made = bought()
    path = f"/clerk/purchases/{made.id}"
    assert 'value="68.00"' in client.get(path).text
    entries = {"payer": "we", "yuan": "60", "method": "wechat", "number": "WX-1", "key": "one-key-of-it"}
    assert sends(path, f"{path}/payment", **entries).status_code == 303
    assert sends(path, f"{path}/payment", **entries).status_code == 303, "the same form again"
    assert purse(sqlite_record, made.seller_id) == [800, 50]
    more = sends(path, f"{path}/payment", payer="we", yuan="8.01", method="cash")
    assert more.status_code == 422
    assert "at most 8.00 yuan" in more.text
    assert sends(path, f"{path}/payment", payer="they", yuan="1", method="cash").status_code == 422
    assert sends(path, f"{path}/payment", payer="we", yuan="8", method="barter").status_code == 422
    assert sends(path, f"{path}/payment", payer="we", yuan="8", method="cash").status_code == 303
    page = client.get(path, headers=ENGLISH).text
    assert "WX-1" in page
    assert "Nobody owes anything." in page


def test_a_fee_is_taken(sqlite_record, sends, bought):
    made = bought(metal=0, fridge=-3500)
    path = f"/clerk/purchases/{made.id}"
    assert purse(sqlite_record, made.seller_id) == [-3500, 50]
    assert sends(path, f"{path}/payment", payer="they", yuan="35", method="cash").status_code == 303
    assert purse(sqlite_record, made.seller_id) == [0, 50]


def test_a_purchase_is_put_right_with_its_things_points_payments_and_proofs(sqlite_record, client, sends, bought):
    made = bought()
    path = f"/clerk/purchases/{made.id}"
    sends(path, f"{path}/evidence", kind="weigh_note", place="W-17")
    sends(path, f"{path}/payment", payer="we", yuan="68", method="bank", number="B-1")
    right = {"kg-0": "9", "kg-1": "55", "payer-1": "we", "yuan-1": "40", "more-0": "paper", "more-kg-0": "2"}
    refused = sends(path, f"{path}/correct", reason=" ", **right)
    assert refused.status_code == 422
    assert 'id="fault-reason"' in refused.text
    answer = sends(path, f"{path}/correct", reason="秤盘上多放了一袋", key="a-correction-of-it", **right)
    assert answer.status_code == 303
    again = sends(path, f"{path}/correct", reason="秤盘上多放了一袋", key="a-correction-of-it", **right)
    assert again.location == answer.location
    assert purse(sqlite_record, made.seller_id) == [1620 + 4000 + 120 - 6800, 50]
    page = client.get(answer.location, headers=ENGLISH).text
    assert "Refrigerator × 1" in page
    assert "B-1" in page
    assert "W-17" in page
    assert sends(path, f"{path}/correct", reason="again", **right).status_code == 409


def test_points_of_a_thing_that_was_none_go_back_even_when_they_were_spent(sqlite_record, sends, bought):
    made = bought(pay_in="points")
    path = f"/clerk/purchases/{made.id}"
    assert purse(sqlite_record, made.seller_id) == [0, 1800 + 5000 + 50]
    spent = {"voucher": "soap", "pieces": "5"}
    assert sends(f"/clerk/points/{made.seller_id}", f"/clerk/points/{made.seller_id}", **spent).status_code == 303
    answer = sends(path, f"{path}/correct", reason="no fridge", **{"kg-0": "10", "kg-1": ""})
    assert answer.status_code == 303
    assert purse(sqlite_record, made.seller_id) == [0, 1800 - 6000]


def test_cans_stay_cans_when_their_weight_is_put_right_and_a_bag_more_is_found(
    sqlite_record, office, terms, now, sends
):
    from recycling.accounts.actors import system

    cans = WeighedLine("metal", 2_000, item="cans")
    weighing = Weighing("13800138000", "", (cans,), "yuan", TODAY)
    made = weigh_in(office(sqlite_record), terms, weighing, system("test"), "a-weighing-of-it", now).purchase
    assert purse(sqlite_record, made.seller_id) == [800, 4]
    path = f"/clerk/purchases/{made.id}"
    answer = sends(path, f"{path}/correct", reason="x", **{"kg-0": "3.5", "more-0": "item:cable", "more-kg-0": "1"})
    assert answer.status_code == 303, answer.text
    assert purse(sqlite_record, made.seller_id) == [1400 + 800, 7 + 1]
    again = sends(answer.location, f"{answer.location}/correct", reason="y", **{"kg-0": "3", "kg-1": ""})
    assert purse(sqlite_record, made.seller_id) == [1200, 6]
    with sqlite_record.read() as session:
        newest = session.scalars(select(Purchase).where(Purchase.reason == "y")).one()
        assert [(line.rate, line.amount) for line in newest.lines] == [(400, 1200)]
    assert again.status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [{"kg-0": "much"}, {"yuan-1": "-4"}, {"yuan-1": ""}, {"more-kg-0": "2", "more-0": ""}, {"more-kg-1": "x"}],
)
def test_a_correction_that_cannot_be_read_changes_nothing(sqlite_record, sends, bought, wrong):
    made = bought()
    path = f"/clerk/purchases/{made.id}"
    sound = {"kg-0": "9", "kg-1": "55", "payer-1": "we", "yuan-1": "40", "reason": "x"}
    answer = sends(path, f"{path}/correct", **{**sound, **wrong})
    assert answer.status_code == 422
    assert 'id="fault-lines"' in answer.text
    with sqlite_record.read() as session:
        assert len(session.scalars(select(Purchase)).all()) == 1


def test_a_purchase_that_went_through_the_pages_misses_nothing_in_the_record(
    sqlite_record, client, sends, bought, terms, home
):
    made = bought()
    path, seller = f"/clerk/purchases/{made.id}", f"/clerk/sellers/{made.seller_id}"
    sends(seller, f"{seller}/identity", kind="natural_person", name="王小明", identity=NUMBER)
    sends(path, f"{path}/evidence", kind="weigh_note", place="W-17")
    sends(path, f"{path}/evidence", kind="weigh_note", place=" W-17 ")
    sends(path, f"{path}/payment", payer="we", yuan="68", method="bank", number="B-1")
    sends(path, f"{path}/correct", reason="x", **{"kg-0": "9", "kg-1": "55", "payer-1": "we", "yuan-1": "50"})
    operator = {"name": "x", "taxpayer_number": "x", "registration": "x", "registration_until": date(2030, 1, 1)}
    full = terms.model_copy(
        update={
            "goods_codes": {"metal": "1", "appliances": "2"},
            "operator": terms.operator.model_copy(update=operator),
        }
    )
    with sqlite_record.read() as session:
        record = purchase_record(session, full, TODAY, TODAY)
        assert len(session.scalars(select(PurchasePayment)).all()) == 1
    assert (record.purchases, record.incomplete) == (1, 0)
    row = dict(zip(HEAD, record.rows[0], strict=True))
    assert (row["paid_yuan"], row["payment_references"], row["evidence"]) == (68.0, "B-1", "weigh_note:W-17")


@pytest.mark.parametrize("role", ["centre", "dispatcher", "manager"])
def test_others_see_no_seller(app, signed_in, bought, role):
    made = bought()
    assert signed_in(app, role).get(f"/clerk/sellers/{made.seller_id}").status_code == 403
