"""Points 20 to 24, 26, 28, 30, 36, 37, 40, 41, 43, 56, 61 and 63, as far as they are about residents' photos."""

import io
import re
import uuid

import pytest
from camera import HTML, NO_PICTURES, SAID, SVG, WHERE, bomb, jpeg
from PIL import Image
from sqlalchemy import func, select

from recycling.models import AuditEvent, Booking, Photo, PhotoFile
from recycling.settings import load_settings
from web.app import create_app
from web.services import Services


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "photos"


@pytest.fixture
def app(sqlite_record, catalogue, fleet, clock, folder):
    rules = {"folder": str(folder), "megabytes": 1}
    return create_app(Services(sqlite_record, load_settings(photos=rules), catalogue, fleet))


@pytest.fixture
def two(sqlite_record, booked):
    """Bookings of two residents at the same depot."""
    return booked(sqlite_record, 1, phone="13800138000") + booked(sqlite_record, 1, phone="13700137000")


def send(client, booking, *data, name="photo.jpg", kind="item", media="image/jpeg", **more):
    page = client.get(f"/b/{booking.token}").text
    form = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    files = [(io.BytesIO(d), name, media) for d in data]
    sent = {"csrf_token": form, "kind": kind, "photos": files, **more}
    return client.post(f"/b/{booking.token}/photos", data=sent, headers={"Accept-Language": "en"})


def photo_paths(client, booking):
    page = client.get(f"/b/{booking.token}").text
    return re.findall(rf'<img src="(/b/{booking.token}/photos/[0-9a-f-]+)"', page)


def rows(record, model=Photo):
    with record.read() as session:
        return session.scalar(select(func.count()).select_from(model))


# -- what may be sent ----------------------------------------------------------------------------------------------


def test_point_36_a_photo_of_too_many_bytes_gets_413_and_leaves_nothing(client, two, sqlite_record, folder):
    answer = send(client, two[0], jpeg() + bytes(1024 * 1024))
    assert answer.status_code == 413
    assert "A photo may have 1 MB." in answer.text
    answer = send(client, two[0], *[jpeg() + bytes(1024 * 1024 - 20_000)] * 5)
    assert answer.status_code == 413
    assert (rows(sqlite_record), rows(sqlite_record, PhotoFile), folder.exists()) == (0, 0, False)


def test_point_36_other_pages_take_no_more_than_before(client, two):
    assert client.post(f"/b/{two[0].token}/cancel", data={"reason": "x" * 300_000}).status_code == 413


@pytest.mark.parametrize("name", NO_PICTURES)
def test_point_37_what_it_is_is_decided_by_decoding(client, two, sqlite_record, folder, name):
    answer = send(client, two[0], NO_PICTURES[name])
    assert answer.status_code == 422
    assert "This is no picture that we can read." in answer.text
    assert (rows(sqlite_record), folder.exists()) == (0, False)


def test_point_37_name_and_stated_kind_count_for_nothing(client, two):
    assert send(client, two[0], jpeg(), name="page.svg", media="image/svg+xml").status_code == 303
    assert send(client, two[0], SVG, name="photo.jpg", media="image/jpeg").status_code == 422
    (path,) = photo_paths(client, two[0])
    assert client.get(path).data[:3] == b"\xff\xd8\xff"


def test_point_38_a_picture_that_unpacks_to_a_gigabyte_is_refused_before_it_is_unpacked(client, two, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("it was unpacked"))
    answer = send(client, two[0], bomb())
    assert answer.status_code == 422
    assert "too many pixels" in answer.text


@pytest.mark.parametrize(
    "name", ["../../../tmp/x.jpg", "..\\x.jpg", "/etc/cron.d/x", "\x00.jpg", "a" * 300, "secret-key"]
)
def test_point_40_no_path_comes_from_a_file_s_name(client, two, folder, name):
    send(client, two[0], jpeg(), name=name)
    assert {re.fullmatch(r"[0-9a-f]{32}\.jpg", path.name) is not None for path in folder.iterdir()} == {True}
    assert [path.name for path in folder.parent.iterdir() if path.suffix == ".jpg"] == []


def test_point_30_what_the_form_does_not_ask_for_is_not_taken(client, two, sqlite_record):
    send(client, two[0], jpeg(), booking_id=str(two[1].id), file="x.jpg", sha256="0", uploaded_at="2020-01-01")
    with sqlite_record.read() as session:
        kept = session.scalars(select(Photo)).one()
    assert kept.booking_id == two[0].id
    assert (kept.file == "x.jpg", kept.sha256 == "0", kept.uploaded_at.year) == (False, False, 2026)
    assert send(client, two[0], jpeg(colour=(1, 2, 3)), kind="passport").status_code == 422


# -- what is given out ---------------------------------------------------------------------------------------------


def test_point_60_neither_place_nor_hour_nor_camera_is_kept(client, two, folder):
    data = jpeg() + HTML
    assert all(words in data for words in (SAID.encode(), WHERE, HTML))
    send(client, two[0], data)
    (path,) = photo_paths(client, two[0])
    (kept,) = folder.iterdir()
    for seen in (client.get(path).data, kept.read_bytes()):
        assert not [words for words in (SAID.encode(), WHERE, b"Exif", b"GPS", b"script") if words in seen]
        assert dict(Image.open(io.BytesIO(seen)).getexif()) == {}


