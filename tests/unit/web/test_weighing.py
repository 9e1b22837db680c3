"""The scale: a booking or a walk-in becomes a purchase, once, with a receipt."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from judges.slots import faults_of
from sqlalchemy import func, select

from recycling.booking import life
from recycling.ledger import balance
from recycling.ledger.trial import trial
from recycling.models import Booking, Message, Purchase, Quote, QuoteLine, Seller
from recycling.money import books

NEXT_DAY = datetime(2026, 3, 5, 0, 30, tzinfo=UTC)  # 08:30 at the depot, in the first window


@pytest.fixture
def client(app, signed_in):
    """A clerk at the counter, on the day after."""
    with time_machine.travel(NEXT_DAY, tick=False):
        yield signed_in(app, "clerk", at=NEXT_DAY)


@pytest.fixture
def weighs(client):
    """Return a function that sends the form of the scale, changed where the test says."""

    def call(again=None, **changes):
        page = client.get("/clerk/scale").text
        hidden = again or dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
        sound = {"material-0": "metal", "kg-0": "2,5", "day": "2026-03-05", "pay_in": "points"}
        return client.post("/clerk/scale", data={**hidden, **sound, **changes}), hidden

    return call


@pytest.fixture
def visited(sqlite_record, booked, now, day):
    """A booking whose window has begun, on a route."""
    (made,) = booked(sqlite_record, 1)
    with sqlite_record.write() as session:
        booking = session.get_one(Booking, made.id)
        life.planned(session, [(booking, booking.promise_start, booking.promise_end)], now)
    return made


def count(database, model):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def state(database, booking):
    with database.read() as session:
        return session.get_one(Booking, booking.id).state


def test_what_was_collected_is_bought_and_the_booking_settled(sqlite_record, client, weighs, visited):
    answer, sent = weighs(reference=visited.reference.lower(), **{"material-1": "paper", "kg-1": "0.25"})
    assert answer.status_code == 303
    receipt = client.get(answer.location).text
    assert "2.500" in receipt
    assert "0.250" in receipt
    assert state(sqlite_record, visited) == "settled"
    with sqlite_record.read() as session:
        bought = session.scalars(select(Purchase)).one()
        assert bought.source == f"booking:{visited.reference}"
        assert balance(session, books.holding(bought.seller_id, "points")) == bought.points > 0
        assert session.get_one(Seller, bought.seller_id).phone == visited.phone
        said = set(session.scalars(select(Message.change)))
    assert {"collected", "settled"} <= said
    assert faults_of(sqlite_record) == []
    again, _ = weighs(again=sent, reference=visited.reference.lower(), **{"material-1": "paper", "kg-1": "0.25"})
    assert again.location == answer.location
    assert count(sqlite_record, Purchase) == 1


def test_nobody_settles_a_booking_twice(sqlite_record, weighs, visited):
    assert weighs(reference=visited.reference)[0].status_code == 303
    answer, _ = weighs(reference=visited.reference)
    assert answer.status_code == 409
    assert count(sqlite_record, Purchase) == 1


def test_somebody_walks_in(sqlite_record, client, weighs):
    answer, _ = weighs(phone="139 0013 9000", pay_in="yuan", **{"kg-0": "10", "estimated-0": "yes"})
    assert "¥" in client.get(answer.location).text
    with sqlite_record.read() as session:
        bought = session.scalars(select(Purchase)).one()
        assert (bought.pay_in, bought.source) == ("yuan", "station:counter")
        assert [(n.material, n.grams, n.estimated) for n in bought.lines] == [("metal", 10_000, True)]
        assert trial(session).sound


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kg-0": "viel"}, "row-0"),
        ({"kg-0": "-2"}, "row-0"),
        ({"kg-0": "0.0001"}, "row-0"),
        ({"kg-0": "NaN"}, "row-0"),
        ({"kg-0": "1e99"}, "row-0"),
        ({"material-0": ""}, "row-0"),
        ({"material-0": "gold"}, "row-0"),
        ({"kg-0": ""}, "form"),
        ({"kg-0": "", "material-3": "metal", "kg-3": "999999"}, "row-3"),
        ({"day": "soon"}, "day"),
        ({"day": "2026-03-06"}, "day"),
        ({"phone": "12"}, "phone"),
        ({"phone": " "}, "reference"),
        ({"reference": "NOSUCHXX"}, "reference"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_entered(sqlite_record, weighs, wrong, field):
    answer, _ = weighs(**{"phone": "13900139000", "protest": "称重太轻", **wrong})
    assert answer.status_code in (400, 422)
    assert f'id="fault-{field}"' in answer.text
    assert "称重太轻" in answer.text
    assert count(sqlite_record, Purchase) == 0


def test_a_visit_that_is_still_to_come_is_not_settled(sqlite_record, weighs, booked):
    (made,) = booked(sqlite_record, 1, window="15:00-17:00")
    answer, _ = weighs(reference=made.reference)
    assert answer.status_code == 409
    assert state(sqlite_record, made) == "booked"
    assert count(sqlite_record, Purchase) == 0


def test_too_many_kilograms_are_said_in_the_reader_s_words(weighs):
    answer, _ = weighs(phone="13900139000", **{"kg-0": "999999"})
    assert re.search(r"一次称重 [一-鿿]+ 999999 公斤不合理。最多可填 50000 公斤。", answer.text)


# -- things by the piece -------------------------------------------------------------------------------------------


@pytest.fixture
def collects(sqlite_record, booked, now):
    """Return a function that books things at some door and puts the visit on a route."""

    def make(**items):
        (made,) = booked(sqlite_record, 1, items={code.replace("_", "-"): n for code, n in items.items()})
        with sqlite_record.write() as session:
            booking = session.get_one(Booking, made.id)
            life.planned(session, [(booking, booking.promise_start, booking.promise_end)], now)
        return made

    return make


def entries(page):
    """The entries of a form as a browser would send them."""
    found = dict(re.findall(r'<input(?! type="(?:checkbox|radio)")[^>]* name="([^"]+)"[^>]*? value="([^"]*)"', page))
    for name, inside in re.findall(r'<select[^>]* name="([^"]+)".*?>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen.group(1) if chosen else re.search(r'value="([^"]*)"', inside).group(1)
    checked = re.search(r'name="pay_in" value="(\w+)" checked', page)
    return {**found, "pay_in": checked.group(1)} if checked else found


def accounts(database, purchase):
    with database.read() as session:
        assert trial(session).sound
        who = purchase.seller_id
        return {
            u: balance(session, books.holding(who, u)) + balance(session, books.owing(who, u))
            for u in ("fen", "points")
        }


def bought(database):
    with database.read() as session:
        one = session.scalars(select(Purchase)).one()
        session.expunge_all()
        with database.read() as again:
            lines = [(n.material, n.pieces, n.grams, n.agreed_fen) for n in again.get_one(Purchase, one.id).lines]
        return one, lines


def test_a_booked_fridge_is_paid_at_the_price_that_was_promised_with_its_points(sqlite_record, client, collects):
    visit = collects(fridge=1, paper=2)
    page = client.get(f"/clerk/scale?reference={visit.reference}", headers={"Accept-Language": "en"}).text
    assert "Promised: we pay ¥\xa030–80 · +50 points" in page
    form = entries(page)
    assert (form["thing-0"], form["pieces-0"], form["yuan-0"], form["payer-0"]) == ("fridge", "1", "55.00", "we")
    assert (form["material-0"], form["kg-0"]) == ("paper", "")
    answer = client.post("/clerk/scale", data={**form, "kg-0": "3", "pay_in": "yuan"})
    assert answer.status_code == 303
    assert state(sqlite_record, visit) == "settled"
    one, lines = bought(sqlite_record)
    assert lines == [("paper", 0, 3000, None), ("appliances", 1, 55_000, 5500)]
    assert accounts(sqlite_record, one) == {"fen": 5500 + 180, "points": 50}
    receipt = client.get(answer.location, headers={"Accept-Language": "en"}).text
    assert "Refrigerator × 1" in receipt
    assert client.post("/clerk/scale", data={**form, "kg-0": "3", "pay_in": "yuan"}).location == answer.location
    assert accounts(sqlite_record, one) == {"fen": 5500 + 180, "points": 50}


def test_a_sofa_is_charged_and_a_battery_that_is_free_settles_its_booking(sqlite_record, client, collects):
    visit = collects(sofa=1, small_batteries=1)
    form = entries(client.get(f"/clerk/scale?reference={visit.reference}").text)
    assert form["pay_in"] == "yuan"
    things = {form[f"thing-{row}"]: (form[f"payer-{row}"], form[f"yuan-{row}"]) for row in range(2)}
    assert things["sofa"][0] == "they"
    assert things["small-batteries"] == ("we", "0.00")
    assert client.post("/clerk/scale", data=form).status_code == 303
    assert state(sqlite_record, visit) == "settled"
    one, _ = bought(sqlite_record)
    fee = round(float(things["sofa"][1]) * 100)
    assert accounts(sqlite_record, one)["fen"] == -fee < 0
    with sqlite_record.read() as session:
        told = session.scalars(select(Message.figures).where(Message.change == "settled")).one()
    assert told["amount"] == f"您付 ¥ {fee / 100:.2f}"


def test_another_price_than_promised_needs_a_reason_and_keeps_it(sqlite_record, client, collects):
    visit = collects(fridge=1)
    form = entries(client.get(f"/clerk/scale?reference={visit.reference}").text)
    cheap = {**form, "yuan-0": "12.50"}
    refused = client.post("/clerk/scale", data=cheap, headers={"Accept-Language": "en"})
    assert refused.status_code == 422
    assert 'id="fault-thing-0"' in refused.text
    assert "we pay 30.00–80.00 yuan" in refused.text
    assert count(sqlite_record, Purchase) == 0
    answer = client.post("/clerk/scale", data={**cheap, "why-0": "压缩机已拆"})
    assert "压缩机已拆" in client.get(answer.location).text
    assert bought(sqlite_record)[1] == [("appliances", 1, 55_000, 1250)]


def test_the_least_that_a_line_costs_holds_at_the_scale(sqlite_record, client, collects):
    visit = collects(wood=1)
    form = entries(client.get(f"/clerk/scale?reference={visit.reference}").text)
    light = {**form, "thing-kg-0": "5", "yuan-0": "3"}
    assert "15.00" in client.post("/clerk/scale", data=light).text
    assert client.post("/clerk/scale", data={**light, "yuan-0": "15"}).status_code == 303
    assert bought(sqlite_record)[1] == [("furniture", 1, 5_000, -1500)]


def test_somebody_who_walks_in_sells_a_thing(sqlite_record, weighs):
    lamp = {"thing-1": "lead-battery", "pieces-1": "2", "thing-kg-1": "31.5", "yuan-1": "150", "payer-1": "we"}
    answer, _ = weighs(phone="13900139000", pay_in="yuan", **{"material-0": "", "kg-0": ""}, **lamp)
    assert answer.status_code == 303
    one, lines = bought(sqlite_record)
    assert lines == [("batteries", 2, 31_500, 15_000)]
    assert accounts(sqlite_record, one) == {"fen": 15_000, "points": 60}


@pytest.mark.parametrize(
    "wrong",
    [
        {"thing-2": "gold"},
        {"pieces-2": "0"},
        {"pieces-2": "one"},
        {"pieces-2": "²"},
        {"pieces-2": "9999"},
        {"thing-kg-2": "heavy"},
        {"yuan-2": ""},
        {"yuan-2": "-40"},
        {"yuan-2": "1e9"},
        {"yuan-2": "40.001"},
        {"payer-2": "they"},
        {"payer-2": "they", "why-2": "rusty", "pay_in": "points"},
        {"yuan-2": "999999", "why-2": "gold inside"},
    ],
)
def test_what_is_wrong_with_a_thing_stands_in_its_row(sqlite_record, weighs, wrong):
    sound = {"thing-2": "fridge", "pieces-2": "1", "yuan-2": "40", "payer-2": "we", "pay_in": "yuan"}
    answer, _ = weighs(phone="13900139000", **{**sound, **wrong})
    assert answer.status_code == 422
    assert 'id="fault-thing-2"' in answer.text
    assert count(sqlite_record, Purchase) == 0


def test_a_quote_s_prices_and_its_minimum_bind_at_the_scale(sqlite_record, client, collects, now, day):
    visit = collects(sofa=2, mattress=1)
    with sqlite_record.write() as session:
        booking = session.get_one(Booking, visit.id)
        prices = {"sofa": -4000, "mattress": 1000}
        sizes = {"kg": 50, "litres": 500, "minutes": 5.0, "people": 2, "list_low": 0, "list_high": 0}
        lines = [
            QuoteLine(position=n, item=line.item, pieces=line.pieces, price=prices[line.item], **sizes)
            for n, line in enumerate(sorted(booking.lines, key=lambda line: line.item, reverse=True))
        ]
        for line in booking.lines:
            line.price_low = line.price_high = prices[line.item]
        session.add(
            Quote(
                number="Q1", token="t" * 20, idempotency_key="quote-of-it", state="accepted", scene="office",
                depot_code=booking.depot_code, community_code="A-001", place="x", address="x", floor=1, lift=False,
                contact="x", phone=booking.phone, valid_until=day, minimum=9000, fen=-9000, crew=2, visits=1, trucks=1,
                created_at=now, sent_at=now, ended_at=now, booking_id=booking.id, lines=lines,
            )
        )  # fmt: skip
    form = entries(client.get(f"/clerk/scale?reference={visit.reference}").text)
    (sofa,) = (key for key, value in form.items() if value == "100.00")
    assert client.post("/clerk/scale", data={**form, sofa: "105"}).status_code == 422
    assert client.post("/clerk/scale", data=form).status_code == 303
    one, lines = bought(sqlite_record)
    assert one.fen == -9000, "as the quote says, though its lines sum to less"
    assert sorted((pieces, fen) for _, pieces, _, fen in lines) == [(1, 1000), (2, -10_000)]


def test_the_things_of_a_booking_are_shown_beside_what_was_entered(weighs, collects):
    visit = collects(fridge=1)
    answer, _ = weighs(reference=visit.reference, show="yes", **{"kg-0": ""})
    assert answer.status_code == 200
    assert entries(answer.text)["yuan-0"] == "55.00"
    answer, _ = weighs(reference=visit.reference, show="yes", **{"kg-0": "7"})
    assert entries(answer.text)["kg-0"] == "7"
    answer, _ = weighs(reference="NOSUCHXX", show="yes")
    assert answer.status_code == 422
    assert 'id="fault-reference"' in answer.text


# -- things that have a rate of their own --------------------------------------------------------------------------


def test_cans_are_bought_at_the_rate_of_cans_with_the_points_that_were_promised(sqlite_record, client, collects):
    visit = collects(cans=2, metal=1, paper=1)
    page = client.get(f"/clerk/scale?reference={visit.reference}", headers={"Accept-Language": "en"}).text
    assert "Drink cans · ¥ 4.00 / kg" in page
    form = entries(page)
    rows = {form[f"material-{row}"]: row for row in range(3)}
    assert set(rows) == {"item:cans", "metal", "paper"}
    weights = {f"kg-{rows['item:cans']}": "3.5", f"kg-{rows['metal']}": "10", "pay_in": "yuan"}
    answer = client.post("/clerk/scale", data={**form, **weights})
    assert answer.status_code == 303
    one, lines = bought(sqlite_record)
    assert sorted(lines) == [("metal", 0, 3500, None), ("metal", 0, 10_000, None)]
    assert accounts(sqlite_record, one) == {"fen": 1400 + 1800, "points": 7}
    receipt = client.get(answer.location, headers={"Accept-Language": "en"}).text
    assert re.search(r"Drink cans\s*<small>\+7 points", receipt)
    assert "4.00" in receipt


def test_cans_of_somebody_who_walks_in_are_paid_in_points_by_their_worth(sqlite_record, weighs):
    answer, _ = weighs(phone="13900139000", **{"material-0": "item:cans", "kg-0": "2"})
    assert answer.status_code == 303
    one, _ = bought(sqlite_record)
    assert one.points == 800
    assert accounts(sqlite_record, one)["points"] == 800 + 4


@pytest.mark.parametrize("choice", ["item:unicorn", "item:", "item:item:cans", "cans"])
def test_a_choice_that_nobody_was_offered_is_refused(sqlite_record, weighs, choice):
    answer, _ = weighs(phone="13900139000", **{"material-0": choice, "kg-0": "2"})
    assert answer.status_code == 422
    assert 'id="fault-row-0"' in answer.text
    assert count(sqlite_record, Purchase) == 0


# -- what the resident sees ----------------------------------------------------------------------------------------


def english(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)).replace("\xa0", " ")


def test_a_settled_booking_s_page_says_what_was_weighed_and_paid(sqlite_record, app, client, collects):
    visit = collects(fridge=1, paper=2)
    form = entries(client.get(f"/clerk/scale?reference={visit.reference}").text)
    client.post("/clerk/scale", data={**form, "kg-0": "3.25", "pay_in": "yuan"})
    page = app.test_client().get(f"/b/{visit.token}", headers={"Accept-Language": "en"})
    said = english(page)
    assert "Weighed and settled: ¥ 56.95" in said
    assert "Paper and cardboard 3.250 0.60 1.95" in said
    assert "Refrigerator × 1 +50 points" in said
    assert "¥ 56.95 are still to be paid out to you" in said
    assert "/points/" not in page.text, "a link that anybody can make with any number opens nobody's statement"
    assert 'href="/my/statement"' in page.text


def test_a_correction_of_what_was_paid_stays_paid_on_the_booking_s_page(sqlite_record, app, client, collects):
    visit = collects(fridge=1)
    form = entries(client.get(f"/clerk/scale?reference={visit.reference}").text)
    client.post("/clerk/scale", data={**form, "pay_in": "yuan"})
    path = f"/clerk/purchases/{bought(sqlite_record)[0].id}"
    hidden = {"csrf_token": form["csrf_token"], "key": "a-form-of-the-test"}
    paid = {**hidden, "payer": "we", "yuan": "55", "method": "cash"}
    assert client.post(f"{path}/payment", data=paid).status_code == 303
    right = {**hidden, "kg-0": "54", "payer-0": "we", "yuan-0": "55", "reason": "weighed again"}
    assert client.post(f"{path}/correct", data=right).status_code == 303
    said = english(app.test_client().get(f"/b/{visit.token}", headers={"Accept-Language": "en"}))
    assert said.count("Weighed and settled: ¥ 55.00") == 1
    assert "54.000" in said
    assert "Paid out." in said


def test_a_fee_is_told_from_the_resident_s_side(app, client, collects):
    visit = collects(sofa=1)
    form = entries(client.get(f"/clerk/scale?reference={visit.reference}").text)
    client.post("/clerk/scale", data={**form, "yuan-0": "30"})
    said = english(app.test_client().get(f"/b/{visit.token}", headers={"Accept-Language": "en"}))
    assert "Weighed and settled: you pay ¥ 30" in said
    assert "¥ 30.00 are still to be paid by you" in said


def test_a_booking_that_is_not_settled_shows_no_receipt(app, client, collects):
    visit = collects(fridge=1)
    assert "/my/statement" not in app.test_client().get(f"/b/{visit.token}").text


def test_a_resident_who_signed_in_gets_from_the_bookings_to_the_own_statement(app, weighs, signed_in):
    weighs(phone="13900139001", **{"kg-0": "10"})
    resident = signed_in(app, "resident", phone="13900139001", at=NEXT_DAY)
    page = resident.get("/my/bookings", headers={"Accept-Language": "en"})
    assert "1,800 points" in english(page)
    statement = resident.get("/my/statement", follow_redirects=True, headers={"Accept-Language": "en"})
    assert "+1,800" in english(statement)
    stranger = signed_in(app, "resident", phone="13900139002", at=NEXT_DAY)
    assert "/my/statement" not in stranger.get("/my/bookings").text
    assert stranger.get("/my/statement").status_code == 404
    nobody = app.test_client().get("/my/statement")
    assert (nobody.status_code, nobody.location) == (303, "/sign-in?next=/my/statement")
