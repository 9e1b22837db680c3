"""Quotes: written with the catalogue's prices, sent once, accepted once, and replaced where they change."""

import multiprocessing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from recycling import audit
from recycling.accounts.actors import Actor, Role
from recycling.booking import amend, quotes, rebook, wish_of
from recycling.booking.capacity import make_rows
from recycling.booking.quotes import QuoteDraft, QuoteDraftLine
from recycling.db import Database
from recycling.errors import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from recycling.models import Booking, Message, Quote, Slot

CLERK = Actor("person", "clerk-1", Role.CLERK, frozenset({"DEP-01"}))
STRANGER = Actor("person", "clerk-2", Role.CLERK, frozenset({"DEP-02"}))
WORDS = QuoteDraftLine("", "旧讲台一批", 4, 120, 2000, 40, 2, -2000)


@pytest.fixture
def written(day, now):
    """Return a function that writes a quote for a school, with other entries where the test says so."""
    count = iter(range(1000))

    def make(desk, actor=CLERK, of=None, **changes):
        sound = {
            "scene": "school",
            "community": "A-001",
            "address": "朝阳小学",
            "contact": "陈老师",
            "phone": "13800138000",
            "valid_until": day + timedelta(days=10),
            "lines": [QuoteDraftLine("sofa", pieces=2), QuoteDraftLine("paper", pieces=9)],
        }
        draft = QuoteDraft(**{**sound, **changes})
        return quotes.save_quote(desk, draft, f"write-quote-{next(count)}", actor, now, of)

    return make


@pytest.fixture
def sent(written, now):
    """Return a function that writes a quote and sends it."""
    return lambda desk, **changes: quotes.send_quote(desk, written(desk, **changes).id, CLERK, now)


def fresh(desk, quote):
    with desk.database.read() as session:
        return quotes.quote_by_id(session, quote.id, CLERK)


def deeds(desk, quote):
    with desk.database.read() as session:
        return [event.action for event in audit.events(session, "quote", quote.id)]


def count(desk, model):
    with desk.database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_line_takes_sizes_and_price_from_the_catalogue(desk, written, day):
    quote = written(desk)
    item = desk.catalogue.variants["sofa"]
    low, high = item.price_at(day).fen(item.kg)
    line = quote.lines[0]
    assert (line.kg, line.litres, line.list_low, line.list_high) == (2 * item.kg, 2 * item.litres, low, high)
    assert line.price == (low + high) // 2
    assert quote.fen == sum(one.price * one.pieces for one in quote.lines)
    assert (quote.state, quote.version, quote.visits) == ("draft", 1, 1)
    assert quote.crew == max(one.people for one in quote.lines)


def test_trucks_are_estimated_and_can_be_said(desk, written):
    assert written(desk).trucks == 1
    assert written(desk, lines=[QuoteDraftLine("sofa", pieces=60)]).trucks > 1
    said = written(desk, trucks=7, crew=5, visits=3)
    assert (said.trucks, said.crew, said.visits) == (7, 5, 3)


def test_another_price_needs_a_reason(desk, written):
    with pytest.raises(BadRequestError, match="Enter why"):
        written(desk, lines=[QuoteDraftLine("sofa", price=-99_900)])
    quote = written(desk, lines=[QuoteDraftLine("sofa", pieces=2, price=-99_900, reason="七楼窗吊")])
    assert (quote.fen, quote.lines[0].reason) == (-199_800, "七楼窗吊")


