"""What a road layer says about itself: where it comes from, how large it is, how true it is."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

STATUSES = ("real", "schematic", "synthetic")
OSM_LICENCE = "ODbL 1.0"
OSM_ATTRIBUTION = "© OpenStreetMap contributors"
NOTICE: Mapping[str, str] = {
    "zh": "演示路网(合成)，不可用于导航",
    "en": "demonstration roads, not for navigation",
}


@dataclass(frozen=True)
class RoadFacts:
    """Facts of one road layer, as they stand in NAME.json beside NAME.gpkg.

    Attributes
    ----------
    name, source, source_sha256, licence, attribution
        Layer name; file name, hash and terms of what it was made from ("" where not known).
    made
        UTC date, ISO form.
    edges, junctions, km, km_by_class
        Size; kilometres count each edge once, whatever its directions.
    largest_part_share
        Share of the edge length that lies inside the largest strongly connected part.
    bbox
        West, south, east, north in degrees.
    statuses
        Edges of each status.
    notice
        Warning for every map and export, in ``zh`` and ``en``; None when all edges are real.
    layer_sha256
        Hash of the GeoPackage these facts describe.
    """

    name: str
    source: str
    source_sha256: str
    licence: str
    attribution: str
    made: str
    edges: int
    junctions: int
    km: float
    km_by_class: Mapping[str, float]
    largest_part_share: float
    bbox: tuple[float, float, float, float]
    statuses: Mapping[str, int]
    notice: Mapping[str, str] | None
    layer_sha256: str = ""


def status_notice(statuses: Iterable[str]) -> dict[str, str] | None:
    """Give the warning that goes with roads of these statuses, None when all are ``real``."""
    return dict(NOTICE) if any(status != "real" for status in statuses) else None


@dataclass(frozen=True)
class Size:
    """How large a road network is, counted once for its facts and for the report of an import.

    Attributes
    ----------
    junctions, km, km_by_class
        As in `RoadFacts`.
    in_largest_part
        (e,) True for edges in the largest strongly connected part.
    largest_part_share
        As in `RoadFacts`.
    """

    junctions: int
    km: float
    km_by_class: Mapping[str, float]
    in_largest_part: NDArray[np.bool_]
    largest_part_share: float


def size_of(
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    kmh: tuple[NDArray[np.number], NDArray[np.number]],
    length: NDArray[np.float64],
    highway: tuple[NDArray[np.int_], Sequence[str]],
) -> Size:
    """Measure a network given as columns (e,); classes as numbers and the word of each number."""
    from routing.roads.parts import largest_part

    inside, junctions = largest_part(u, v, *kmh)
    codes, words = highway
    km = np.bincount(codes, length, len(words)) / 1000
    used = np.bincount(codes, minlength=len(words)) > 0
    return Size(
        junctions=junctions,
        km=round(float(length.sum()) / 1000, 3),
        km_by_class=dict(sorted((str(words[i]), round(float(km[i]), 3)) for i in np.flatnonzero(used).tolist())),
        in_largest_part=inside,
        largest_part_share=round(float(length[inside].sum() / length.sum()), 4),
    )


def describe(
    edges: GeoDataFrame,
    *,
    name: str,
    source: str = "",
    source_sha256: str = "",
    licence: str = "",
    attribution: str = "",
    made: str = "",
) -> RoadFacts:
    """Count a layer's edges and join the counts with what is known of its origin.

    Where any edge is real and no attribution is given, OpenStreetMap's is used: attribution given once too
    often does no harm, attribution left out breaks the licence.
    """
    codes, words = edges["highway"].astype(str).factorize()
    columns = {name: edges[name].to_numpy() for name in ("u", "v", "kmh_fwd", "kmh_bwd", "length")}
    size = size_of(
        columns["u"], columns["v"], (columns["kmh_fwd"], columns["kmh_bwd"]), columns["length"], (codes, words)
    )
    statuses = {str(k): int(n) for k, n in edges["status"].value_counts().sort_index().items()}
    west, south, east, north = (float(side) for side in edges.total_bounds)
    if statuses.get("real") and not attribution:
        attribution = OSM_ATTRIBUTION
    return facts_of(
        size,
        statuses,
        (west, south, east, north),
        name=name,
        source=source,
        source_sha256=source_sha256,
        licence=licence,
        attribution=attribution,
        made=made,
    )


def facts_of(
    size: Size, statuses: Mapping[str, int], bbox: tuple[float, float, float, float], name: str, **origin: str
) -> RoadFacts:
    """Join what was counted with the layer's name and origin (fields of `RoadFacts`)."""
    west, south, east, north = (round(side, 7) for side in bbox)
    return RoadFacts(
        name=name,
        edges=len(size.in_largest_part),
        junctions=size.junctions,
        km=size.km,
        km_by_class=size.km_by_class,
        largest_part_share=size.largest_part_share,
        bbox=(west, south, east, north),
        statuses=dict(statuses),
        notice=status_notice(statuses),
        **origin,
    )


def file_sha256(path: Path) -> str:
    """Hash a file without reading it whole."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_facts(facts: RoadFacts, path: Path) -> None:
    """Write facts as JSON in one step: a reader sees the old file or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(json.dumps(asdict(facts), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read_facts(path: Path, layer_sha256: str) -> RoadFacts | None:
    """Read facts if the file is there, is whole and describes the layer with this hash."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        facts = RoadFacts(**found)
        west, south, east, north = facts.bbox
    except (OSError, ValueError, TypeError):
        return None
    if facts.layer_sha256 != layer_sha256:
        return None
    return replace(facts, bbox=(west, south, east, north))
