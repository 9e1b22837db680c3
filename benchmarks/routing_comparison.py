"""One instance: every engine that was asked for, one after the other, and the judge's word on each plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.instances.finding import Source, load
from benchmarks.interpreters import interpreter_of
from benchmarks.routing_table import Row
from benchmarks.running import Outcome, run
from benchmarks.solutions import Tours, orders_of, read_tours, solution_text
from routing.check import check
from routing.errors import InputError
from routing.plan import Plan

OURS, KNOWN = "ours", "known"
MODULES = {
    "pyvrp": "benchmarks.peers.pyvrp",
    "ortools": "benchmarks.peers.routing_ortools",
    "vroom": "benchmarks.peers.vroom",
}
PEERS = (*MODULES, KNOWN)
HINTS = {"pyvrp": "pip install pyvrp", "ortools": "pip install ortools numpy", "vroom": "pip install pyvroom numpy"}
PATIENCE = 180.0
"""Seconds after which a process is ended that has not answered, besides three times those it may search."""


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line; see ``python -m benchmarks.routing --help``."""

    against: Sequence[str]
    pythons: Sequence[str]
    seconds: float
    cores: int
    seed: int
    solutions: Path | None


class Comparison:
    """All engines on one instance.

    Attributes
    ----------
    versions
        Of what the engines used.
    """

    def __init__(self, source: Source, options: Options, folder: Path, say: Callable[[str], None]) -> None:
        self.source, self.options, self.folder, self.say = source, options, folder, say
        self.instance = load(source.path, source.rounding)
        self.versions: dict[str, str] = {}

    def run(self) -> list[Row]:
        """Let every engine search."""
        return [self.ours(), *(self.known() if peer == KNOWN else self.peer(peer) for peer in self.options.against)]

    def ours(self) -> Row:
        """Let our engine search, and write its plan where it was asked for."""
        told = self._run(OURS, "benchmarks.routing_ours")
        if not told.rows:
            return self._row(OURS, None, None, told.ended or "no answer")
        answer = told.rows[0]
        plan = Plan.from_json(answer["plan"])
        if self.options.solutions is not None:
            folder = self.options.solutions / self.source.family
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{self.source.name}.sol").write_text(solution_text(self.instance, plan))
        return self._row(OURS, answer["seconds"], plan, answer["note"])

    def peer(self, peer: str) -> Row:
        """Let a peer search."""
        python = interpreter_of(peer, self.options.pythons)
        if python is None:
            why = f"{peer}: not found; install it with {HINTS[peer]} and name that interpreter by --peer-python"
            self.say(why)
            return self._row(peer, None, None, why)
        told = self._run(peer, MODULES[peer], python)
        if not told.rows:
            return self._row(peer, None, None, told.ended or "no answer")
        answer = told.rows[0]
        if answer["tours"] is None:
            return self._row(peer, answer["seconds"], None, answer["note"])
        return self._judged(peer, answer["seconds"], answer["tours"], answer["cost"], answer["note"])

    def known(self) -> Row:
        """Take the solution file beside the instance."""
        path = self.source.path.with_suffix(".sol")
        if not path.is_file():
            return self._row(KNOWN, None, None, f"{path.name} is not there")
        try:
            tours = read_tours(path)
        except InputError as error:
            return self._row(KNOWN, None, None, str(error))
        return self._judged(KNOWN, None, tours, self.source.best, f"read from {path.name}")

    def _run(self, engine: str, module: str, python: str | None = None) -> Outcome:
        options = self.options
        self.say(f"{self.source.family} {self.source.name}: {engine}")
        task = {
            "path": str(self.source.path),
            "rounding": self.source.rounding,
            "seconds": options.seconds,
            "seed": options.seed,
            "cores": options.cores,
            "repeat": 1,
        }
        more = {} if python is None else {"python": python}
        told = run(module, self.folder / engine, task, seconds=PATIENCE + 3 * options.seconds, **more)
        self.versions |= told.versions
        return told

    def _judged(self, engine: str, seconds: float | None, tours: Tours, says: int | None, note: str) -> Row:
        """Make a plan of tours; what its engine says that it costs must be so."""
        from routing.schedule import plan_of

        try:
            plan = plan_of(self.instance.problem, orders_of(self.instance, tours), engine, seconds or 0.0)
        except ValueError as error:  # InputError is one
            return self._row(engine, seconds, None, f"{note}; no plan: {error}")
        if says is not None and says != plan.cost:
            note = f"{note}; {says} by its own account"
        return self._row(engine, seconds, plan, note)

    def _row(self, engine: str, seconds: float | None, plan: Plan | None, note: str) -> Row:
        reached: dict[str, Any] = dict.fromkeys(("cost", "gap", "valid", "unserved"))
        notes = [note]
        if plan is not None:
            broken = check(self.instance.problem, plan)
            best = self.source.best
            gap = plan.cost / best - 1 if best and not broken else None
            reached = {"cost": plan.cost, "gap": gap, "valid": not broken, "unserved": len(plan.unserved)}
            notes += [self.instance.note, *map(str, broken[:3]), "..." if len(broken) > 3 else ""]
        return Row(
            family=self.source.family,
            instance=self.source.name,
            engine=engine,
            seconds=None if seconds is None else round(seconds, 3),
            cores=self.options.cores,
            seed=self.options.seed,
            best_known=self.source.best,
            note="; ".join(filter(None, notes)),
            **reached,
        )
