"""One instance: every engine that was asked for, one after the other, and the judge's word on each plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.instances.finding import Source, load
from benchmarks.interpreters import interpreter_of
from benchmarks.routing_table import Row
from benchmarks.searching import Engines, Search, judged
from benchmarks.solutions import Tours, orders_of, read_tours, solution_text
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


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line; see ``python -m benchmarks.routing --help``."""

    against: Sequence[str]
    pythons: Sequence[str]
    solutions: Path | None
    search: Search


class Comparison(Engines):
    """All engines on one instance."""

    def __init__(self, source: Source, options: Options, folder: Path, say: Callable[[str], None]) -> None:
        super().__init__(f"{source.family} {source.name}", options.search, folder, say)
        self.source, self.options = source, options
        self.instance = load(source.path, source.rounding)
        self.known_by = {"path": str(source.path), "rounding": source.rounding}

    def run(self) -> list[Row]:
        """Let every engine search."""
        return [self.ours(), *(self.known() if peer == KNOWN else self.peer(peer) for peer in self.options.against)]

    def ours(self) -> Row:
        """Let our engine search, and write its plan where it was asked for."""
        answer, why = self.ask(OURS, "benchmarks.routing_ours", self.known_by)
        if answer is None:
            return self._row(OURS, None, None, why)
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
        answer, why = self.ask(peer, MODULES[peer], self.known_by, python)
        if answer is None:
            return self._row(peer, None, None, why)
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
        if plan is not None:
            broken, note = judged(self.instance.problem, plan, note, self.instance.note)
            best = self.source.best
            gap = plan.cost / best - 1 if best and not broken else None
            reached = {"cost": plan.cost, "gap": gap, "valid": not broken, "unserved": len(plan.unserved)}
        return Row(
            family=self.source.family,
            instance=self.source.name,
            engine=engine,
            seconds=None if seconds is None else round(seconds, 3),
            cores=self.search.cores,
            seed=self.search.seed,
            best_known=self.source.best,
            note=note,
            **reached,
        )
