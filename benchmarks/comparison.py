"""One network: every engine that was asked for, and whether they agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import dimacs
from benchmarks.answers import Judge
from benchmarks.arcs import Arcs
from benchmarks.cases import Case, draw, then, write_cases
from benchmarks.interpreters import interpreter_of, not_found
from benchmarks.measuring import LONG
from benchmarks.networks import Source
from benchmarks.running import Outcome, run
from benchmarks.table import Row
from benchmarks.turns import TurnNetwork, forbid
from routing.errors import InputError

OURS = ("ours", "ours-turns")
CASES = {
    "ours": ("import", "prepare", "open", "customise", "closure", "matrix", "paths"),
    "ours-turns": ("prepare", "open", "customise", "closure", "matrix", "paths"),
    "scipy": ("prepare", "closure", "matrix"),
    "pandana": ("prepare", "closure", "matrix"),
    "osrm": ("prepare", "open", "customise", "closure", "matrix", "paths"),
    "pyroutingkit": ("prepare", "open", "customise", "closure", "matrix"),
    "pyrosm": ("import",),
}
"""Engines and what is asked of each."""


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line; see ``python -m benchmarks.roads --help``."""

    sizes: list[tuple[int, int]]
    against: Sequence[str]
    pythons: Sequence[str]
    cores: Sequence[int]
    seconds: float | None
    seed: int
    repeat: int
    turns: int | None


