"""What a file is by its content, and a word to whoever calls it something else or sends what is no layer."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath
from typing import Literal

from recycling.errors import N_, BadRequestError
from recycling.intake.reading import TORN, ZIP
from recycling.layers.geopackage import MAGIC
from recycling.layers.packed import SHAPEFILE

Kind = Literal["geojson", "gpkg", "zip", "xlsx", "text", "other"]
"""What reads a file; ``other`` is for what nobody reads."""

NAMED = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GeoPackage", ".zip": "ZIP"}
"""Endings that promise a format of layers. Tables have so many endings that theirs promise nothing."""

EMPTY_ZIP = b"PK\x05\x06"
BOM = b"\xef\xbb\xbf"
WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How text in UTF-16 begins."""

LOOKED_AT = 4000
LONGEST_NAME = 60

INSTEAD: dict[Kind, str] = {
    "text": N_(
        "%(name)s is no %(form)s: inside it seems to be a table or other text. Let the name of a table end in .csv, or"
        " export the layer as %(form)s."
    ),
    "other": N_("%(name)s is no %(form)s, and nothing else that can be read. Export the layer as %(form)s anew."),
}
"""What is said of content without any sign of a format, under a name that promises one."""

SIGNS: tuple[tuple[tuple[bytes, ...], str], ...] = (
    (
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"),
        N_("The file seems to be a picture. Export the layer itself, as GeoJSON for example."),
    ),
    ((b"%PDF",), N_("The file seems to be a PDF. Export the layer itself, as GeoJSON for example.")),
    (
        (b"\xd0\xcf\x11\xe0",),
        N_("The file seems to be a workbook or document of an old Office (XLS). Save the table as XLSX or CSV."),
    ),
    (
        (SHAPEFILE,),
        N_("The file seems to be one part of a shapefile. Pack its .shp, .shx, .dbf and .prj together as ZIP."),
    ),
    (
        (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh91AY&SY", b"\xfd7zXZ"),
        N_("The file seems to be packed in another way than ZIP. Pack a shapefile as ZIP; send other layers unpacked."),
    ),
    (
        (b"\x1e",),
        N_("The file seems to be GeoJSON line by line. Export the layer as one FeatureCollection."),
    ),
    (WIDE, N_("The file seems to be text in UTF-16. Save it in UTF-8.")),
)
"""How files begin that are no layer that is read, and what is said of them."""

MARKUP = (
    (rb"<kml[\s>]", N_("The file seems to be KML. Export the layer as GeoJSON, GeoPackage or a zipped shapefile.")),
    (
        rb"<!doctype html|<html[\s>]",
        N_("The file seems to be a web page: perhaps a download that asked to sign in. Download the layer anew."),
    ),
    (
        rb"<\?xml|\sxmlns",
        N_("The file seems to be XML, such as GML or GPX. Export the layer as GeoJSON or GeoPackage."),
    ),
)


def kind_of(data: bytes) -> Kind:
    """Tell what reads a file, by its content alone."""
    if data.startswith(MAGIC):
        return "gpkg"
    if data.startswith((ZIP, EMPTY_ZIP)):
        return "xlsx" if _is_workbook(data) else "zip"
    begin = _begin(data)
    if begin[:1] in (b"{", b"["):
        return "geojson"
    return "other" if _word(data) or b"\0" in data[:LOOKED_AT] else "text"


def told(data: bytes, name: str = "") -> Kind:
    """Tell what reads a file; refuse what is no layer, and text whose name promises a format that text is not.

    A layer in one format under the name of another is read as what it is.

    Raises
    ------
    BadRequestError
        With what the file seems to be, and the remedy.
    """
    kind, promised = kind_of(data), NAMED.get(PurePath(name).suffix.casefold())
    word = _word(data) if kind == "other" else ""
    if word:
        raise BadRequestError.one("no-layer", word, where="file")
    if promised and kind in INSTEAD:
        raise BadRequestError.one(
            "not-as-named", INSTEAD[kind], where="file", name=_short(PurePath(name).name), form=promised
        )
    return kind


def _begin(data: bytes) -> bytes:
    return data[:LOOKED_AT].removeprefix(BOM).lstrip()


def _word(data: bytes) -> str:
    """Return what is said of a file that is no layer; nothing where nobody knows what it is."""
    for signs, word in SIGNS:
        if data.startswith(signs):
            return word
    begin = _begin(data)
    if begin.startswith(b"<"):
        return next((word for sign, word in MARKUP if re.search(sign, begin, re.IGNORECASE)), "")
    return ""


def _is_workbook(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except TORN:
        return False


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:30]}…{name[-28:]}"
