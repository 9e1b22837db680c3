"""One way on the road as a picture (SVG): the roads around it, the way itself, where it begins and ends."""

from __future__ import annotations

import html

import numpy as np
from numpy.typing import NDArray

from routing.roads.network import RoadNetwork

WIDTH, HEIGHT, MARGIN = 900, 640, 40
_SMALL = ("service", "living_street", "residential", "unclassified", "track", "road")


def picture(network: RoadNetwork, line: NDArray[np.float64], title: str, notes: list[str]) -> str:
    """Draw a way, points (p, 2) in degrees, with the layer's attribution and notice under it.

    The file needs nothing else: any browser shows it.
    """
    flat = network.plane.to(line)
    low, high = flat.min(axis=0), flat.max(axis=0)
    room = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    scale = float((room / np.maximum(high - low, 200.0)).min())
    middle = (low + high) / 2

    def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
        moved: NDArray[np.float64] = (points - middle) * (scale, -scale) + (WIDTH / 2, HEIGHT / 2)
        return moved

    corners = network.plane.back(middle + np.array([[-1, -1], [1, 1]]) * (WIDTH / 2 / scale, HEIGHT / 2 / scale))
    roads = {True: [], False: []}  # type: dict[bool, list[str]]
    for edge in _in_box(network, corners):
        small = network.classes[network.highway[edge]] in _SMALL
        roads[small].append(_path(place(network.plane.to(network.line(int(edge))))))
    begin, end = place(flat[:1])[0], place(flat[-1:])[0]
    under = [*notes, *([f"{network.notice['zh']} / {network.notice['en']}"] if network.notice else [])]
    if network.facts.attribution:
        under.append(network.facts.attribution)
    text = "".join(
        f'<text x="16" y="{HEIGHT + 24 + 20 * i}" font-size="14">{html.escape(note)}</text>'
        for i, note in enumerate(under)
    )
    tall = HEIGHT + 24 + 20 * len(under)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall}" width="{WIDTH}" height="{tall}"'
        f' font-family="sans-serif" role="img" aria-label="{html.escape(title, quote=True)}">'
        f"<title>{html.escape(title)}</title>"
        f'<rect width="{WIDTH}" height="{tall}" fill="#fff"/>'
        f'<svg width="{WIDTH}" height="{HEIGHT}"><rect width="{WIDTH}" height="{HEIGHT}" fill="#f4f4f0"/>'
        f'<path d="{" ".join(roads[True])}" fill="none" stroke="#d9d6cc" stroke-width="1.2"/>'
        f'<path d="{" ".join(roads[False])}" fill="none" stroke="#bdb8a8" stroke-width="2.4"/>'
        f'<path d="{_path(place(flat))}" fill="none" stroke="#0b6e4f" stroke-width="5" stroke-linejoin="round"'
        f' stroke-linecap="round"/>{_mark(begin, "A")}{_mark(end, "B")}</svg>{text}</svg>\n'
    )


def _in_box(network: RoadNetwork, corners: NDArray[np.float64]) -> NDArray[np.int64]:
    lonlat, first = network.shapes.lonlat, network.shapes.first
    inside = ((lonlat >= corners[0]) & (lonlat <= corners[1])).all(axis=1)
    seen = np.add.reduceat(inside, first[:-1])
    edges: NDArray[np.int64] = np.flatnonzero(seen)
    return edges


def _path(points: NDArray[np.float64]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points.tolist())


def _mark(at: NDArray[np.float64], letter: str) -> str:
    x, y = at.tolist()
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="12" fill="#1d1d1b"/>'
        f'<text x="{x:.1f}" y="{y + 5:.1f}" text-anchor="middle" font-size="14" font-weight="bold" fill="#fff">'
        f"{letter}</text>"
    )
