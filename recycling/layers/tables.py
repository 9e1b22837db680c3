"""Layers as tables, CSV or XLSX: a row a place, with its coordinates and what they are in."""

from __future__ import annotations

import math

from recycling.errors import N_, BadRequestError, Fault
from recycling.exports.tables import safe
from recycling.intake.reading import read_table
from recycling.layers.columns import fields_in
from recycling.layers.datum import in_wgs84, word_of
from recycling.layers.found import MOST_SIGNS, Feature, FeatureFault, Found
from recycling.layers.shapes import out_of_range, too_long


def read(data: bytes, what: str, crs: str) -> Found:
    """Return the rows as places; ``crs`` is what coordinates are in where a row says nothing of it.

    Raises
    ------
    BadRequestError
        For what is no table, or a larger one than is taken.
    """
    import numpy as np

    lines = read_table(data)
    fields, unread = fields_in(what, lines[0].cells, placed=False)
    if len(lines) < 2:
        raise BadRequestError.one("empty", N_("The file is empty. Fill in the template and send that."), where="file")
    faults: list[FeatureFault] = []
    good: list[tuple[int, float, float, str, dict[str, str]]] = []
    for line in lines[1:]:
        cells = {name: _bare(cell) for name, cell in zip(fields, line.cells, strict=False) if name}
        wrong = [too_long(name) for name, cell in cells.items() if len(cell) > MOST_SIGNS]
        word, at = crs, (0.0, 0.0)
        try:
            word = crs or word_of(cells.get("crs", ""))
        except BadRequestError as error:
            wrong += error.faults
        else:
            if not word:
                wrong.append(
                    Fault("crs", "crs-missing", N_("Say what its coordinates are in, here or for the whole file."))
                )
        try:
            at = float(cells.get("lon", "")), float(cells.get("lat", ""))
        except ValueError:
            wrong.append(Fault("position", "no-position", N_("Write longitude and latitude as numbers.")))
        faults += [FeatureFault(line.number, fault) for fault in wrong]
        if not wrong:
            kept = {name: cell for name, cell in cells.items() if name not in ("lon", "lat", "crs")}
            good.append((line.number, *at, word, kept))
    features = []
    words = list(dict.fromkeys(one[3] for one in good))
    for word in words:
        some = [one for one in good if one[3] == word]
        moved = in_wgs84(np.array([one[1:3] for one in some], dtype=float), word).tolist()
        for (number, _, _, _, cells), (lon, lat) in zip(some, moved, strict=True):
            if math.isnan(lon):
                faults.append(FeatureFault(number, out_of_range(word)))
            else:
                features.append(Feature(number, round(lon, 6), round(lat, 6), cells))
    features.sort(key=lambda one: one.number)
    faults.sort(key=lambda one: one.number)
    return Found("table", ", ".join(words) or crs, features, faults, 0, unread)


def _bare(cell: str) -> str:
    """Take away the apostrophe that keeps a spreadsheet from running a cell of ours."""
    return cell[1:] if cell.startswith("'") and safe(cell[1:]) == cell else cell
