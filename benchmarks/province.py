"""``python -m benchmarks.province``: how time and memory of an import grow from a county to a province."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks import tabular, words

APART = 0.5
"""Degrees of longitude between two copies: far enough that no road of one meets a road of the other."""

MEASURE = """
import json, pathlib, sys, tempfile, time
from benchmarks.measuring import Memory
memory, start = Memory(), time.perf_counter()
from routing.roads.osm import import_extract
with tempfile.TemporaryDirectory(dir=sys.argv[2]) as folder:
    _, report = import_extract(pathlib.Path(sys.argv[1]), "province", pathlib.Path(folder))
seconds = time.perf_counter() - start
print(json.dumps([report.ways_read, report.ways_kept, report.edges, seconds, memory.peak_mb()]))
"""


@dataclass(frozen=True)
class Row:
    """One import.

    Attributes
    ----------
    copies, file_mb
        How often the extract was laid beside itself, and the megabytes of the file.
    ways, kept, edges
        Ways tagged ``highway``, those that became roads, and their pieces.
    seconds, peak_mb
        Of the whole process, its libraries included.
    seconds_per_100k, mb_per_100k
        What 100,000 edges more cost, by the difference to the row before; None in the first row.
    """

    copies: int
    file_mb: float
    ways: int
    kept: int
    edges: int
    seconds: float
    peak_mb: float
    seconds_per_100k: float | None = None
    mb_per_100k: float | None = None


@click.command(context_settings=words.CONTEXT)
@click.argument("extract", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--copies", default="1,4,16", show_default=True, help="Sizes to measure, with commas.")
@words.json_option
def main(extract: Path, copies: str, json_file: Path | None) -> None:
    """Import EXTRACT (.osm.pbf), laid beside itself several times, each time in a process of its own.

    A copy has ids and longitudes of its own, so the file has so many times the roads, words and junctions.
    """
    try:
        sizes = sorted({int(size) for size in copies.split(",")})
    except ValueError:
        sizes = []
    if not sizes or sizes[0] < 1:
        raise click.BadParameter("Give whole numbers from 1, with commas between them.", param_hint="--copies")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            large = Path(folder) / "province.osm.pbf"
            lay_beside(extract, large, size)
            rows.append(_grown(measure(size, large), rows))
            large.unlink()
    click.echo(table(rows))
    if json_file:
        json_file.write_text(as_json(rows, sys.argv[1:]), encoding="utf-8")


def lay_beside(extract: Path, large: Path, copies: int) -> None:
    """Write an extract so many times into one file: sorted by type, ids and longitudes shifted, no edit history."""
    import osmium
    from osmium.osm import NODE, RELATION, WAY
    from osmium.osm.mutable import Node, Relation, Way

    nodes = [(node.location.lon, node.id) for node in _objects(extract, NODE)]
    west, east, last = min(nodes)[0], max(nodes)[0], max(number for _, number in nodes)
    del nodes
    width, step = east - west + APART, 10 ** len(str(last))
    if west + copies * width > 180:
        raise click.UsageError(f"{copies} copies of {extract.name} do not fit on the globe.")
    node, way, relation = Node(), Way(), Relation()  # one of each, filled anew: three times as fast
    with osmium.SimpleWriter(str(large)) as out:
        for kind in (NODE, WAY, RELATION):
            for copy in range(copies):
                ids, shift = copy * step, copy * width
                for found in _objects(extract, kind):
                    if kind is NODE:
                        node.id, node.tags, place = found.id + ids, found.tags, found.location
                        node.location = place.lon + shift, place.lat
                        out.add_node(node)
                    elif kind is WAY:
                        way.id, way.tags = found.id + ids, found.tags
                        way.nodes = [point.ref + ids for point in found.nodes]
                        out.add_way(way)
                    else:
                        relation.id, relation.tags = found.id + ids, found.tags
                        relation.members = [(member.type, member.ref + ids, member.role) for member in found.members]
                        out.add_relation(relation)


def _objects(extract: Path, kind: Any) -> Iterator[Any]:
    import osmium

    yield from osmium.FileProcessor(str(extract), kind)


def measure(copies: int, large: Path) -> Row:
    """Import a file in a fresh process, whose peak is its own."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(large), str(large.parent)], capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise click.ClickException(f"The import of {copies} copies ended with: {run.stderr.strip().splitlines()[-1]}")
    ways, kept, edges, seconds, peak = json.loads(run.stdout)
    return Row(copies, round(large.stat().st_size / 2**20, 1), ways, kept, edges, round(seconds, 2), round(peak, 1))


def _grown(row: Row, before: list[Row]) -> Row:
    if not before:
        return row
    more = (row.edges - before[-1].edges) / 100_000
    seconds, peak = row.seconds - before[-1].seconds, row.peak_mb - before[-1].peak_mb
    return Row(**{**asdict(row), "seconds_per_100k": round(seconds / more, 2), "mb_per_100k": round(peak / more, 1)})


def table(rows: list[Row]) -> str:
    """Write rows under each other; None is a dash."""
    return tabular.table(rows, (), decimals=lambda _, value: str(value))


def as_json(rows: list[Row], arguments: list[str]) -> str:
    """Write rows, machine, versions and command as JSON."""
    packages = ("numpy", "osmium", "pyproj", "scipy", "shapely")
    versions = {name: importlib.metadata.version(name) for name in packages}
    return tabular.as_json("province", arguments, versions, rows=rows)


if __name__ == "__main__":
    main()
