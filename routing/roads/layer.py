"""The road layer of record: a GeoPackage with tables ``edges`` and ``restrictions``, its facts in JSON beside it."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from routing.errors import InputError
from routing.roads.facts import (
    STATUSES,
    RoadFacts,
    describe,
    file_sha256,
    read_facts,
    status_notice,
    write_facts,
)
from routing.roads.gpkg import Block, write
from routing.roads.repair import Mend
from routing.roads.restrictions import read_rules, settled
from routing.roads.turn_rules import TurnRule

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = [
    "COLUMNS",
    "RoadFacts",
    "checked",
    "layer_facts",
    "place_layer",
    "read_layer",
    "status_notice",
    "write_layer",
]

COLUMNS: dict[str, str] = {
    "edge_id": "int64",
    "u": "int64",
    "v": "int64",
    "way_id": "int64",
    "highway": "str",
    "name": "str",
    "ref": "str",
    "kmh_fwd": "int32",
    "kmh_bwd": "int32",
    "length": "float64",
    "maxheight": "float64",
    "maxweight": "float64",
    "maxwidth": "float64",
    "maxlength": "float64",
    "hgv": "str",
    "access": "str",
    "status": "str",
}
"""Columns beside ``geometry`` in their order. u, v are junction ids; speeds in km/h, 0 where driving is not
allowed that way; length in geodesic metres; limits in metres and tonnes, NaN where there is none."""


def write_layer(
    edges: GeoDataFrame, path: Path, facts: RoadFacts, rules: Sequence[TurnRule] | None = None
) -> RoadFacts:
    """Write a layer, its turn rules and its facts, replacing what stands there in one step.

    Edges that have to be mended (see `checked`) are written mended, and the facts are counted from them.

    Parameters
    ----------
    rules
        Turn rules over the edges; without them those that the edges carry in ``attrs["rules"]``.

    Returns
    -------
    The facts as written, with the layer's hash.

    Raises
    ------
    InputError
        When the edges or the rules would not pass `read_layer`.
    """
    path = Path(path)
    if rules is not None:
        edges = edges.copy(deep=False)
        edges.attrs["rules"] = list(rules)
    before = edges.attrs.get("repaired", {})
    edges = checked(edges, path.name)
    if edges.attrs["repaired"] != before:
        origin = {name: getattr(facts, name) for name in ("name", "source", "source_sha256", "licence", "attribution")}
        facts = describe(edges, **origin, made=facts.made)
    return place_layer(path, facts, lambda draft: write(draft, COLUMNS, _blocks(edges), edges.attrs["rules"]))


def place_layer(path: Path, facts: RoadFacts, make: Callable[[Path], None]) -> RoadFacts:
    """Let a layer file be made beside its place under another name, then rename it; a failure leaves the old one.

    Facts from a write that ended between the two renames do not match the layer's hash and are not believed by
    `layer_facts`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.tmp.gpkg")
    try:
        make(draft)
        facts = replace(facts, layer_sha256=file_sha256(draft))
        os.replace(draft, path)
    finally:
        for left in draft.parent.glob(draft.name + "*"):
            left.unlink(missing_ok=True)
    write_facts(facts, path.with_suffix(".json"))
    return facts


def _blocks(edges: GeoDataFrame, rows: int = 50_000) -> Iterator[Block]:
    import shapely

    for start in range(0, len(edges), rows):
        part = edges.iloc[start : start + rows]
        columns = [part[name].astype(object).where(part[name].notna(), None).tolist() for name in COLUMNS]
        yield Block(columns, *shapely.get_coordinates(part.geometry.to_numpy(), return_index=True))


def read_layer(path: Path) -> GeoDataFrame:
    """Read and check a layer; rows are in the order of ``edge_id``, so row number and edge id agree.

    Their ``attrs`` hold the turn rules (``rules``) and what had to be mended (``repaired``); see `checked`.

    Raises
    ------
    InputError
        For a missing file, something that is not a GeoPackage with a table ``edges``, missing columns, no
        rows, or values that cannot be; the sentence names the file and the row.
    """
    import geopandas
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    path = Path(path)
    if not path.is_file():
        raise InputError(
            "layer-missing",
            "There is no road layer %(file)s. Import an OpenStreetMap extract under this name first.",
            file=path.name,
        )
    try:
        with path.open("rb") as file:
            whole = file.read(16) == b"SQLite format 3\0"
        names = [str(name) for name in pyogrio.list_layers(path)[:, 0]] if whole else []
        if "edges" not in names:
            raise DataLayerError("no layer edges")
        found = geopandas.read_file(path, layer="edges", engine="pyogrio")
    except (DataSourceError, DataLayerError) as error:
        raise InputError(
            "layer-not-geopackage",
            "%(file)s is not a GeoPackage with a table 'edges'. Import the roads again.",
            file=path.name,
        ) from error
    edges = checked(found, path.name)
    edges.attrs["rules"] = read_rules(path, edges)
    return edges


def layer_facts(path: Path, edges: GeoDataFrame | None = None) -> RoadFacts:
    """Give a layer's facts: from NAME.json if it describes exactly this file, else counted from the layer.

    Parameters
    ----------
    edges
        The layer if it was read already; saves reading it again.
    """
    path = Path(path)
    if edges is None and not path.is_file():
        read_layer(path)
    sha256 = file_sha256(path)
    facts = read_facts(path.with_suffix(".json"), sha256)
    if facts is None:
        edges = read_layer(path) if edges is None else edges
        facts = replace(describe(edges, name=path.stem), layer_sha256=sha256)
    return facts


def checked(edges: GeoDataFrame, file: str) -> GeoDataFrame:
    """Bring a layer to its form: mend what can be mended safely, refuse the rest by row and column.

    Returns
    -------
    Edges with the columns `COLUMNS` and ``geometry``, in WGS 84, in the order of ``edge_id``. Their attrs have
    ``repaired``, what was mended how often (see `routing.roads.repair`), and ``rules``, the turn rules that the
    edges given had in theirs; ``renumbered`` where ids changed (see `routing.roads.restrictions.Moves`).

    Raises
    ------
    InputError
        For missing columns, no rows, or values that cannot be.
    """
    if "geometry" not in edges.columns:
        raise InputError("layer-columns", "%(file)s: the table 'edges' has no geometry.", file=file)
    missing = [name for name in COLUMNS if name not in edges.columns and name != "length"]
    if missing:
        raise InputError(
            "layer-columns",
            "%(file)s: the table 'edges' lacks the columns %(columns)s. Import the roads again.",
            file=file,
            columns=", ".join(missing),
        )
    if edges.empty:
        raise InputError("layer-empty", "%(file)s has no roads. Import the roads again.", file=file)
    before = edges.attrs
    mend = Mend(edges, file)
    mend.ids()
    mend.places()
    mend.numbers(COLUMNS)
    mend.refuse(~mend.edges["status"].isin(STATUSES), "status", f"is none of {', '.join(STATUSES)}")
    mend.lengths()
    mend.repetitions()
    mend.loops()
    mend.renumber()
    found = mend.edges
    repaired = Counter(before.get("repaired", {})) + mend.counts
    repaired["closed"] = mend.counts["closed"]  # what is only counted is there again next time
    repaired = +repaired
    rules = settled(before.get("rules", ()), found, file, mend.moves)
    found.attrs = {"repaired": dict(repaired), "rules": rules}
    if mend.moves is not None:
        found.attrs["renumbered"] = mend.moves
    return found
