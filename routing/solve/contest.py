"""Engines are asked one after the other; what one of them does wrong becomes a note, and the best plan counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from routing.plan import Plan
from routing.problem import Problem
from routing.schedule import Orders
from routing.solve import LEAST, NAMED, BrokenPlanError, faults_of
from routing.solve.apart import EngineLostError, planned_apart
from routing.solve.finish import complete
from routing.solve.portfolio import INSERTION, MENDING, Engine, Search


def must_be_served(problem: Problem, plan: Plan) -> list[str]:
    """Return the required stops that a plan leaves out though another plan might serve them."""
    required = {s.id for s in problem.stops if s.required}
    return [u.stop for u in plan.unserved if u.stop in required and not u.proven]


class Contest:
    """Plans of engines for one day, all judged, and notes of what went wrong.

    With ``guarded`` each engine works in a process of its own. ``let_through`` raises what an engine caught that was
    none of its faults.
    """

    def __init__(self, problem: Problem, guarded: bool, let_through: Callable[[], None]) -> None:
        self.problem, self.guarded, self.let_through = problem, guarded, let_through
        self.plans: list[Plan] = []
        self.notes: list[str] = []

    def ask(self, engine: Engine, search: Search) -> Plan | None:
        """Return an engine's plan; None where it failed, and then what it had found until then competes."""
        found: list[Orders] = []

        def keep(orders: Orders) -> None:
            found[:] = [orders]

        plan = self._planned(engine, replace(search, found=keep))
        if plan is None and found:
            self._mend(engine.name, replace(search, start=found[-1], seconds=LEAST, progress=None))
        return plan

    def _mend(self, name: str, search: Search) -> None:
        orders = search.start
        if self._planned(MENDING, search) or self._judged(MENDING.name, lambda: plainly(self.problem, orders)):
            self.plans[-1] = replace(self.plans[-1], engine=name)
            self.notes.append(f"what {name} had found until then was kept")

    def best(self, search: Search) -> Plan:
        """Return the plan that leaves out the fewest required stops, then the cheapest; with all notes.

        Where no engine has one, it is the plan of plain insertion.

        Raises
        ------
        BrokenPlanError
            When that breaks a rule, too.
        """
        if not self.plans:
            if self.problem.stops and self.problem.vehicles:
                self.notes.append("no engine has planned the day: its stops were put in one after the other")
            search = replace(search, progress=None)
            if not self._planned(INSERTION, search):
                self._judged(INSERTION.name, lambda: plainly(self.problem, search.start))
        if not self.plans:
            raise BrokenPlanError("; ".join(self.notes))
        required = {s.id for s in self.problem.stops if s.required}
        plan = min(self.plans, key=lambda p: (sum(u.stop in required for u in p.unserved), p.cost))
        return replace(plan, notes=(*plan.notes, *self.notes))

    def _planned(self, engine: Engine, search: Search) -> Plan | None:
        if self.guarded:
            return self._judged(engine.name, lambda: planned_apart(engine, self.problem, search))
        return self._judged(engine.name, lambda: engine.plan(self.problem, search))

    def _judged(self, name: str, make: Callable[[], Plan]) -> Plan | None:
        """Return a plan that keeps the rules and competes; None, with a note, where there is none."""
        try:
            plan = make()
            broken = faults_of(self.problem, plan)
        except EngineLostError as error:
            why = f": {error}"
        except Exception as error:
            why = f": {type(error).__name__} {error}"
        else:
            why = f", its plan breaks rules: {'; '.join(map(str, broken[:NAMED]))}" if broken else ""
        self.let_through()
        if why:
            self.notes.append(f"{name} was dropped{why}")
            return None
        self.plans.append(plan)
        return plan


def plainly(problem: Problem, orders: Orders) -> Plan:
    """Return the plan of these orders as far as they keep the rules, made without any compiled loop."""
    return complete(problem, orders, loops=False)
