"""Pictures from strangers: what is no picture is refused, and of what is one only the pixels are kept."""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recycling.errors import N_, BadRequestError, TooOftenError

if TYPE_CHECKING:
    from PIL.Image import Image, Transpose

FORMATS = ("JPEG", "PNG", "WEBP")
ORIENTATION = 0x0112
"""Tag of EXIF that says how the camera was held."""

QUALITY = 82
AT_ONCE = 2
LONGEST_WAIT = 20.0
"""Seconds that a picture waits for others to be decoded."""

WRONG = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, EOFError, RuntimeError,
    AssertionError, MemoryError, struct.error, zlib.error,
)  # fmt: skip
"""What the decoders raise on files that are broken or made to break them."""

_room = threading.BoundedSemaphore(AT_ONCE)  # a picture takes much memory while it is decoded


@dataclass(frozen=True)
class Picture:
    """A JPEG of our own making, without anything but pixels; sides in pixels."""

    data: bytes
    width: int
    height: int


def own_jpeg(data: bytes, most_pixels: int, side: int) -> Picture:
    """Decode a picture and write it anew as JPEG, upright, at most `side` pixels long.

    What it is, is decided by decoding it and by nothing that was said of it. Only the first frame is kept, and of that
    only the pixels: no EXIF, position, comment, colour profile, or bytes behind the picture. What is transparent
    becomes white.

    Parameters
    ----------
    most_pixels
        How many pixels the file may say that it has; one that says more is refused before it is unpacked.

    Raises
    ------
    BadRequestError
        For what cannot be decoded as one of `FORMATS`, or has too many pixels.
    TooOftenError
        When too many pictures are being decoded.
    """
    if not _room.acquire(timeout=LONGEST_WAIT):
        raise TooOftenError.one("photos-busy", N_("Many photos are arriving just now. Send yours again in a minute."))
    try:
        return _written(data, most_pixels, side)
    except WRONG as error:
        raise BadRequestError.one(
            "not-a-picture",
            N_("This is no picture that we can read. Send a photo as JPEG, PNG or WebP."),
            where="photo",
        ) from error
    finally:
        _room.release()


def _written(data: bytes, most_pixels: int, side: int) -> Picture:
    from PIL import Image as images

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is large, which is asked below, and that its EXIF is broken
        try:
            with images.open(io.BytesIO(data), formats=FORMATS) as found:
                if found.width * found.height > most_pixels:
                    raise _too_many(most_pixels)
                found.draft("RGB", (side, side))  # a large JPEG is unpacked at a half, a quarter or an eighth
                turned = _turn_of(found)
                found.thumbnail((side, side))
                clean = images.new("RGB", found.size, "white")
                drawn = found.convert("RGBA") if found.has_transparency_data else found.convert("RGB")
        except images.DecompressionBombError as error:
            raise _too_many(most_pixels) from error
        clean.paste(drawn, mask=drawn if drawn.mode == "RGBA" else None)
        if turned is not None:
            clean = clean.transpose(turned)
        out = io.BytesIO()
        clean.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Picture(out.getvalue(), clean.width, clean.height)


def _turn_of(found: Image) -> Transpose | None:
    """Return how to set a picture upright; a broken note of the camera counts as none."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    try:
        said = found.getexif().get(ORIENTATION)
        return turns.get(said) if isinstance(said, int) else None
    except WRONG:
        return None


def _too_many(most_pixels: int) -> BadRequestError:
    return BadRequestError.one(
        "too-many-pixels",
        N_("This picture has too many pixels. Send one of at most %(most)s million."),
        where="photo",
        most=most_pixels // 1_000_000,
    )
