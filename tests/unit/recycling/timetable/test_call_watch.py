"""Whoever asks is told once by message of each change of the calls at a community, and of nothing once they end it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from made_timetables import WHO
from sqlalchemy import func, select, update

from recycling.accounts.actors import system
from recycling.erasing import erase_due, erase_person
from recycling.errors import BadRequestError, ConflictError, NotFoundError
from recycling.holidays import Closed, Holidays
from recycling.models import Call, CallWatch, Message, Timetable, TimetableVisit
from recycling.notify import load_texts
from recycling.timetable import watching
from recycling.timetable.calls import cancel_call, lay_out, move_call, restore_call
from recycling.timetable.versions import publish

NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)
MONDAY = date(2026, 3, 9)
PHONE, NUMBER = "13800138000", "+8613800138000"
HOUR = timedelta(hours=1)


@pytest.fixture
def calling(record, settings):
    """Calls at A-001 on Mondays at nine and at A-002 on Thursdays at two, for the season."""
    with record.write() as session:
        table = Timetable(
            depot_code="DEP-01", version=1, weeks=1, made_at=NOW, made_by="test", fen_a_week=1000, left_out=0
        )
        for position, (code, day, minute) in enumerate((("A-001", 0, 540), ("A-002", 3, 840))):
            table.visits.append(
                TimetableVisit(
                    community_code=code,
                    day=day,
                    plate="T-BOX",
                    position=position,
                    start_minute=minute,
                    dwell_minutes=60,
                    expected_kg=100,
                    expected_litres=2900,
                )
            )
        session.add(table)
        session.flush()
        publish(session, settings, table, MONDAY, WHO, NOW)
        lay_out(session, settings, "DEP-01", NOW)
    return record


def first(session, code="A-001"):
    return session.scalars(select(Call).where(Call.community_code == code).order_by(Call.starts_at)).first()


def said(database, settings, **where):
    """What was written since the first message, as it would be sent, with its state."""
    texts = load_texts(settings)
    with database.read() as session:
        query = select(Message).filter_by(**where).order_by(Message.occasion)
        rows = [m for m in session.scalars(query) if m.change != "calls_joined"]
    return [(texts.say(m.change, m.language, m.figures, m.link), m.state) for m in rows]


def test_who_asks_is_told_so_once_and_by_the_next_call(calling, settings):
    found = watching.watch(calling, "A-001", PHONE, "zh", NOW)
    assert watching.watch(calling, "A-001", "+86 138 0013 8000", "zh", NOW).id == found.id
    with calling.read() as session:
        (message,) = session.scalars(select(Message)).all()
    assert (message.phone, message.link) == (NUMBER, f"/c/{found.token}")
    text = load_texts(settings).say(message.change, message.language, message.figures, message.link)
    assert "社区A-001的回收车改期或取消时，我们会告诉您。下次3月9日周一 09:00–10:00。" in text


def test_a_moved_call_says_from_when_in_the_message_and_only_the_newest_is_sent(calling, settings):
    watching.watch(calling, "A-001", PHONE, "en", NOW)
    watching.watch(calling, "A-002", "13900139000", "zh", NOW)
    with calling.write() as session:
        call = first(session)
        move_call(session, settings, call, call.starts_at + HOUR, "", WHO, NOW)
        move_call(session, settings, call, call.starts_at, "T-VAN", WHO, NOW)
        move_call(session, settings, call, call.starts_at + 2 * HOUR, "", WHO, NOW)
    texts = said(calling, settings)
    assert [state for _, state in texts] == ["outdated", "waiting"], "another vehicle is nothing to be told of"
    assert "moved from Mon 9 Mar, 09:00-10:00 to Mon 9 Mar, 12:00-13:00" in texts[-1][0]
    with calling.write() as session:
        call = first(session)
        cancel_call(session, call, "下大雨", WHO, NOW)
        other = session.scalars(select(Call).where(Call.community_code == "A-001").order_by(Call.starts_at)).all()[1]
        cancel_call(session, other, "下大雨", WHO, NOW)
    waiting = [text for text, state in said(calling, settings) if state == "waiting"]
    assert len(waiting) == 2, "one of each call"
    assert all("No truck call at 社区A-001 on Mon" in text and "下大雨" in text for text in waiting)
    with calling.write() as session:
        restore_call(session, first(session), WHO, NOW)
    waiting = [text for text, state in said(calling, settings) if state == "waiting"]
    assert any("moved from Mon 9 Mar, 09:00-10:00" in text for text in waiting), "it takes place, at another hour"
    assert said(calling, settings, phone="+8613900139000") == []


def test_a_holiday_is_told_by_its_name_and_laying_out_again_tells_nothing(calling, settings, monkeypatch):
    watching.watch(calling, "A-001", PHONE, "en", NOW)
    storm = Closed(**{"from": MONDAY, "zh": "暴雨", "en": "Storm"})
    monkeypatch.setitem(vars(settings), "holidays", Holidays(closed=(*settings.holidays.closed, storm)))
    for _ in range(2):
        with calling.write() as session:
            lay_out(session, settings, "DEP-01", NOW)
        (one,) = said(calling, settings)
        assert "No truck call at 社区A-001 on Mon 9 Mar, 09:00-10:00: Storm." in one[0]


def test_a_new_timetable_is_one_message_however_many_calls_it_changes(calling, settings):
    watching.watch(calling, "A-001", PHONE, "zh", NOW)
    with calling.write() as session:
        table = session.scalars(select(Timetable)).one()
        session.execute(
            update(TimetableVisit)
            .where(TimetableVisit.timetable_id == table.id, TimetableVisit.community_code == "A-001")
            .values(start_minute=600)
        )
        assert lay_out(session, settings, "DEP-01", NOW).moved > 5
    ((text, _),) = said(calling, settings)
    assert "社区A-001的回收车时刻有变，下次3月9日周一 10:00–11:00" in text


def test_who_ends_it_is_told_no_more_and_may_begin_again(calling, settings):
    found = watching.watch(calling, "A-001", PHONE, "zh", NOW)
    for _ in range(2):
        watching.end(calling, found.token, NOW)
    with calling.write() as session:
        cancel_call(session, first(session), "下大雨", WHO, NOW)
    assert said(calling, settings) == []
    assert watching.watch(calling, "A-001", PHONE, "zh", NOW).token == found.token
    with calling.write() as session:
        restore_call(session, first(session), WHO, NOW)
    assert len(said(calling, settings)) == 1
    with calling.read() as session:
        joined = session.scalars(select(Message).where(Message.change == "calls_joined")).all()
    assert len(joined) == 1, "nobody is told twice that they are told"


def test_what_cannot_be_watched_is_refused(calling):
    with pytest.raises(BadRequestError):
        watching.watch(calling, "A-001", "12", "zh", NOW)
    with pytest.raises(NotFoundError):
        watching.watch(calling, "X-9", PHONE, "zh", NOW)
    with pytest.raises(ConflictError, match="No call is planned here"):
        watching.watch(calling, "A-003", PHONE, "zh", NOW)
    with pytest.raises(NotFoundError):
        watching.end(calling, "no-such-token", NOW)


def test_a_number_watches_so_many_communities_and_no_more(calling, monkeypatch):
    monkeypatch.setattr(watching, "MOST", 1)
    watching.watch(calling, "A-001", PHONE, "zh", NOW)
    with pytest.raises(ConflictError, match="told of 1 communities already"):
        watching.watch(calling, "A-002", PHONE, "zh", NOW)


def test_many_clicks_are_one_row(calling):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: watching.watch(calling, "A-001", PHONE, "zh", NOW), range(16)))
    with calling.read() as session:
        assert session.scalar(select(func.count()).select_from(CallWatch)) == 1
        assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_who_ended_it_is_erased_with_what_they_were_told(calling, settings):
    gone = watching.watch(calling, "A-001", PHONE, "zh", NOW)
    kept = watching.watch(calling, "A-002", PHONE, "zh", NOW)
    watching.end(calling, gone.token, NOW)
    assert erase_due(calling, settings, NOW + timedelta(days=1)).watches == 0
    done = erase_person(calling, settings, NUMBER, system("privacy erase"), NOW)
    assert (done.watches, done.kept) == (1, 1)
    with calling.read() as session:
        assert [one.id for one in session.scalars(select(CallWatch))] == [kept.id]
        assert [m.link for m in session.scalars(select(Message))] == [f"/c/{kept.token}"]
    watching.end(calling, kept.token, NOW)
    later = NOW + timedelta(days=settings.privacy.keep_days + 1)
    assert erase_due(calling, settings, later).watches == 1
    with calling.read() as session:
        assert session.scalars(select(Message)).all() == []
