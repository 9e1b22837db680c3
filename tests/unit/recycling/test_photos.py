"""Photos of a booking: rows and files go together, whatever happens between."""

import hashlib
import os
from contextlib import suppress
from datetime import timedelta

import pytest
from camera import jpeg
from sqlalchemy import delete, func, select

from recycling import photos
from recycling.accounts.actors import Actor, Role
from recycling.accounts.rights import link_to
from recycling.audit import events
from recycling.booking import cancel
from recycling.errors import BadRequestError, ConflictError, NotFoundError, TooLargeError
from recycling.models import AuditEvent, Booking, Photo, PhotoFile, PhotoTwin
from recycling.photo_twins import seen, twins_to_see
from recycling.settings import load_settings

DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "photos"


@pytest.fixture
def rules(folder):
    return load_settings(planning={"seconds": 0.1}, photos={"folder": str(folder)})


@pytest.fixture
def door(sqlite_record, booked):
    (made,) = booked(sqlite_record, 1, phone="13800138000")
    return made


@pytest.fixture
def take(rules, now):
    """Return a function that adds a photo to a booking of a record."""

    def make(record, booking, data=None, kind="item", at=now, by=None):
        return photos.add(record, by or rules, booking, kind, data or jpeg(), link_to(booking), at)

    return make


def colours(count):
    return [jpeg(colour=(10 * number, 20, 30)) for number in range(count)]