@pytest.mark.parametrize(("price", "minimum", "fen"), [(-2000, 30_000, -30_000), (-2000, 5000, -8000), (500, 0, 2000)])
def test_the_customer_pays_at_least_the_minimum(desk, written, price, minimum, fen):
    line = QuoteDraftLine("sofa", "讲台", 4, 120, 2000, 40, 2, price)
    assert written(desk, lines=[line], minimum=minimum).fen == fen


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"scene": "home"}, "scene"),
        ({"community": ""}, "community"),
        ({"phone": "12"}, "phone"),
        ({"contact": ""}, "contact"),
        ({"address": " "}, "address"),
        ({"valid_until": None}, "valid_until"),
        ({"lines": []}, "lines"),
        ({"lines": [QuoteDraftLine("dragon")]}, "lines"),
        ({"lines": [QuoteDraftLine("sofa", pieces=100)]}, "lines"),
        ({"lines": [QuoteDraftLine("", "讲台", 1, 0, 10, 5, 1, 0)]}, "lines"),
        ({"lines": [QuoteDraftLine("", "讲台", 1, 10, 10, 5, 0, 0)]}, "lines"),
        ({"lines": [QuoteDraftLine("", "讲台", 1, 10, 10, 5, 1)]}, "lines"),
        ({"minimum": -1}, "minimum"),
        ({"floor": 500}, "floor"),
        ({"crew": 99}, "crew"),
    ],
)
def test_what_cannot_be_written(desk, written, changes, where):
    with pytest.raises(BadRequestError) as error:
        written(desk, **changes)
    assert {fault.where for fault in error.value.faults} == {where}
    assert count(desk, Quote) == 0


def test_staff_write_for_own_depots_and_read_own(desk, written, sent, now):
    with pytest.raises(ForbiddenError):
        written(desk, actor=STRANGER)
    quote = written(desk)
    for deed in (quotes.send_quote, quotes.revise):
        with pytest.raises(ForbiddenError):
            deed(desk, quote.id, STRANGER, now)
    with desk.database.read() as session:
        assert quotes.quotes_of(session, STRANGER, now) == []
        assert [q.id for q in quotes.quotes_of(session, CLERK, now)] == [quote.id]


def test_the_same_key_is_the_same_quote(desk, day, now):
    line = QuoteDraftLine("paper")
    draft = QuoteDraft("shop", "A-001", "1号", "王", "13800138000", day, [line])
    first = quotes.save_quote(desk, draft, "the-same-key", CLERK, now)
    assert quotes.save_quote(desk, draft, "the-same-key", CLERK, now).id == first.id


def test_a_line_in_words_is_sent_only_with_an_item(desk, written, now):
    quote = written(desk, lines=[WORDS])
    with pytest.raises(BadRequestError, match="nearest item"):
        quotes.send_quote(desk, quote.id, CLERK, now)
    assert fresh(desk, quote).state == "draft"
    assert count(desk, Message) == 0
    line = QuoteDraftLine("wardrobe", "旧讲台一批", 4, 120, 2000, 40, 2, -2000)
    written(desk, of=quote.id, lines=[line])
    assert quotes.send_quote(desk, quote.id, CLERK, now).state == "sent"


def test_an_item_in_two_lines_is_not_sent(desk, written, now):
    quote = written(desk, lines=[QuoteDraftLine("sofa"), QuoteDraftLine("sofa", pieces=3)])
    with pytest.raises(BadRequestError, match="2 lines"):
        quotes.send_quote(desk, quote.id, CLERK, now)


def test_a_clear_out_is_more_than_one_booking_holds_and_stays_so(desk, written, bring, taken, now, day, with_items):
    items = {c: i.model_copy(update={"most": 3}) for c, i in desk.catalogue.items.items()}
    strict = type(desk)(desk.database, desk.settings, with_items(desk.catalogue, items), desk.fleet)
    with pytest.raises(BadRequestError, match="at most 3"):
        taken(strict, items={"sofa": 4})
    quote = quotes.send_quote(strict, written(strict, lines=[QuoteDraftLine("sofa", pieces=4)]).id, CLERK, now)
    with desk.database.read() as session:
        there = quotes.windows_for(session, strict, quote, now)[0].window
    made = quotes.accept_quote(strict, quote.token, there.day, there.span, now)
    assert [line.pieces for line in made.lines] == [4]
    noted = amend(strict, made, replace(wish_of(made), note="后门"), CLERK, now)
    assert (noted.note, noted.lines[0].pieces) == ("后门", 4)
    with pytest.raises(BadRequestError, match="at most 3"):
        amend(strict, noted, replace(wish_of(noted), items={"sofa": 5}), CLERK, now)
    failed = bring(strict, noted, "failed", now)
    again = rebook(strict, failed, there.day, there.span, "the-clear-out-anew", CLERK, now)
    assert [line.pieces for line in again.lines] == [4]


