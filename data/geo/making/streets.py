"""Street nets of cities: arteries about every kilometre, and in each cell between them its own small grid.

Cells do not share their small streets, so most of them end at an artery as T-junctions, as in grown cities.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from strand import Strand

BANK = 55.0  # m from the water's edge to the road along it
OPEN_DROP = 0.75  # share of street pieces that an open cell lacks
SIDES = (1, -1)  # left and right bank of the river


@dataclass
class Style:
    """What a net looks like; lengths in m, shares 0..1."""

    radius: float
    artery_gap: float
    block_centre: float  # side of a block in the middle and at the edge
    block_edge: float
    bridges: int
    primaries: int  # how many bridging arteries are of class primary
    drop_centre: float = 0.08
    drop_edge: float = 0.22
    open_cells: float = 0.12  # parks, campuses, works: cells with almost no streets
    diagonals: float = 0.22  # cells with one diagonal street
    oneway: float = 0.0


@dataclass
class Cell:
    """The small grid of one cell: where its streets meet the borders (0..1) and its crossings (p, q, 2)."""

    column: int
    row: int
    p: np.ndarray
    q: np.ndarray
    node: np.ndarray


class Net:
    """One city's strands and what others need from it."""

    def __init__(self, river, style, rng, names):
        self.river, self.style, self.rng, self.names = river, style, rng, names
        self.strands = []
        self.phase = rng.uniform(0, 2 * np.pi, 8)
        self._rows_and_columns()
        for side in SIDES:
            self._bank(side)
        self._bridges()

    # -- geometry -------------------------------------------------------------------------------------------

    def _world(self, sd):
        """Return metres for lattice coordinates (.., 2), with a soft warp so that nothing is quite straight."""
        place = self.river.place(sd[..., 0], sd[..., 1])
        x, y = (place - self.river.centre)[..., 0], (place - self.river.centre)[..., 1]
        size = self.style.radius * 0.013
        fade = np.minimum(1, np.abs(sd[..., 1]) / 600)  # the river itself stays where it is
        length = self.style.artery_gap * 2.3 / (2 * np.pi)
        warp_x = np.sin(y / length + self.phase[0]) + 0.6 * np.sin(x / length / 0.6 + self.phase[1])
        warp_y = np.sin(x / length + self.phase[2]) + 0.6 * np.sin(y / length / 0.6 + self.phase[3])
        return place + np.stack([warp_x, warp_y], axis=-1) * (size * fade)[..., None]

    def _edge_of_town(self, place):
        """Return how far out a place is: 0 centre, 1 the uneven edge of the built-up land."""
        gap = place - self.river.centre
        angle = np.arctan2(gap[1], gap[0])
        uneven = 1 + 0.11 * np.sin(2 * angle + self.phase[4]) + 0.09 * np.sin(3 * angle + self.phase[5])
        return np.hypot(*gap) / (self.style.radius * uneven)

    def _rows_and_columns(self):
        gap, radius, rng = self.style.artery_gap, self.style.radius * 1.2, self.rng
        columns = [0.0]
        for sign in SIDES:
            at = 0.0
            while abs(at) < radius:
                at += sign * gap * rng.uniform(0.75, 1.25)
                columns.append(at)
        self.columns = np.sort(columns) + gap * 0.3
        first = self.river.half_width + BANK
        self.rows = {}
        for side in SIDES:
            rows, at = [first], first
            while at < radius:
                at += gap * rng.uniform(0.75, 1.25)
                rows.append(at)
            self.rows[side] = np.array(rows)
        near = np.argsort(np.abs(self.columns), kind="stable")[: self.style.bridges + 2]
        # Bridges on the middle columns, and not on each of them: two of the outer ones stay without.
        spare = set(rng.permutation(near[2:])[:2].tolist())
        self.bridging = [int(c) for c in sorted(near) if int(c) not in spare][: self.style.bridges]
        self.primary = set(sorted(self.bridging, key=lambda c: abs(self.columns[c]))[: self.style.primaries])

    def _class_of_column(self, column):
        if column in self.primary:
            return "primary"
        return "secondary" if column in self.bridging else "tertiary"

    @staticmethod
    def _class_of_row(row):
        return {0: "tertiary", 1: "primary"}.get(row, "secondary" if row % 2 else "tertiary")

    def _curve(self, side, key, t):
        """Return lattice coordinates on the artery piece `key` at parameters t (n,): a bow between two corners."""
        kind, column, row = key
        a = self.corner[side][column, row]
        b = self.corner[side][(column + 1, row) if kind == "row" else (column, row + 1)]
        bow = self.bow[side][key]
        t = np.asarray(t, dtype=float)[:, None]
        across = np.array([-(b - a)[1], (b - a)[0]])
        return a + (b - a) * t + across * bow * 4 * t * (1 - t)

    def _coons(self, side, corner, p, q):
        """Return lattice coordinates (n, 2) inside a cell by blending its four border curves."""
        column, row = corner
        p, q = np.asarray(p, dtype=float), np.asarray(q, dtype=float)
        low, high = (self._curve(side, ("row", column, row + k), p) for k in (0, 1))
        left, right = (self._curve(side, ("column", column + k, row), q) for k in (0, 1))
        c = self.corner[side]
        p, q = p[:, None], q[:, None]
        corners = (
            c[column, row] * (1 - p) * (1 - q)
            + c[column + 1, row] * p * (1 - q)
            + c[column, row + 1] * (1 - p) * q
            + c[column + 1, row + 1] * p * q
        )
        return low * (1 - q) + high * q + left * (1 - p) + right * p - corners

    # -- one bank -------------------------------------------------------------------------------------------

    def _bank(self, side):
        rng, gap = self.rng, self.style.artery_gap
        if side == SIDES[0]:
            self.corner, self.bow, self.cuts = {}, {}, {}
        corner, bow = {}, {}
        for column, s in enumerate(self.columns):
            for row, d in enumerate(self.rows[side]):
                wobble = rng.normal(0, gap * 0.09, 2).clip(-gap * 0.2, gap * 0.2)
                if row == 0:  # the road along the water keeps its distance, bridges stay straight
                    wobble = np.array([0.0, 0.0])
                corner[column, row] = np.array([s + wobble[0], side * (d + wobble[1])])
        self.corner[side] = corner
        cells = []
        for column in range(len(self.columns) - 1):
            for row in range(len(self.rows[side]) - 1):
                middle = np.mean(
                    [corner[column + i, row + k] for i in (0, 1) for k in (0, 1)],
                    axis=0,
                )
                out = self._edge_of_town(self._world(middle))
                if out < 1.0:
                    cells.append((column, row, out))
        keys = {}
        for column, row, _ in cells:
            for key in (
                ("row", column, row),
                ("row", column, row + 1),
                ("column", column, row),
                ("column", column + 1, row),
            ):
                keys.setdefault(key, None)
        self.bow[side] = bow
        for key in keys:
            flat = key[0] == "row" and key[2] == 0
            bow[key] = 0.0 if flat else float(np.clip(rng.normal(0, 0.035), -0.08, 0.08))
        cuts = {key: [] for key in keys}
        for column, row, out in cells:
            self._cell(side, column, row, out, cuts)
        self._arteries(side, cuts)

    def _cell(self, side, column, row, out, cuts):
        """Fill one cell with its small grid and note where it meets the arteries around it."""
        rng, style = self.rng, self.style
        c = self.corner[side]
        size = style.block_centre + (style.block_edge - style.block_centre) * min(1, out)
        counts = []
        for far in ((column + 1, row), (column, row + 1)):
            length = np.hypot(*(c[far] - c[column, row]))
            counts.append(int(np.clip(round(length / size * rng.uniform(0.85, 1.15)), 1, 7)))
        steps = []
        for count in counts:
            widths = rng.uniform(0.7, 1.3, count)
            steps.append(np.concatenate([[0], np.cumsum(widths)[:-1] / widths.sum(), [1]]))
        p, q = steps
        drop = style.drop_centre + (style.drop_edge - style.drop_centre) * min(1, out) ** 1.5
        if rng.random() < style.open_cells * min(1, 0.2 + out):
            drop = OPEN_DROP
        cell = Cell(column, row, p, q, self._cell_nodes(side, (column, row), p, q))
        bars = [("q", k) for k in range(1, len(q) - 1)] + [("p", i) for i in range(1, len(p) - 1)]
        for axis, index in bars:
            span = len(p) if axis == "q" else len(q)
            chain = [(i, index) if axis == "q" else (index, i) for i in range(span)]
            keep = rng.random(span - 1) >= drop
            if rng.random() < drop * 0.35:  # whole lines are missing too, not only pieces
                keep[:] = False
            self._street(chain, keep, cell, cuts)
        if min(counts) > 1 and rng.random() < style.diagonals:
            length = min(len(p), len(q))
            flip = rng.random() < 0.5
            start = int(rng.integers(0, 2))
            chain = [(len(p) - 1 - i if flip else i, i) for i in range(start, length)]
            self._street(chain, np.ones(len(chain) - 1, bool), cell, cuts)

    def _cell_nodes(self, side, corner, p, q):
        grid_p, grid_q = np.meshgrid(p, q, indexing="ij")
        flat = self._coons(side, corner, grid_p.ravel(), grid_q.ravel()).reshape(len(p), len(q), 2)
        shake = self.rng.normal(0, 0.07, flat.shape).clip(-0.15, 0.15)
        inner = (slice(1, -1), slice(1, -1))
        size = self.style.artery_gap / max(len(p), len(q))
        flat[inner] += shake[inner] * size
        return flat

    def _street(self, chain, keep, cell, cuts):
        """Add one small street as the runs that were kept, each with bends between its corners."""
        rng = self.rng
        name = next(self.names["street"])
        oneway = rng.random() < self.style.oneway
        if rng.random() < 0.5:
            chain, keep = chain[::-1], keep[::-1]
        run = []
        for i, here in enumerate(chain):
            run.append(here)
            if i < len(keep) and keep[i]:
                continue
            if len(run) > 1:
                self._run(run, cell.node, name, oneway)
                for at in (run[0], run[-1]):
                    self._note_cut(at, cell, cuts)
            run = []

    @staticmethod
    def _note_cut(at, cell, cuts):
        """Remember that an artery gets a vertex where a small street ends on it."""
        i, k = at
        last_i, last_k = len(cell.p) - 1, len(cell.q) - 1
        if 0 < i < last_i and k in (0, last_k):
            cuts["row", cell.column, cell.row + (1 if k else 0)].append(cell.p[i])
        if 0 < k < last_k and i in (0, last_i):
            cuts["column", cell.column + (1 if i else 0), cell.row].append(cell.q[k])

    def _run(self, run, node, name, oneway):
        corners = np.array([node[i, k] for i, k in run])
        points = [corners[0]]
        for a, b in pairwise(corners):
            length = np.hypot(*(b - a))
            for share in (0.5,) if length < 260 else (0.35, 0.68):
                across = np.array([-(b - a)[1], (b - a)[0]])
                points.append(a + (b - a) * share + across * self.rng.normal(0, 0.03))
            points.append(b)
        self.strands.append(
            Strand(self._world(np.array(points)), "residential", name=name, oneway=oneway, role="street")
        )

    def _arteries(self, side, cuts):
        """Join the artery pieces of one line to long strands with one name."""
        for kind in ("row", "column"):
            lines = {}
            for key in cuts:
                if key[0] == kind:
                    lines.setdefault(key[2] if kind == "row" else key[1], []).append(key)
            for index, keys in sorted(lines.items()):
                keys.sort()
                highway = self._class_of_row(index) if kind == "row" else self._class_of_column(index)
                name = next(self.names["road"])
                for key in keys:
                    marks = np.unique(np.concatenate([[0, 1], cuts[key], np.linspace(0, 1, 5)[1:-1]]))
                    self.strands.append(
                        Strand(self._world(self._curve(side, key, marks)), highway, name=name, role="artery")
                    )

    def _bridges(self):
        for column in self.bridging:
            ends = [self.corner[side].get((column, 0)) for side in SIDES]
            points = self._world(np.array(ends))
            self.strands.append(
                Strand(points, self._class_of_column(column), name=next(self.names["road"]), role="bridge")
            )


def namer(prefix):
    """Yield invented names that cannot be mistaken for real ones: a word for 'example' and a number."""
    number = 0
    while True:
        number += 1
        yield f"{prefix} {number:03d}"