def count(record, model=Photo):
    with record.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def files(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def code_of(call, kind):
    with pytest.raises(kind) as caught:
        call()
    return caught.value.faults[0].code


def test_a_photo_is_kept_under_a_name_that_says_nothing(sqlite_record, door, take, folder, rules, now):
    made = take(sqlite_record, door, kind="place")
    (name,) = files(folder)
    data = (folder / name).read_bytes()
    assert (made.file, made.bytes, made.sha256) == (name, len(data), hashlib.sha256(data).hexdigest())
    assert (made.booking_id, made.kind, made.uploaded_at) == (door.id, "place", now)
    for known in (str(made.id), made.id.hex, door.reference, door.token, str(door.id), made.sha256):
        assert known not in name
    assert len(name) == len("0" * 32 + ".jpg")
    assert photos.content(rules, made) == data
    if os.name != "nt":
        assert (folder / name).stat().st_mode & 0o077 == 0
        assert folder.stat().st_mode & 0o077 == 0
    with sqlite_record.read() as session:
        assert [e.action for e in events(session, "booking", door.id)] == ["booking.made", "photo.added"]


def test_the_same_picture_again_is_the_same_photo(sqlite_record, door, take, folder):
    first, second = take(sqlite_record, door), take(sqlite_record, door)
    assert first.id == second.id
    assert files(folder) == [first.file]


def test_a_booking_has_room_for_four(sqlite_record, door, take, folder):
    for data in colours(4):
        take(sqlite_record, door, data)
    assert code_of(lambda: take(sqlite_record, door), ConflictError) == "too-many-photos"
    take(sqlite_record, door, colours(4)[3])  # sent again, it is the one that is there
    assert (count(sqlite_record), len(files(folder))) == (4, 4)


def test_of_many_at_once_no_more_than_four_are_kept(record, booked, take, at_once, folder):
    (door,) = booked(record, 1)
    answers = at_once(*[lambda data=data: take(record, door, data) for data in colours(8)])
    assert sorted(type(a).__name__ for a in answers) == ["ConflictError"] * 4 + ["Photo"] * 4
    assert (count(record), len(files(folder))) == (4, 4)


def test_two_who_send_the_same_at_once_are_seen(record, booked, take, at_once):
    one, other = booked(record, 1, phone="13800138000") + booked(record, 1, phone="13700137000")
    assert all(isinstance(a, Photo) for a in at_once(lambda: take(record, one), lambda: take(record, other)))
    assert count(record, PhotoTwin) == 1


@pytest.mark.parametrize("state", ["cancelled", "failed", "collected", "settled"])
def test_a_booking_that_is_over_takes_none(sqlite_record, door, take, state, now, folder):
    with sqlite_record.write() as session:
        there = session.get_one(Booking, door.id)
        there.state, there.ended_at, there.reason = state, now, "x"
    assert code_of(lambda: take(sqlite_record, door), ConflictError) == "photos-over"
    assert files(folder) == []


def test_what_is_wrong_with_it_is_said(sqlite_record, door, take, rules, folder):
    small = rules.model_copy(update={"photos": rules.photos.model_copy(update={"megabytes": 1})})
    heavy = jpeg() + bytes(1024 * 1024)
    assert code_of(lambda: take(sqlite_record, door, heavy, by=small), TooLargeError) == "photo-too-large"
    assert take(sqlite_record, door, heavy).bytes < 100_000
    assert code_of(lambda: take(sqlite_record, door, b"<svg>"), BadRequestError) == "not-a-picture"
    assert code_of(lambda: take(sqlite_record, door, kind="face"), BadRequestError) == "photo-kind"
    assert (count(sqlite_record), len(files(folder))) == (1, 1)


def test_removing_takes_the_file_along(sqlite_record, door, take, folder, rules, now):
    first, second = (take(sqlite_record, door, data) for data in colours(2))
    for _ in range(2):
        photos.remove(sqlite_record, rules, door, first.id, link_to(door), now)
    assert files(folder) == [second.file]
    with sqlite_record.read() as session:
        assert [e.action for e in events(session, "booking", door.id)][-1] == "photo.removed"
        assert session.scalar(select(func.count()).where(AuditEvent.action == "photo.removed")) == 1


def test_nobody_removes_another_s_photo(sqlite_record, booked, door, take, folder, rules, now):
    (other,) = booked(sqlite_record, 1, phone="13700137000")
    mine = take(sqlite_record, door)
    photos.remove(sqlite_record, rules, other, mine.id, link_to(other), now)
    assert files(folder) == [mine.file]
    with sqlite_record.read() as session, pytest.raises(NotFoundError):
        photos.photo_of(session, other, mine.id)


def test_the_second_visit_of_a_booking_has_the_photos_of_the_first(sqlite_record, booked, door, take):
    (second,) = booked(sqlite_record, 1, phone="13800138000", window="10:00-12:00")
    with sqlite_record.write() as session:
        session.get_one(Booking, second.id).leg_of = second.leg_of = door.id
    made = [take(sqlite_record, door), take(sqlite_record, second, jpeg(colour=(1, 2, 3)))]
    assert {photo.booking_id for photo in made} == {door.id}
    with sqlite_record.read() as session:
        for visit in (door, second):
            assert {p.id for p in photos.photos_of(session, visit)} == {photo.id for photo in made}


# -- what a crash leaves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["_draft", "_sync", "_note_twins"])
def test_a_crash_half_way_leaves_no_photo_and_what_it_leaves_is_swept(
    sqlite_record, door, take, folder, rules, now, monkeypatch, place
):
    kept = take(sqlite_record, door)

    class Crash(BaseException):
        pass

    def crash(*_):
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(photos, place, crash)
        with pytest.raises(Crash):
            take(sqlite_record, door, jpeg(colour=(1, 2, 3)))
    assert count(sqlite_record) == 1
    for path in set(files(folder)) - {kept.file}:
        assert path.endswith(".jpg"), "a draft does not stay"
    assert photos.tidy(sqlite_record, rules, now + timedelta(minutes=59)) == (0, 0)
    assert photos.tidy(sqlite_record, rules, now + timedelta(minutes=61)) == (0, 1)
    assert photos.tidy(sqlite_record, rules, now + timedelta(minutes=61)) == (0, 0)
    assert files(folder) == [kept.file]
    assert count(sqlite_record, PhotoFile) == 1


def test_a_process_that_dies_leaves_a_draft_and_it_is_swept(sqlite_record, rules, folder, now):
    with sqlite_record.write() as session:
        session.add(PhotoFile(name="ab.jpg", made_at=now))
    folder.mkdir()
    (folder / "ab.jpg.part").write_bytes(b"half")
    assert photos.tidy(sqlite_record, rules, now + DAY) == (0, 1)
    assert files(folder) == []


def test_files_of_another_record_in_the_same_folder_stay(sqlite_record, door, take, rules, folder, now):
    take(sqlite_record, door)
    (folder / "of-another-record.jpg").write_bytes(b"x")
    photos.tidy(sqlite_record, rules, now + DAY)
    assert len(files(folder)) == 2


def test_erasing_takes_rows_at_once_and_files_with_the_commit(sqlite_record, door, take, folder, now):
    for data in colours(2):
        take(sqlite_record, door, data)
    with suppress(RuntimeError), sqlite_record.write() as session:
        photos.erase(session, session.get_one(Booking, door.id), folder)
        raise RuntimeError
    assert (count(sqlite_record), len(files(folder))) == (2, 2), "a unit that fails takes nothing"
    with sqlite_record.write() as session:
        assert photos.erase(session, session.get_one(Booking, door.id), folder) == 2
        assert len(files(folder)) == 2
    assert (count(sqlite_record), len(files(folder))) == (0, 0)


def test_a_savepoint_that_is_undone_or_kept_takes_no_file_before_the_whole_is_committed(
    sqlite_record, door, take, folder, rules, now
):
    take(sqlite_record, door)
    with suppress(RuntimeError), sqlite_record.write() as session:
        there = session.get_one(Booking, door.id)
        with suppress(ValueError), session.begin_nested():
            photos.erase(session, there, folder)
            raise ValueError
        assert photos.erase(session, there, folder) == 1
        with session.begin_nested():
            there.note = "x"
        raise RuntimeError
    assert (count(sqlite_record), len(files(folder))) == (1, 1)
    with sqlite_record.write() as session, session.begin_nested():
        photos.erase(session, session.get_one(Booking, door.id), folder)
    assert (count(sqlite_record), len(files(folder))) == (0, 1)
    photos.tidy(sqlite_record, rules, now + DAY)
    assert files(folder) == []


def test_erasing_without_the_folder_and_deleting_a_booking_leave_the_files_to_the_job(
    record, booked, take, folder, rules, now
):
    one, other = booked(record, 1, phone="13800138000") + booked(record, 1, phone="13700137000")
    take(record, one)
    take(record, other)
    with record.write() as session:
        assert photos.erase(session, session.get_one(Booking, one.id)) == 1
    with record.write() as session:
        session.execute(delete(Booking).where(Booking.id == other.id))
    assert (count(record), count(record, PhotoTwin), len(files(folder))) == (0, 0, 2)
    assert photos.tidy(record, rules, now + DAY) == (0, 2)
    assert files(folder) == []


def test_photos_are_kept_for_so_many_days_after_the_visit(record, booked, take, folder, rules, day):
    (door,) = booked(record, 1)
    take(record, door)
    last = rules.clock.midnight(day + timedelta(days=rules.photos.keep_days + 1)) - timedelta(seconds=1)
    assert photos.tidy(record, rules, last) == (0, 0)
    assert photos.tidy(record, rules, last + timedelta(seconds=1))[0] == 1
    assert (count(record), files(folder)) == (0, [])
    with record.read() as session:
        assert session.get(Booking, door.id) is not None


# -- the same photo twice ------------------------------------------------------------------------------------------


def clerk(*depots):
    return Actor("person", "of-the-test", Role.CLERK, depots=frozenset(depots), every_depot=not depots)


def test_the_same_photo_under_another_number_is_shown_to_staff_and_changes_nothing(
    sqlite_record, booked, take, door, now
):
    (same_number,) = booked(sqlite_record, 1, phone="13800138000", window="10:00-12:00")
    (other,) = booked(sqlite_record, 1, phone="13700137000")
    take(sqlite_record, door)
    take(sqlite_record, same_number)
    assert count(sqlite_record, PhotoTwin) == 0
    take(sqlite_record, other)
    with sqlite_record.read() as session:
        found = twins_to_see(session, clerk("DEP-01"))
        assert {(t.booking.reference, t.other_booking.reference) for t in found} == {
            (other.reference, door.reference),
            (other.reference, same_number.reference),
        }
        assert twins_to_see(session, clerk("DEP-02")) == []
        assert session.get_one(Booking, other.id).state == "booked"
    with sqlite_record.write() as session, pytest.raises(NotFoundError):
        seen(session, found[0].row.id, clerk("DEP-02"), now)
    with sqlite_record.write() as session:
        seen(session, found[0].row.id, clerk("DEP-01"), now)
    with sqlite_record.read() as session:
        assert [t.row.id for t in twins_to_see(session, clerk())] == [found[1].row.id]
        assert session.get_one(PhotoTwin, found[0].row.id).seen_by == "of-the-test"


def test_a_photo_that_is_removed_is_no_longer_shown_as_a_twin(sqlite_record, booked, take, door, rules, now):
    (other,) = booked(sqlite_record, 1, phone="13700137000")
    mine = take(sqlite_record, door)
    take(sqlite_record, other)
    photos.remove(sqlite_record, rules, door, mine.id, link_to(door), now)
    with sqlite_record.read() as session:
        assert twins_to_see(session, clerk()) == []


def test_cancelling_leaves_photos_until_their_time(sqlite_record, office, door, take, now, folder):
    take(sqlite_record, door)
    cancel(office(sqlite_record), door, "no need", link_to(door), now)
    assert len(files(folder)) == 1


def test_the_job_tidies(sqlite_record, rules, folder, now):
    from recycling.jobs import tidy_photos

    with sqlite_record.write() as session:
        session.add(PhotoFile(name="ab.jpg", made_at=now - DAY))
    folder.mkdir()
    (folder / "ab.jpg").write_bytes(b"x")
    tidy_photos(sqlite_record, rules, now)
    assert files(folder) == []