def test_a_sent_quote_tells_its_customer_and_is_not_changed(desk, written, sent, now):
    draft = written(desk)
    with desk.database.read() as session, pytest.raises(NotFoundError):
        quotes.quote_by_token(session, draft.token)
    quote = sent(desk)
    with desk.database.read() as session:
        (message,) = session.scalars(select(Message)).all()
    assert (message.change, message.link, message.phone) == ("quote_sent", f"/q/{quote.token}", quote.phone)
    with pytest.raises(ConflictError, match="has been sent"):
        written(desk, of=quote.id)
    with pytest.raises(ConflictError, match="has been sent"):
        quotes.send_quote(desk, quote.id, CLERK, now)
    assert deeds(desk, quote) == ["quote.written", "quote.sent"]


def test_accepting_books_at_the_quote_s_prices(desk, sent, now):
    lines = [QuoteDraftLine("sofa", pieces=2, price=-7777, reason="七楼"), QuoteDraftLine("paper", pieces=9)]
    quote = sent(desk, lines=lines, minimum=1)
    with desk.database.read() as session:
        offer = quotes.windows_for(session, desk, fresh(desk, quote), now)[-1]
    made = quotes.accept_quote(desk, quote.token, offer.window.day, offer.window.span, now)
    assert (made.service_day, made.window, made.scene) == (offer.window.day, offer.window.span, "school")
    assert {(line.item, line.pieces, line.price_low, line.price_high) for line in made.lines} == {
        (line.item, line.pieces, line.price, line.price) for line in quote.lines
    }
    assert quote.number in made.note
    ended = fresh(desk, quote)
    assert (ended.state, ended.booking_id) == ("accepted", made.id)
    assert deeds(desk, quote)[-1] == "quote.accepted"
    with desk.database.read() as session:
        (event,) = audit.events(session, "booking", made.id)
        assert quotes.windows_for(session, desk, ended, now) == []
    assert event.after["quote"] == quote.number


def test_what_needs_two_trucks_is_one_booking_at_the_prices(desk, sent, now, day):
    quote = sent(desk, lines=[QuoteDraftLine("sofa", pieces=20, price=-500, reason="量大")])
    quotes.accept_quote(desk, quote.token, day, "08:00-10:00", now)
    with desk.database.read() as session:
        visits = session.scalars(select(Booking)).all()
        assert sum(line.pieces for visit in visits for line in visit.lines) == 20
        assert {line.price_low for visit in visits for line in visit.lines} == {-500}
    assert len(visits) > 1


def test_accepting_twice_is_the_same_booking(desk, sent, now, day):
    quote = sent(desk)
    first = quotes.accept_quote(desk, quote.token, day, "08:00-10:00", now)
    assert quotes.accept_quote(desk, quote.token, day, "13:00-15:00", now).id == first.id
    assert quotes.accept_quote(desk, quote.token, None, "", now).id == first.id
    assert count(desk, Booking) == 1


def test_a_full_window_leaves_the_quote_open(desk, sent, now, day):
    quote = sent(desk)
    with desk.database.write() as session:
        make_rows(session, desk, "DEP-01", [day])
        session.execute(update(Slot).where(Slot.window == "08:00-10:00").values(capacity=Slot.taken))
    with pytest.raises(ConflictError, match="filled"):
        quotes.accept_quote(desk, quote.token, day, "08:00-10:00", now)
    assert fresh(desk, quote).state == "sent"
    with pytest.raises(BadRequestError):
        quotes.accept_quote(desk, quote.token, day, "07:00-08:00", now)
    assert quotes.accept_quote(desk, quote.token, day, "13:00-15:00", now).window == "13:00-15:00"


