"""What is taken for a picture, and what is left of one."""

import io
import random
import threading

import pytest
from camera import HTML, NO_PICTURES, SAID, WHERE, bomb, encoded, jpeg, picture, png_with_words
from PIL import Image

from recycling import pictures
from recycling.errors import BadRequestError, TooOftenError
from recycling.pictures import own_jpeg

MOST, SIDE = 50_000_000, 1600


def opened(made):
    return Image.open(io.BytesIO(made.data))


def refused(data, most=MOST):
    with pytest.raises(BadRequestError) as caught:
        own_jpeg(data, most, SIDE)
    (fault,) = caught.value.faults
    return fault.code


@pytest.mark.parametrize("data", [jpeg(), png_with_words(), encoded("WEBP", exif=Image.Exif().tobytes())])
def test_a_picture_becomes_a_jpeg_of_our_own(data):
    made = own_jpeg(data, MOST, SIDE)
    seen = opened(made)
    assert (
        (seen.format, seen.mode, seen.size) == ("JPEG", "RGB", (made.width, made.height)) == ("JPEG", "RGB", (400, 300))
    )
    left, right = seen.getpixel((50, 50)), seen.getpixel((350, 250))
    assert left[0] > 180
    assert left[1] < 60
    assert min(right) > 240


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright_however_the_phone_was_held(orientation):
    upright = picture(400, 300)
    turned = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen = opened(own_jpeg(encoded("JPEG", turned, exif=exif), MOST, SIDE))
    assert seen.size == (400, 300)
    assert seen.getpixel((50, 50))[1] < 60


@pytest.mark.parametrize(
    ("size", "kept"), [((4000, 3000), (1600, 1200)), ((300, 4800), (100, 1600)), ((9000, 10), (1600, 2))]
)
def test_a_large_one_is_made_smaller(size, kept):
    made = own_jpeg(jpeg(*size), MOST, SIDE)
    assert (made.width, made.height) == kept


def test_transparent_becomes_white():
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert opened(own_jpeg(encoded("PNG", clear), MOST, SIDE)).getpixel((20, 20)) == (255, 255, 255)


def test_a_broken_note_of_the_camera_is_no_reason_to_refuse():
    sound = jpeg()
    broken = sound.replace(b"Exif\x00\x00MM", b"Exif\x00\x00XX").replace(b"Exif\x00\x00II", b"Exif\x00\x00XX")
    assert broken != sound
    assert own_jpeg(broken, MOST, SIDE).width == 400


def test_the_same_picture_gives_the_same_file_and_another_gives_another():
    assert own_jpeg(jpeg(), MOST, SIDE) == own_jpeg(jpeg(), MOST, SIDE)
    assert own_jpeg(jpeg(), MOST, SIDE).data != own_jpeg(jpeg(colour=(30, 30, 200)), MOST, SIDE).data


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_is_refused(name):
    assert refused(NO_PICTURES[name]) == "not-a-picture"


def test_nothing_but_pixels_is_left():
    data = jpeg() + HTML
    for words in (SAID.encode(), WHERE, HTML):
        assert words in data
    made = own_jpeg(data, MOST, SIDE)
    for words in (SAID.encode(), WHERE, HTML, b"script", b"Exif", b"http"):
        assert words not in made.data
    seen = opened(made)
    assert dict(seen.getexif()) == {}
    assert set(seen.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


def test_one_that_would_fill_the_memory_is_not_unpacked(monkeypatch):
    data = bomb()
    assert len(data) < 1_000_000
    monkeypatch.setattr(Image.Image, "load", lambda *_: pytest.fail("it was unpacked"))
    assert refused(data) == "too-many-pixels"
    assert refused(bomb(8, 8), most=63) == "too-many-pixels"


def test_files_broken_anywhere_are_a_sentence_and_never_a_fault():
    chance = random.Random(20260304)
    sound = [jpeg(64, 48), encoded("PNG", picture(64, 48)), encoded("WEBP", picture(64, 48))]
    taken = 0
    for number in range(600):
        data = bytearray(sound[number % 3])
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = data if chance.random() < 0.7 else data[: chance.randrange(len(data))]
        try:
            taken += own_jpeg(bytes(cut), MOST, SIDE).width > 0
        except BadRequestError:
            continue
    assert 0 < taken < 600


def test_only_so_many_are_unpacked_at_once(monkeypatch):
    monkeypatch.setattr(pictures, "_room", threading.BoundedSemaphore(1))
    monkeypatch.setattr(pictures, "LONGEST_WAIT", 0.01)
    with pictures._room, pytest.raises(TooOftenError):
        own_jpeg(jpeg(), MOST, SIDE)
    assert own_jpeg(jpeg(), MOST, SIDE).width == 400
    refused(b"")
    assert own_jpeg(jpeg(), MOST, SIDE).width == 400, "a refused one gives its place back"
