"""What `recycling roads` prints and writes: reports, tables, ways street by street, drawings."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routing.problem import Matrix
    from routing.roads.network import RoadNetwork
    from routing.roads.osm.report import ImportReport
    from routing.roads.trips import Trip
    from routing.roads.weighting import Weighting


def import_text(report: ImportReport) -> str:
    """Return what an import found, a line a subject."""

    def words(counts: dict[str, Any]) -> str:
        return ", ".join(f"{count} {word}" for word, count in sorted(counts.items())) or "none"

    kilometres = ", ".join(f"{name} {km}" for name, km in report.km_by_class.items())
    conditional = f", {report.restrictions_conditional} of them at some hours only, held at all"
    return "\n".join(
        (
            f"ways: {report.ways_read} with a highway tag, {report.ways_kept} kept; left out: {words(report.skipped)}",
            f"network: {report.edges} edges between {report.junctions} junctions",
            f"kilometres by class: {kilometres}",
            f"one-way: {report.one_ways} ways, {report.reversed_one_ways} of them against their drawing",
            f"named: {report.named}, with a speed limit: {report.with_speed_limit},"
            f" with truck limits: {report.with_truck_limits}, places with a limit: {report.node_limits}",
            f"turn restrictions: {report.restrictions_read} read, {report.restrictions_kept} kept"
            f"{conditional if report.restrictions_conditional else ''};"
            f" left out: {words(report.restrictions_skipped)}",
            f"barriers: closed {words(report.barriers_cut)}; passed {words(report.barriers_passed)}",
            f"ferry lines: {report.ferries} that take trucks, {report.ferries_left_out} others left out",
            f"outside the largest connected part: {report.small_parts_km} km in {report.small_parts_edges} edges"
            " (kept for drawing, never driven)",
        )
    )


def write_table(out: Path, rows: list[str], columns: list[str], found: Matrix) -> None:
    """Write a matrix as rows of a CSV file, or as arrays of an .npz file; a pair without a way has empty cells."""
    import numpy as np

    if out.suffix == ".npz":
        np.savez_compressed(out, sources=rows, targets=columns, durations=found.durations, distances=found.distances)
        return
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("from", "to", "seconds", "metres"))
        for row, seconds, metres in zip(rows, found.durations.tolist(), found.distances.tolist(), strict=True):
            writer.writerows(
                (row, column, s, m) if s >= 0 else (row, column, "", "")
                for column, s, m in zip(columns, seconds, metres, strict=True)
            )


def streets(weighting: Weighting, trip: Trip) -> list[tuple[str, float, float]]:
    """Name, metres and seconds of each street of a trip; pieces of one street in a row are one."""
    network, found = weighting.network, list[tuple[str, float, float]]()
    for edge, start, end in zip(trip.edge.tolist(), trip.start.tolist(), trip.end.tolist(), strict=True):
        street = network.street(edge) or f"({network.classes[network.highway[edge]]})"
        share = abs(end - start)
        metres, seconds = share * network.metres[edge], share * weighting.ms[2 * edge + (start > end)] / 1000
        if found and found[-1][0] == street:
            _, before, took = found.pop()
            metres, seconds = metres + before, seconds + took
        found.append((street, float(metres), float(seconds)))
    return found


def draw(out: Path, network: RoadNetwork, line: NDArray[np.float64], notes: list[str]) -> None:
    """Draw a way as .svg or .geojson, by the name of the file; `notes` say what it is."""
    from routing.roads.picture import picture

    if out.suffix == ".svg":
        text = picture(network, line, notes[0], notes)
    elif out.suffix in (".geojson", ".json"):
        geometry = {"type": "LineString", "coordinates": [[round(x, 6), round(y, 6)] for x, y in line.tolist()]}
        properties = {"notes": notes, "notice": network.notice, "attribution": network.facts.attribution}
        text = (
            json.dumps({"type": "Feature", "properties": properties, "geometry": geometry}, ensure_ascii=False) + "\n"
        )
    else:
        raise click.BadParameter("the file's name must end in .svg or .geojson", param_hint="--out")
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(f"{out} cannot be written: {error.strerror}", param_hint="--out") from error
    click.echo(f"Drawn: {out}")


def minutes(seconds: float) -> str:
    """Say seconds as minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