def test_a_new_version_ends_the_old_link(desk, sent, written, now, day):
    old = sent(desk)
    new = quotes.revise(desk, old.id, CLERK, now)
    assert quotes.revise(desk, old.id, CLERK, now).id == new.id
    assert (new.number, new.version, new.state) == (old.number, 2, "draft")
    assert [(line.item, line.price) for line in fresh(desk, new).lines] == [
        (line.item, line.price) for line in old.lines
    ]
    assert fresh(desk, old).state == "replaced"
    with pytest.raises(ConflictError, match="not open"):
        quotes.accept_quote(desk, old.token, day, "08:00-10:00", now)
    with pytest.raises(ConflictError, match="A draft"):
        quotes.revise(desk, new.id, CLERK, now)
    written(desk, of=new.id, minimum=50_000)
    quotes.send_quote(desk, new.id, CLERK, now)
    made = quotes.accept_quote(desk, new.token, day, "08:00-10:00", now)
    assert f"{new.number}-2" in made.note
    with pytest.raises(ConflictError, match="stays as it is"):
        quotes.revise(desk, new.id, CLERK, now)
    with desk.database.read() as session:
        assert [q.id for q in quotes.quotes_of(session, CLERK, now)] == [new.id]
        assert quotes.newest_of(session, fresh(desk, old)).id == new.id


def test_declining(desk, sent, now, day):
    quote = sent(desk)
    for _ in range(2):
        quotes.decline_quote(desk, quote.token, "太贵", now)
    assert (fresh(desk, quote).state, fresh(desk, quote).reason) == ("declined", "太贵")
    with pytest.raises(ConflictError):
        quotes.accept_quote(desk, quote.token, day, "08:00-10:00", now)
    assert quotes.revise(desk, quote.id, CLERK, now).version == 2
    assert fresh(desk, quote).state == "declined"


def test_a_quote_expires_whether_a_job_runs_or_not(desk, sent, now, day):
    quote = sent(desk, valid_until=day)
    assert quotes.expire_due(desk, now) == []
    later = now + timedelta(days=2)
    assert quotes.open_state(fresh(desk, quote), day + timedelta(days=1)) == "expired"
    for deed in (
        lambda: quotes.accept_quote(desk, quote.token, day + timedelta(days=2), "08:00-10:00", later),
        lambda: quotes.decline_quote(desk, quote.token, "", later),
    ):
        with pytest.raises(ConflictError, match="not open"):
            deed()
    assert [q.id for q in quotes.expire_due(desk, later)] == [quote.id]
    assert quotes.expire_due(desk, later) == []
    assert deeds(desk, quote)[-1] == "quote.expired"


def _accept(url, desk, token, day, window, now, gate, answers):
    database = Database(url)
    try:
        gate.wait(60)
        other = type(desk)(database, desk.settings, desk.catalogue, desk.fleet)
        answers.put(str(quotes.accept_quote(other, token, day, window, now).id))
    finally:
        database.close()


def test_two_processes_accept_a_quote_once(both, sent, now, day):
    quote = sent(both)
    url = both.database.engine.url.render_as_string(hide_password=False)
    both.database.engine.dispose()
    context = multiprocessing.get_context("fork")
    windows = ("08:00-10:00", "10:00-12:00", "13:00-15:00")
    gate, answers = context.Barrier(len(windows)), context.SimpleQueue()
    workers = [
        context.Process(target=_accept, args=(url, both, quote.token, day, window, now, gate, answers))
        for window in windows
    ]
    for worker in workers:
        worker.start()
    got = {answers.get() for _ in workers}
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert len(got) == 1
    assert count(both, Booking) == 1
    assert deeds(both, quote).count("quote.accepted") == 1
