"""Files that a camera, or somebody who means harm, would send."""

import io
import struct
import zlib

from PIL import Image, PngImagePlugin

WHERE = b"GPSLatitude-of-the-test"
SAID = "taken by the test at home"


def picture(width=400, height=300, colour=(200, 30, 30)):
    """A picture whose upper left quarter has a colour of its own, so that one sees how it lies."""
    made = Image.new("RGB", (width, height), "white")
    made.paste(colour, (0, 0, width // 2, height // 2))
    return made


def jpeg(width=400, height=300, colour=(200, 30, 30), orientation=1, **more):
    """A photo as a phone makes it: with its place, its hour, the camera's name and a comment."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, SAID
    exif[0x8769] = {0x9003: "2026:03:04 09:00:00", 0x9286: SAID.encode()}
    exif[0x8825] = {1: "N", 2: (31.0, 12.0, 30.0), 3: "E", 4: (107.0, 28.0, 12.0), 29: WHERE.decode()}
    out = io.BytesIO()
    picture(width, height, colour).save(out, "JPEG", quality=90, exif=exif, comment=SAID.encode(), **more)
    return out.getvalue()


def encoded(form, image=None, **more):
    out = io.BytesIO()
    (image or picture()).save(out, form, **more)
    return out.getvalue()


def png_with_words():
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SAID)
    return encoded("PNG", pnginfo=words)


def bomb(width=30_000, height=30_000):
    """A sound PNG of a few hundred kilobytes that unpacks to a gigabyte of nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, rows = zlib.compressobj(9), bytes(1 + width // 8)
    packed = b"".join(packer.compress(rows) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
NO_PICTURES = {
    "nothing": b"",
    "svg": SVG,
    "html": HTML,
    "gif with a script": b"GIF89a/*" + b"\x00" * 20 + b"*/=1;alert(1)",
    "html before a jpeg": HTML + jpeg(),
    "html that says it is a jpeg": b"\xff\xd8\xff\xe0" + HTML,
    "half of a jpeg": jpeg()[:900],
    "half of a png": encoded("PNG")[:200],
    "gif": encoded("GIF"),
    "tiff": encoded("TIFF"),
    "bmp": encoded("BMP"),
    "zip": b"PK\x03\x04" + b"\x00" * 60,
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "random": bytes(range(256)) * 8,
}