def test_points_21_22_24_41_a_photo_is_a_jpeg_that_nobody_on_the_way_keeps(client, two):
    send(client, two[0], jpeg())
    answer = client.get(photo_paths(client, two[0])[0])
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"] == f'inline; filename="{two[0].reference}-item.jpg"'
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_point_26_another_resident_s_photo_is_not_there(client, two, sqlite_record, folder):
    a, b = two
    send(client, a, jpeg())
    (path,) = photo_paths(client, a)
    key = path.rsplit("/", 1)[1]
    assert client.get(f"/b/{b.token}/photos/{key}").status_code == 404
    assert client.get(f"/api/v1/bookings/{b.token}/photos/{key}").status_code == 404
    page = client.get(f"/b/{b.token}").text
    form = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    client.post(f"/b/{b.token}/photos/{key}/remove", data={"csrf_token": form})
    client.delete(f"/api/v1/bookings/{b.token}/photos/{key}")
    assert client.get(path).status_code == 200
    assert key not in page
    (file,) = folder.iterdir()
    for guess in (f"/static/{file.name}", f"/photos/{file.name}", f"/b/{a.token}/photos/{file.name}", f"/{file.name}"):
        assert client.get(guess).status_code == 404


def test_points_26_28_who_sees_a_photo_among_people_who_sign_in(app, client, two, signed_in):
    a, _ = two
    send(client, a, jpeg())
    path = f"/clerk/bookings/{a.id}/photos/{photo_paths(client, a)[0].rsplit('/', 1)[1]}"
    for role in ("clerk", "dispatcher"):
        assert signed_in(app, role, depots=("DEP-01",)).get(path).status_code == 200
        assert signed_in(app, role, depots=("DEP-02",)).get(path).status_code == 403
    assert signed_in(app, "resident", phone="13800138000").get(path).status_code == 200
    assert signed_in(app, "resident", phone="13700137000").get(path).status_code == 403
    for role in ("planner", "retailer", "driver", "centre"):
        assert signed_in(app, role).get(path).status_code == 403
    assert client.get(path).status_code == 303
    clerk = signed_in(app, "clerk")
    assert clerk.get(f"/clerk/bookings/{two[1].id}/photos/{path.rsplit('/', 1)[1]}").status_code == 404
    assert clerk.get(f"/clerk/bookings/{a.id}/photos/{uuid.uuid4()}").status_code == 404
    assert f'src="{path}"' in clerk.get(f"/clerk/bookings/{a.id}").text


def test_points_19_20_a_photo_is_neither_added_nor_removed_without_the_form(client, two, sqlite_record):
    send(client, two[0], jpeg())
    (path,) = photo_paths(client, two[0])
    assert client.post(f"{path}/remove").status_code == 400
    assert client.get(f"{path}/remove").status_code == 405
    sent = {"photos": (io.BytesIO(jpeg(colour=(1, 2, 3))), "x.jpg")}
    assert client.post(f"/b/{two[0].token}/photos", data=sent).status_code == 400
    assert rows(sqlite_record) == 1


def test_point_34_photos_are_not_counted_through(client, two):
    send(client, two[0], jpeg(), jpeg(colour=(1, 2, 3)))
    keys = [uuid.UUID(path.rsplit("/", 1)[1]) for path in photo_paths(client, two[0])]
    assert [key.version for key in keys] == [4, 4]
    assert client.get(f"/b/{two[0].token}/photos/1").status_code == 404


# -- the record of it, and its end ---------------------------------------------------------------------------------


def test_points_55_56_adding_and_removing_is_recorded_and_the_log_names_no_file(client, two, record_of, folder, capfd):
    send(client, two[0], jpeg())
    name = next(folder.iterdir()).name
    (path,) = photo_paths(client, two[0])
    page = client.get(f"/b/{two[0].token}").text
    form = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    assert client.post(f"{path}/remove", data={"csrf_token": form}).status_code == 303
    found = record_of(AuditEvent, AuditEvent.action.like("photo.%"))
    assert sorted(e.action for e in found) == ["photo.added", "photo.removed"]
    assert {(e.actor_kind, e.actor_id, e.origin) for e in found} == {("link", str(two[0].id), "127.0.0.1")}
    assert name not in str([(e.before, e.after) for e in found])
    out = capfd.readouterr()
    assert name not in out.out + out.err
    assert two[0].token not in out.out + out.err


def test_point_63_photos_go_with_the_personal_data_of_a_booking(client, two, sqlite_record, folder):
    from recycling.photos import erase

    send(client, two[0], jpeg())
    send(client, two[1], jpeg(colour=(1, 2, 3)))
    (path,) = photo_paths(client, two[0])
    with sqlite_record.write() as session:
        erase(session, session.get_one(Booking, two[0].id), folder)
    assert client.get(path).status_code == 404
    assert photo_paths(client, two[0]) == []
    assert (len(photo_paths(client, two[1])), len(list(folder.iterdir()))) == (1, 1)


def test_point_61_photos_are_removed_after_their_days(client, two, sqlite_record, folder, clock, app):
    from recycling.clock import utc_now
    from recycling.jobs import tidy_photos
    from web.services import services

    send(client, two[0], jpeg())
    with app.app_context():
        settings = services().settings
    clock.shift(settings.photos.keep_days * 86400)
    tidy_photos(sqlite_record, settings, utc_now())
    assert rows(sqlite_record) == 1, "the visit was later than the photo"
    clock.shift(3 * 86400)
    tidy_photos(sqlite_record, settings, utc_now())
    assert (rows(sqlite_record), list(folder.iterdir())) == (0, [])
