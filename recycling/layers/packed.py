"""Zipped shapefiles: what is in the archive is judged before a byte of it is unpacked, and unpacked under our names."""

from __future__ import annotations

import io
import re
import tempfile
import warnings
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from recycling.errors import N_, BadRequestError
from recycling.intake.reading import TORN
from recycling.layers.columns import fields_in
from recycling.layers.datum import described
from recycling.layers.found import MOST_FEATURES, Found
from recycling.layers.shapes import Raw, placed, refuse_many

MOST_PARTS = 40
MOST_UNPACKED = 48 * 1024 * 1024
MOST_RATIO = 200
SMALL = 1024 * 1024
"""Parts below this may be packed as tightly as they like: empty tables are mostly blanks."""

NEEDED = (".shp", ".shx", ".dbf")
WANTED = (*NEEDED, ".prj", ".cpg")
PACKED = (".zip", ".gz", ".7z", ".rar", ".tar", ".bz2", ".xz", ".kmz")
HALVED = "parsed incompletely"
"""What GDAL says of a number of which it has read the beginning."""

SHAPEFILE = b"\x00\x00\x27\x0a"


def read(data: bytes, what: str, crs: str) -> Found:
    """Return the features of the one shapefile in an archive.

    Raises
    ------
    BadRequestError
        For an archive that is broken, too large, names places outside itself, or holds no shapefile or several.
    """
    parts = unpacked(data)
    if not parts[".shp"].startswith(SHAPEFILE):
        raise _broken()
    refuse_many(int.from_bytes(parts[".dbf"][4:8], "little"))
    with tempfile.TemporaryDirectory(prefix="layer-") as folder:
        for ending in NEEDED:  # what it says of its coordinates is read by us
            (Path(folder) / f"layer{ending}").write_bytes(parts[ending])
        return _read(Path(folder) / "layer.shp", parts, what, crs)


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the parts of the one shapefile in an archive by their endings."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            _judge(members)
            found = _parts(members)
            return {ending: _content(archive, one) for ending, one in found.items()}
    except (*TORN, LookupError) as error:
        raise _broken() from error


def _judge(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_PARTS:
        raise BadRequestError.one(
            "too-many-parts", N_("The archive holds more than %(most)s files. Pack one layer alone."), where="file",
            most=MOST_PARTS,
        )  # fmt: skip
    if sum(one.file_size for one in members) > MOST_UNPACKED or any(
        one.file_size > SMALL and one.file_size > MOST_RATIO * max(1, one.compress_size) for one in members
    ):
        raise BadRequestError.one(
            "too-large-inside", N_("The archive is too large when unpacked. Send the layer in parts."), where="file"
        )
    for one in members:
        path = PurePosixPath(one.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in one.filename:
            raise BadRequestError.one(
                "path-outside",
                N_("The archive names a place outside itself: %(name)s. Pack the layer anew."),
                where="file",
                name=one.filename[:60],
            )
        if one.flag_bits & 1:
            raise BadRequestError.one(
                "encrypted", N_("The archive asks for a password. Pack it without one."), where="file"
            )
        if path.suffix.casefold() in PACKED:
            raise BadRequestError.one(
                "archive-inside", N_("The archive holds another archive. Pack the shapefile itself."), where="file"
            )


def _parts(members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Return the members of the one shapefile by their endings."""
    paths = [(PurePosixPath(one.filename.replace("\\", "/")), one) for one in members]
    paths = [(path, one) for path, one in paths if "__MACOSX" not in path.parts]
    shapes = [path for path, _ in paths if path.suffix.casefold() == ".shp"]
    if len(shapes) != 1:
        raise BadRequestError.one(
            "shapefiles",
            N_("The archive holds %(count)s shapefiles. Pack one, with its .shp, .shx, .dbf and .prj."),
            where="file",
            count=len(shapes),
        )
    stem = str(shapes[0].with_suffix("")).casefold()
    found = {
        path.suffix.casefold(): one
        for path, one in paths
        if str(path.with_suffix("")).casefold() == stem and path.suffix.casefold() in WANTED
    }
    missing = [ending for ending in NEEDED if ending not in found]
    if missing:
        raise BadRequestError.one(
            "part-missing",
            N_("The archive lacks the part %(ending)s of the shapefile. Pack all of its files together."),
            where="file",
            ending=missing[0],
        )
    return found


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Unpack a member, and no more than it says that it holds."""
    with archive.open(member) as stream:
        content = stream.read(member.file_size + 1)
    if len(content) != member.file_size:
        raise zipfile.BadZipFile(member.filename)
    return content


def _read(path: Path, parts: dict[str, bytes], what: str, crs: str) -> Found:
    import shapely
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError
    from pyogrio.raw import read as raw

    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            meta, _, shapes, columns = raw(path, encoding=_encoding(parts), max_features=MOST_FEATURES + 1)
    except (DataSourceError, DataLayerError, FieldError, UnicodeDecodeError, ValueError, RuntimeError) as error:
        raise _broken() from error
    halved = next((text for one in told if HALVED in (text := str(one.message))), "")
    if halved:
        raise BadRequestError.one(
            "broken-number",
            N_("A number of the shapefile's table cannot be read: %(why)s Export the layer anew."),
            where="file",
            why=re.sub(r"[^ -~]", "?", halved)[:120],
        )
    heads = [str(name) for name in meta["fields"]]
    fields, unread = fields_in(what, heads, placed=True)
    names = {head: one for head, one in zip(heads, fields, strict=True) if one}
    count = 0 if shapes is None else len(shapes)
    geometries = [] if shapes is None else shapely.from_wkb(shapes, on_invalid="ignore").tolist()
    rows = [
        Raw(k + 1, geometries[k], {head: _plain(column[k]) for head, column in zip(heads, columns, strict=True)})
        for k in range(count)
    ]
    known: Any
    if crs:
        known, word = crs, crs
    elif ".prj" in parts:
        known, word = described(parts[".prj"].decode("utf-8", "replace"))
    else:
        raise BadRequestError.one(
            "no-crs",
            N_("The file does not say what its coordinates are in. Choose the system on this page."),
            where="crs",
        )
    return placed("shapefile", rows, names, known, word, unread)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _encoding(parts: dict[str, bytes]) -> str:
    """Return how the table's text is written: as the .cpg says, else UTF-8 where it is that, else GB 18030."""
    said = parts.get(".cpg", b"")[:40].decode("ascii", "ignore").strip().casefold().removeprefix("cp")
    if said in ("utf-8", "utf8", "65001"):
        return "UTF-8"
    if said in ("936", "gbk", "gb2312", "gb18030"):
        return "GB18030"
    try:
        parts[".dbf"].decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"


def _broken() -> BadRequestError:
    return BadRequestError.one(
        "broken-archive", N_("This zipped shapefile cannot be read. Pack the layer anew."), where="file"
    )
