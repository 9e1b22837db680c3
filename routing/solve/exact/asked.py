"""What is asked about one stop that is left out: whether another plan serves it, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from routing.explain import why_not
from routing.fixes import cheapest_first
from routing.plan import Fix, Plan, Unserved
from routing.problem import Problem
from routing.schedule import Orders, plan_of, services_of
from routing.solve import faults_of
from routing.solve.exact import is_small, orders_of
from routing.solve.exact.apart import ProofFailedError, best_apart
from routing.solve.finish import drivable

Certainty = Literal["proven", "routes", "possible"]


@dataclass(frozen=True)
class Answer:
    """Why a stop is left out, and what would serve it.

    Attributes
    ----------
    unserved
        Reason, figures and fixes, as `routing.explain` finds them and as plans do that were looked for.
    certainty
        ``proven``: no plan serves it beside all that is served now. ``routes``: there is no place on the routes as they
        are. ``possible``: a plan is known that serves it as well, see the fix ``rearrange``.
    notes
        What the proof leaves out, or why there is none.
    """

    unserved: Unserved
    certainty: Certainty
    notes: tuple[str, ...] = ()


def answer(problem: Problem, plan: Plan, stop: str, seconds: float = 10.0, cores: int = 1) -> Answer:
    """Look for the answer for about so long; on a small day it is a proof, on a larger one a search.

    Raises
    ------
    LookupError
        When the plan does not leave the stop out.
    """
    if stop not in {u.stop for u in plan.unserved}:
        raise LookupError(f"the plan does not leave {stop} out")
    orders, services = orders_of(plan), services_of(problem)
    vehicles = {v.id: v for v in problem.vehicles}
    fleet = {name: [services[key] for key in order] for name, order in orders}
    left = next(s for s in problem.stops if s.id == stop)
    told = why_not(problem, vehicles, fleet, left)
    if told.proven:
        return Answer(told, "proven")
    asked = _Asked(problem, plan, stop, seconds / 2, cores)
    return asked.by_proof(told) if is_small(problem) else asked.by_search(told)


@dataclass(frozen=True)
class _Asked:
    problem: Problem
    plan: Plan
    stop: str
    seconds: float
    cores: int

    @property
    def mates(self) -> set[str]:
        """The stop, and the other one of its pair."""
        pairs = [{p.collect, p.drop} for p in self.problem.pairs]
        return {self.stop}.union(*(pair for pair in pairs if self.stop in pair))

    def by_proof(self, told: Unserved) -> Answer:
        """Ask CP-SAT for the best plan that serves it beside the others, then for the best that serves it at all."""
        served = {v.id for r in self.plan.routes for v in r.visits if v.kind == "stop"}
        try:
            beside = best_apart(self.problem, orders_of(self.plan), self.seconds, self.cores, served | self.mates)
        except ProofFailedError as error:
            return Answer(told, "routes", (f"nothing is proven: {error}",))
        fix = self._fix(beside.orders)
        if fix is not None and fix.change == "rearrange":
            return self._possible(told, fix, beside.done and not beside.relaxed)
        certainty: Certainty = "proven" if beside.impossible else "routes"
        notes = () if beside.impossible or beside.done else ("the time was too short for a proof",)
        try:
            instead = best_apart(self.problem, orders_of(self.plan), self.seconds, self.cores, self.mates)
        except ProofFailedError as error:
            return Answer(told, certainty, (*notes, f"what could be left out instead is not known: {error}"))
        return Answer(_with(told, self._fix(instead.orders)), certainty, notes)

    def by_search(self, told: Unserved) -> Answer:
        """Let our engine look for a plan that serves it, first beside the others."""
        from routing.solve.ruin import compiled, orders_by_ruin

        served = {v.id for r in self.plan.routes for v in r.visits if v.kind == "stop"}
        for must in (served | self.mates, self.mates):
            day = replace(
                self.problem, stops=tuple(replace(s, required=s.required or s.id in must) for s in self.problem.stops)
            )
            found = orders_by_ruin(compiled(day), self.seconds, 1, self.cores, None, orders_of(self.plan))
            fix = self._fix(drivable(self.problem, found))
            if fix is not None and fix.change == "rearrange":
                return self._possible(told, fix, False)
            if fix is not None:
                told = _with(told, fix)
        return Answer(told, "routes", ("the day is too large for a proof; other plans were searched for",))

    def _possible(self, told: Unserved, fix: Fix, best: bool) -> Answer:
        """A plan that serves it as well; when it is the ``best`` and still too dear, that is proven."""
        worth = next(s.prize for s in self.problem.stops if s.id == self.stop)
        if told.reason != "not-worth" or fix.cost < worth:
            return Answer(_with(told, fix), "possible")
        needed = Fix("prize", fix.cost, {"prize": fix.cost + 1})
        return Answer(_with(told, needed), "proven" if best else "routes")

    def _fix(self, orders: Orders | None) -> Fix | None:
        """What a plan of these orders changes, if it keeps the rules and serves the stop."""
        if orders is None:
            return None
        try:
            other = plan_of(self.problem, drivable(self.problem, orders))
        except LookupError:
            return None
        if self.stop in {u.stop for u in other.unserved} or faults_of(self.problem, other):
            return None
        out = {u.stop for u in other.unserved} - {u.stop for u in self.plan.unserved}
        back = next(s.prize for s in self.problem.stops if s.id == self.stop)
        cost = other.cost - self.plan.cost + back
        if not out:
            return Fix("rearrange", cost)
        return Fix("instead", cost, {"at": ", ".join(sorted(out))})


def _with(told: Unserved, fix: Fix | None) -> Unserved:
    return told if fix is None else replace(told, fixes=cheapest_first([*told.fixes, fix]))