class Comparison:
    """All measurements on one network.

    Attributes
    ----------
    rows, versions
        What has come out so far.
    """

    def __init__(self, source: Source, options: Options, folder: Path, say: Callable[[str], None]) -> None:
        self.source, self.options, self.folder, self.say = source, options, folder, say
        self.rows: list[Row] = []
        self.versions: dict[str, str] = {}
        self.layer = source.layer
        self._nodes: int | None = None
        self._edges: int | None = None
        self._arcs_file = folder / "arcs.npz"
        self._stops: NDArray[np.int64] | None = None
        folder.mkdir()

    def run(self) -> list[Row]:
        """Measure everything.

        Raises
        ------
        InputError
            When the network's files cannot be used.
        """
        first = self.options.cores[0]
        if self.source.extract is not None:
            self._import(self.source.extract, first)
        if self.source.arcs is not None:
            dimacs.read(self.source.arcs).save(self._arcs_file)
            self._measured()
            self._forbidden.save(self.folder / "turns.npz")
        for cores in self.options.cores:
            for engine in OURS:
                self._prepare(engine, cores)
        write_cases(self.cases, self.folder / "cases.npz")
        peers = [peer for peer in self.options.against if "matrix" in CASES[peer]]
        for peer in sorted(peers, key=lambda peer: peer != "scipy"):
            if peer == "scipy":
                self._peer(peer, first)
        for cores in self.options.cores:
            for engine in OURS:
                self._answer(engine, cores)
        for cores in self.options.cores:
            for peer in peers:
                if peer != "scipy":
                    self._peer(peer, cores)
        self.rows = [replace(row, nodes=self._nodes, edges=self._edges) for row in self.rows]
        order = {name: i for i, name in enumerate(["import", *self._names("ours-turns", self.cases)])}
        self.rows.sort(key=lambda row: (order[row.case], row.cores, list(CASES).index(row.engine)))
        return self.rows

    # -- the network -------------------------------------------------------------------------------------------

    @cached_property
    def arcs(self) -> Arcs:
        """The network without restrictions."""
        return Arcs.load(self._arcs_file)

    @cached_property
    def cases(self) -> list[Case]:
        """What every engine is asked."""
        return draw(self.arcs, self.options.sizes, self.options.seed, self._stops)

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.arcs, self.cases, self._forbidden if "scipy" in self.options.against else None)

    @cached_property
    def _forbidden(self) -> TurnNetwork:
        junctions = self.options.turns
        if junctions is None:
            junctions = max(1, round(0.02 * self.arcs.nodes))
        return forbid(self.arcs, junctions, self.options.seed)

    def _measured(self) -> None:
        self._nodes, self._edges = self.arcs.nodes, len(self.arcs.tail)

    # -- engines -----------------------------------------------------------------------------------------------

    def _import(self, extract: Path, cores: int) -> None:
        extract.read_bytes()  # so that the file is in memory for whoever comes first
        task = {"source": str(extract.resolve())}
        told = self._fresh("ours", "benchmarks.importing", task, cores)
        self.layer = Path(told.rows[0]["layer"]) if told.rows else None
        if self.layer is None:
            raise InputError("refused", "%(file)s: the import %(why)s.", file=extract.name, why=told.ended)
        if "pyrosm" in self.options.against:
            python = interpreter_of("pyrosm", self.options.pythons)
            if python is None:
                self._absent("pyrosm", ["import"], cores, not_found("pyrosm"))
            else:
                self._fresh("pyrosm", "benchmarks.peers.pyrosm", task, cores, python)

    def _fresh(self, engine: str, module: str, task: dict[str, Any], cores: int, python: str | None = None) -> Outcome:
        """Run the same in several fresh processes and keep the best."""
        best = self._run(engine, module, task, cores, python)
        short = bool(best.rows) and best.rows[0]["seconds"] < LONG
        for _ in range(self.options.repeat - 1 if short else 0):
            other = self._run(engine, module, task, cores, python)
            if other.rows and other.rows[0]["seconds"] < best.rows[0]["seconds"]:
                best = other
        self._record(engine, cores, best, ["import"])
        return best

    def _prepare(self, engine: str, cores: int) -> None:
        told = self._ours(engine, "prepare", cores)
        if told.ended:
            raise InputError("refused", "%(network)s: %(why)s.", network=self.source.name, why=told.ended)
        folder = Path(told.rows[0]["folder"])
        stops = np.load(folder / "stops.npy")
        self._stops = stops if self._stops is None else np.intersect1d(self._stops, stops)
        if self.layer is not None:
            if engine == "ours":
                self._arcs_file = folder / "arcs.npz"
                self._measured()
            else:
                self._forbidden = TurnNetwork.load(folder / "arcs.npz")
        turns = len(self._forbidden.turns) + self._forbidden.longer if engine == "ours-turns" else 0
        self._record(engine, cores, told, ["prepare"], f"{turns} turns forbidden" if turns else "")

    def _answer(self, engine: str, cores: int) -> None:
        names = [name for name in self._names(engine, self.cases) if name not in ("import", "prepare")]
        self._record(engine, cores, self._ours(engine, "answer", cores), names)

    def _ours(self, engine: str, step: str, cores: int) -> Outcome:
        forbidden = self.layer is None and engine == "ours-turns"
        task = {
            "engine": engine,
            "step": step,
            "name": self.source.name,
            "network": str(self.folder / f"{engine}.network"),
            "layer": None if self.layer is None else str(self.layer.resolve()),
            "turns": str(self.folder / "turns.npz") if forbidden else None,
        }
        return self._run(engine, "benchmarks.ours", task, cores)

    def _peer(self, peer: str, cores: int) -> None:
        names = self._names(peer, self.cases)
        python = interpreter_of(peer, self.options.pythons)
        if python is None:
            self._absent(peer, names, cores, not_found(peer))
            return
        task = {}
        if peer == "osrm":
            from benchmarks.osm_writing import write_osm

            osm = self.folder / "network.osm.pbf"
            if not osm.exists():
                write_osm(self.arcs, osm)
            task["osm"] = str(osm)
        told = self._run(peer, f"benchmarks.peers.{peer}", task, cores, python)
        if peer == "scipy":
            self._judge.reference = {row["case"]: row["answers"] for row in told.rows if row.get("answers")}
        self._record(peer, cores, told, names)

    def _run(self, engine: str, module: str, task: dict[str, Any], cores: int, python: str | None = None) -> Outcome:
        folder = self.folder / f"{engine}-{sum(1 for _ in self.folder.iterdir())}"
        self.say(f"{self.source.name}: {engine} {task.get('step', 'import' if 'source' in task else '')}".rstrip())
        shared = {
            "cores": cores,
            "repeat": self.options.repeat,
            "arcs": str(self._arcs_file),
            "cases": str(self.folder / "cases.npz"),
        }
        more = {} if python is None else {"python": python}
        told = run(module, folder, {**shared, **task}, seconds=self.options.seconds, **more)
        for row in told.rows:
            row["folder"] = str(folder)
        self.versions |= told.versions
        return told

    # -- rows --------------------------------------------------------------------------------------------------

    def _names(self, engine: str, cases: Sequence[Case]) -> list[str]:
        """Name the cases that an engine is asked, in the order of the table."""
        named = [kind for kind in ("import", "prepare", "open") if kind in CASES[engine]]
        named = named if self.source.extract is not None else [name for name in named if name != "import"]
        for kind in ("matrix", "paths"):
            named += [case.name for case in cases if case.kind == kind and kind in CASES[engine]]
        named += ["customise"] if "customise" in CASES[engine] else []
        for case in cases:
            named += [case.name, then(case)] if case.kind == "closure" and "closure" in CASES[engine] else []
        return named

    def _absent(self, engine: str, names: Sequence[str], cores: int, why: str) -> None:
        if "not found" in why:
            self.say(why)
        for name in names:
            self._row(engine, cores, name, None, None, None, why)

    def _record(self, engine: str, cores: int, told: Outcome, names: Sequence[str], note: str = "") -> None:
        for row in told.rows:
            wrong, how = (None, "")
            if row.get("answers"):
                wrong, how = self._judge.judge(engine, row["case"], row["answers"])
            notes = "; ".join(filter(None, (row["note"], note, how)))
            self._row(engine, cores, row["case"], row["seconds"], row["peak_mb"], wrong, notes)
        done = {row["case"] for row in told.rows}
        self._absent(engine, [name for name in names if name not in done], cores, told.ended or "not measured")

    def _row(
        self,
        engine: str,
        cores: int,
        case: str,
        seconds: float | None,
        peak_mb: float | None,
        wrong: int | None,
        note: str,
    ) -> None:
        rounded = (
            None if seconds is None else float(f"{seconds:.4g}"),
            None if peak_mb is None else round(peak_mb, 1),
        )
        size = (self._nodes, self._edges)
        self.rows.append(Row(self.source.name, *size, case, engine, cores, rounded[0], None, rounded[1], wrong, note))
