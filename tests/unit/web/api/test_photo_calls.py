"""Photos of a booking, as programs send and read them."""

import hashlib
import io
import uuid

import pytest
from camera import jpeg

KEY = "a-key-of-a-program-0001"


@pytest.fixture
def app(make_app, tmp_path):
    many = {"reads_a_minute": 10_000, "writes_a_minute": 10_000}
    return make_app(api=many, photos={"folder": str(tmp_path / "photos"), "megabytes": 1})


@pytest.fixture
def path(call, body):
    return f"/bookings/{call('POST', '/bookings', body(), key=KEY).json['token']}/photos"


@pytest.fixture
def send(client, path):
    """Return a function that sends a form and returns the answer."""

    def make(*data, **fields):
        files = [(io.BytesIO(one), "photo.jpg") for one in data or [jpeg()]]
        return client.post(f"/api/v1{path}", data={"photo": files, **fields}, headers={"Accept-Language": "en"})

    return make


def wrong(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = [(e.get("pointer"), e["code"]) for e in answer.json.get("errors", ())]
    return answer.status_code, told or answer.json["code"]


def test_a_photo_is_sent_listed_read_and_removed(client, call, path, send):
    made = send(kind="place")
    assert made.status_code == 201
    assert made.json["kind"] == "place"
    assert made.headers["Location"] == made.json["href"]
    assert call("GET", path).json == {"photos": [made.json]}
    picture = client.get(made.json["href"])
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["Cache-Control"] == "private, no-store"
    assert (len(picture.data), hashlib.sha256(picture.data).hexdigest()) == (made.json["bytes"], made.json["sha256"])
    for _ in range(2):
        left = call("DELETE", f"{path}/{made.json['id']}")
        assert (left.status_code, left.json) == (200, {"photos": []})
    assert client.get(made.json["href"]).status_code == 404


def test_sending_it_again_is_the_same_photo(call, path, send):
    first, second = send(), send()
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert len(call("GET", path).json["photos"]) == 1
    assert first.json["kind"] == "item"


def test_what_is_wrong_is_said_with_its_place(call, path, send, client):
    assert wrong(send(b"<svg/>")) == (422, [("#/photo", "not-a-picture")])
    assert wrong(send(jpeg() + bytes(1024 * 1024)))[0] == 413
    assert wrong(send(kind="face")) == (422, [("#/kind", "photo-kind")])
    assert wrong(send(jpeg(), jpeg(colour=(1, 2, 3)))) == (422, [("#/photo", "one-photo")])
    assert wrong(send(caption="x")) == (422, [("#/caption", "unknown-field")])
    plain = client.post(f"/api/v1{path}", data={"photo": "text"}, content_type="multipart/form-data")
    assert wrong(plain) == (422, [("#/photo", "one-photo")])
    assert wrong(call("POST", path, {"photo": "text"})) == (415, "http-415")
    for number in range(4):
        assert send(jpeg(colour=(10 * number, 2, 3))).status_code == 201
    assert wrong(send(jpeg(colour=(99, 99, 99)))) == (409, [("#/photo", "too-many-photos")])


def test_a_booking_that_is_over_or_not_there_takes_none(call, path, send, client):
    assert client.post("/api/v1/bookings/none/photos", data={"photo": (io.BytesIO(jpeg()), "x")}).status_code == 404
    call("DELETE", path.removesuffix("/photos"))
    assert wrong(send()) == (409, "photos-over")
    assert call("GET", f"{path}/{uuid.uuid4()}").status_code == 404
