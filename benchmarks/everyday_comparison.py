"""One made-up day: our plan, the peers' plans, what each rule costs, and the judge's word on every plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.days import everyday_day
from benchmarks.days.rules import without
from benchmarks.everyday_table import OURS, REFERENCE, RELAXED, Row
from benchmarks.searching import Engines, Search, judged
from routing.check import check
from routing.plan import Plan
from routing.problem import Problem
from routing.schedule import orders_of, plan_of
from routing.solve import LEFT_OUT

MODULES = {"ortools": "benchmarks.peers.everyday_ortools"}
PEERS = (*MODULES, RELAXED)
OUR_MODULE = "benchmarks.everyday_ours"


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line; see ``python -m benchmarks.everyday --help``."""

    against: Sequence[str]
    rules: Sequence[str]
    reference_seconds: float | None
    search: Search


class Comparison(Engines):
    """All plans of one day."""

    def __init__(self, stops: int, number: int, options: Options, folder: Path, say: Callable[[str], None]) -> None:
        super().__init__(f"everyday-{stops}-{number}", options.search, folder, say)
        self.stops, self.number, self.options = stops, number, options
        self.problem = everyday_day(stops, number)

    def run(self) -> list[Row]:
        """Let everybody search."""
        options = self.options
        row, ours = self._asked(OURS, OUR_MODULE, self.problem)
        rows, plans = [row], {OURS: ours}
        for peer in options.against:
            if peer in MODULES:
                row, plans[peer] = self._asked(peer, MODULES[peer], self.problem)
                rows.append(_beside(row, rows[0], plans[peer], ours))
        if options.reference_seconds is not None:
            row, plans[REFERENCE] = self._asked(REFERENCE, OUR_MODULE, self.problem, seconds=options.reference_seconds)
            rows.append(row)
            rows = with_gaps(rows)
        if RELAXED in options.against:
            rows += [self._without(rule, rows[0], ours) for rule in options.rules]
        return rows

    def _without(self, rule: str, ours: Row, plan: Plan | None) -> Row:
        """Plan the day without a rule; the plan under the rule counts as well where it is sound there and cheaper."""
        problem = without(self.problem, rule)
        row, _ = self._asked(RELAXED, OUR_MODULE, problem, rule)
        same = None if plan is None else repriced(problem, plan)
        if same is not None and (row.cost is None or same.cost < row.cost):
            row = replace(row, cost=same.cost, valid=True, unserved=len(same.unserved), note="the plan under the rule")
        if row.cost and row.valid and ours.valid and ours.cost is not None:
            row = replace(row, price=ours.cost / row.cost - 1)
        return row

    def _asked(
        self, engine: str, module: str, problem: Problem, rule: str = "", seconds: float | None = None
    ) -> tuple[Row, Plan | None]:
        """Let a process search, and judge its plan; None when it breaks a rule other than serving what is required."""
        day = {"stops": self.stops, "day": self.number, "without": rule}
        answer, why = self.ask(f"{engine} {rule}".strip(), module, day, seconds=seconds)
        row = Row(self.day, self.stops, engine, rule, None, self.search.cores, self.search.seed)
        if answer is None:
            return replace(row, note=why), None
        plan = Plan.from_json(answer["plan"])
        broken, note = judged(problem, plan, answer["note"])
        row = replace(
            row,
            seconds=round(answer["seconds"], 3),
            cost=plan.cost,
            valid=not broken,
            unserved=len(plan.unserved),
            note=note,
        )
        return row, None if any(fault.rule != LEFT_OUT for fault in broken) else plan


def repriced(problem: Problem, plan: Plan) -> Plan | None:
    """Return the plan of the same orders on another day, where it keeps that day's rules."""
    known = {s.id for s in problem.stops} | {u.id for u in problem.unload_sites}
    orders = orders_of(plan)
    if any(name not in known for _, order in orders for _, name in order):
        return None
    again = plan_of(problem, orders)
    return None if check(problem, again) else again


def with_gaps(rows: Sequence[Row]) -> list[Row]:
    """Hold rows of the same day against the cheapest valid one of them."""
    best = min((row.cost for row in rows if row.valid and row.cost), default=None)
    return [
        replace(row, gap=row.cost / best - 1) if best and row.valid and row.cost is not None else row for row in rows
    ]


def _beside(row: Row, ours: Row, plan: Plan | None, our_plan: Plan | None) -> Row:
    if plan is None or our_plan is None or not row.cost or ours.cost is None:
        return row
    lost = {v.id for route in plan.routes for v in route.visits}.intersection(u.stop for u in our_plan.unserved)
    return replace(row, cheaper=1 - ours.cost / row.cost, lost=len(lost))
