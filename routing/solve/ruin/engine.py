"""The engine: a problem's plan from nothing to as good as the time allows, on one core or several."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from routing.solve.ruin.chain import LONGEST_STRING, MEAN_STRING, Chain, Orders, Tuning
from routing.solve.ruin.day import DEAR, FAR, Day
from routing.solve.ruin.making import Compiled
from routing.solve.ruin.parts import parts_of, share_sites
from routing.solve.ruin.pieces import How, pieces, searched

Told = Callable[[float, float], object]
"""Called with the share of the time that is used and the best plan's cost; an answer that is true ends the search."""

HOT, WIDE, COLD = 1.0, 0.3, 0.01
"""Temperature at the start: what a stop costs in the mean of the first plan, or so much of the mean way between two
stops if that is more; and the share of it that is left at the end."""

CHOOSY, COOLER = 0.2, 1 / 3
"""Share of stops left out of the first plan from which on the day is one of choosing, and the share of the temperature
that is best there: which routes pay is lost in the heat."""

ROUND = 0.4
"""Seconds between looks at the clock."""

FIRST_ROUND = 200
"""Iterations of the first round, which tells how fast the search is."""

ROUND_ITERATIONS = 10_000
"""Iterations between exchanges when the search is bounded by iterations."""

FEWER_SHARE = 0.05
"""Share of the time that may go into finding a plan of fewer routes."""

TIGHT, LOOSE = 0.02, 5.0
"""Share of changes without a place for a required stop from which on stops may be left out for a while, and for how
much at first, in what a stop costs in the mean."""

LARGE, PIECE, PIECE_PACE = 1_400, 700, 2_500
"""Stops from which on the day is searched in pieces, most stops of a piece, and stops for each second of a round."""

TAILS, MANY_IN_A_ROW = 0.1, 20
"""Share of changes in which routes exchange their tails, and stops of a route above which it helps without hours."""

SMALL, EXCHANGES = 120, 8
"""Stops up to which cores search the whole day each instead of a part each, and how often all go on from the plan of
the one that stands best."""


@dataclass
class Budget:
    """How long to search: seconds, or iterations of each core, so that the same seed gives the same plan."""

    seconds: float
    iterations: int | None = None
    began: float = field(default_factory=time.monotonic)
    done: int = 0

    def left(self) -> float:
        """Seconds that are left of it."""
        return self.seconds - (time.monotonic() - self.began)

    def share(self) -> float:
        """How much of it is used."""
        if self.iterations is not None:
            return min(1.0, self.done / self.iterations) if self.iterations else 1.0
        return min(1.0, (time.monotonic() - self.began) / max(self.seconds, 1e-9))


def search(
    compiled: Compiled,
    seconds: float,
    seed: int = 1,
    cores: int = 1,
    tell: Told | None = None,
    start: Orders | None = None,
    iterations: int | None = None,
    tuning: Tuning | None = None,
    executor: Executor | None = None,
    began: float | None = None,
    notes: list[str] | None = None,
    found: Callable[[Orders], object] | None = None,
) -> Orders:
    """Return the best orders found; all keep every rule, as the compiled walk sees it.

    The ``seconds`` run from ``began`` on the process's clock, by default from now. Large days are searched in pieces by
    ``executor``, such as a pool of processes or a cluster; by default by threads of this process, whose loops run
    beside each other, and also from when the executor breaks on, which ``notes`` are then told. ``found`` is called
    with the best orders so far whenever they are better ones.
    """
    budget = Budget(seconds, iterations, time.monotonic() if began is None else began)
    run = _Run(compiled, budget, seed, cores, tell, tuning or Tuning(), executor, found)
    best = run.search(start or [])
    if notes is not None:
        notes += run.notes
    return best


class _Run:
    def __init__(
        self,
        compiled: Compiled,
        budget: Budget,
        seed: int,
        cores: int,
        tell: Told | None,
        tuning: Tuning,
        executor: Executor | None = None,
        found: Callable[[Orders], object] | None = None,
    ) -> None:
        self.compiled, self.day = compiled, compiled.day
        self.executor, self.found = executor, found
        self.budget, self.seed, self.cores = budget, seed, cores
        self.tell, self.tuning = tell, tuning
        self.notes: list[str] = []
        self.told, self.stopped = time.monotonic(), False
        self.best: Orders = []
        self.best_cost = np.inf
        self.round = 0
        self.speed = 0.0
        self.hot = self.cold = self.unit = 1.0
        self.capped = False
        self.must = DEAR
        self.lines: list[Orders] = []
        self.exchanges = 0

    def search(self, start: Orders) -> Orders:
        began, seconds = self.budget.began, self.budget.seconds
        if self.budget.iterations is None:
            chain = first_plan(self.day, start, self.seed, began + SKETCH_SHARE * seconds, ended=self._ended)
        else:
            most = min(SKETCH, self.budget.iterations)
            chain = first_plan(self.day, start, self.seed, most=most, ended=self._ended)
        self._keep(chain.orders(), chain.cost())
        if self.budget.share() >= 1.0 or not len(self.day.i) or self.stopped:
            return self.best
        self._temperatures(chain)
        self._sizes(chain)
        start = self._fewer_routes(chain.orders())
        with ThreadPoolExecutor(max(1, self.cores)) as pool:
            current = start
            while (share := self.budget.share()) < 1.0:
                if self.stopped or (self.tell is not None and self.tell(share, self.best_cost)):
                    break
                self.round += 1
                current = self._round(current, pool)
        return topped_up(self.day, self.best, self.seed).orders()

    def _ended(self) -> bool:
        """Tell how far it is, now and then, while a plan is made of nothing; true when the search is to end."""
        now = time.monotonic()
        if self.tell is not None and not self.stopped and now > self.told + ROUND:
            self.told = now
            self.stopped = bool(self.tell(self.budget.share(), self.best_cost))
        return self.stopped

    def _temperatures(self, chain: Chain) -> None:
        """From what a served stop costs: warm enough to leave any plan, cold enough to settle."""
        served = len(self.day.i) - len(chain.left_out())
        cost = float(chain.state.slots["cost"][chain.state.slot].sum())
        unit = cost / max(1, served)
        if not served:
            prizes = self.day.i["prize"][self.day.i["prize"] < DEAR]
            unit = float(prizes.mean()) if len(prizes) else 1.0
        ways = self.day.way[0, : len(self.day.s) : 1 + len(self.day.s) // 500, : len(self.day.s)]
        wide = float(ways[ways < FAR].mean()) * float(self.day.c["metre"].mean())
        self.unit = max(unit, 1e-6)
        self.hot = max(HOT * self.unit, WIDE * wide)
        if (self.day.i["prize"][chain.left_out()] < DEAR).sum() > CHOOSY * len(self.day.i):
            self.hot *= COOLER
        self.cold = COLD * self.hot

    def _sizes(self, chain: Chain) -> None:
        """Longer routes are ruined by longer strings, and more stops at once; and routes may change by their tails.

        The former not where deliveries come first: there are two halves to each route. The latter where there is
        something to gain: vehicles that are alike, no visits in between, and hours or many stops in a row.
        """
        orders, rule = chain.orders(), self.day.record
        mean = sum(len(nodes) for _, nodes in orders) / max(1, len(orders))
        longest = min(2 * LONGEST_STRING, max(LONGEST_STRING, 0.4 * mean))
        if self.tuning.longest == LONGEST_STRING < longest and not rule["turned"]:
            self.tuning = replace(self.tuning, longest=longest, mean=MEAN_STRING + 0.5 * (longest - LONGEST_STRING))
        tied = rule["sites"] or rule["paired"] or rule["together"] or rule["balance"] > 0
        if self.tuning.tails is None:
            gains = len(self.day.c) == 1 and not tied and (rule["clocked"] or mean > MANY_IN_A_ROW)
            self.tuning = replace(self.tuning, tails=TAILS if gains else 0.0)

    def _fewer_routes(self, orders: Orders) -> Orders:
        """Return a plan of fewer routes where that is the better place to start, and hold no more ready than it has.

        Few vehicles full to the brim are hard to come to by changes that each must pay. So where loads would fit on
        fewer vehicles, that is tried for a while, and both plans are annealed shortly to see which is better.
        """
        day, rule = self.day, self.day.record
        if (not rule["plain"] and not rule["turned"]) or len(day.c) > 1 or rule["sites"] or not orders:
            return orders
        need = np.maximum(day.goods[:, 0].sum(axis=0), day.goods[:, 1].sum(axis=0))
        least = int(np.ceil(need / np.maximum(1, day.c_room[0])).max(initial=1))
        fewest = orders
        until = self.budget.share() + FEWER_SHARE
        while len(fewest) > least and self.budget.share() < until:
            shorter = sorted(fewest, key=lambda route: len(route[1]))[1:]
            chain = Chain.of(day, shorter, self.seed, [0], longest=max(len(nodes) for _, nodes in fewest) * 2)
            while chain.left_out() and self.budget.share() < until:
                chain.anneal(2_000, self.hot / 3, self.hot / 3, self.tuning, True)
                self.budget.done += 2_000
            if chain.left_out():
                break
            fewest = chain.orders()
        if len(fewest) == len(orders):
            return orders
        trials = []
        for plan, spare in ((orders, spare_routes(day, orders)), (fewest, [0])):
            chain = Chain.of(day, plan, self.seed, spare)
            many = 20 * len(day.i) + 5_000
            trials.append((chain.anneal(many, self.hot / 3, self.cold, self.tuning), chain.best_orders()))
            self.budget.done += many
        for cost, plan in trials:
            self._keep(plan, cost)
        if trials[0][0] <= trials[1][0]:
            return orders
        self.capped = True
        return fewest

    def _heat(self, share: float) -> float:
        return float(self.hot * (self.cold / self.hot) ** share)

    def _round(self, current: Orders, pool: ThreadPoolExecutor) -> Orders:
        """Let every core anneal for a while, on parts of the day or on the whole of it, and join what they have."""
        if len(self.day.s) > LARGE and self._divisible(current):
            return self._round_in_pieces(current, self.executor or pool)
        share = self.budget.share()
        if self.budget.iterations is not None:
            many = min(ROUND_ITERATIONS, self.budget.iterations - self.budget.done)
            after = (self.budget.done + many) / self.budget.iterations
        else:
            length = min(ROUND, max(0.0, self.budget.left()))
            many = max(50, int(self.speed * length)) if self.speed else FIRST_ROUND
            after = min(1.0, share + length / max(self.budget.seconds, 1e-9))
        hot, cold = self._heat(share), self._heat(after)
        seeds = [self.seed * 1_000_003 + self.round * 101 + k for k in range(self.cores)]
        parts = parts_of(self.day, current, self.cores, seeds[0]) if self.cores > 1 and self._divisible(current) else []
        began = time.monotonic()
        if parts:
            chains = [
                Chain.of(
                    self.day,
                    part.orders,
                    s,
                    [0] * len(part.spare) if self.capped else part.spare,
                    part.items,
                    must=self.must,
                )
                for part, s in zip(parts, seeds, strict=True)
            ]
            if self.day.record["bounded"]:
                share_sites(self.day, chains)
        else:
            if int(share * EXCHANGES) != self.exchanges or not self.lines:
                self.lines, self.exchanges = [current] * self.cores, int(share * EXCHANGES)
            chains = [
                Chain.of(
                    self.day,
                    line,
                    s,
                    [0] * len(self.day.c) if self.capped else spare_routes(self.day, line),
                    must=self.must,
                )
                for line, s in zip(self.lines, seeds, strict=True)
            ]
        costs = list(pool.map(lambda chain: chain.anneal(many, hot, cold, self.tuning), chains))
        spent = time.monotonic() - began
        self.budget.done += many
        self._loosen(
            [float(chain.state.record["must"]) for chain in chains],
            any(int(chain.state.told[3]) > TIGHT * many for chain in chains),
        )
        self._reckon(many / max(spent, 1e-4))
        if parts:
            self._keep([route for chain in chains for route in chain.best_orders()], sum(costs))
            return [route for chain in chains for route in chain.orders()]
        winner = min(range(len(chains)), key=costs.__getitem__)
        self._keep(chains[winner].best_orders(), costs[winner])
        self.lines = [chain.orders() for chain in chains]
        return self.lines[min(range(len(chains)), key=lambda k: float(chains[k].state.record["cost"]))]

    def _round_in_pieces(self, current: Orders, executor: Executor) -> Orders:
        """As `_round`, with so many pieces that each is small, one after the other on every core."""
        share, n = self.budget.share(), len(self.day.s)
        turns = -(-n // (PIECE * self.cores))
        count = min(turns * self.cores, max(1, len(current) // 2))
        length = max(ROUND, n / PIECE_PACE)
        if self.budget.iterations is not None:
            many = min(ROUND_ITERATIONS, -(-(self.budget.iterations - self.budget.done) // turns))
            after = min(1.0, (self.budget.done + many * turns) / self.budget.iterations)
        else:
            length = min(length, max(0.0, self.budget.left()))
            many = max(50, int(self.speed * length / turns)) if self.speed else FIRST_ROUND
            after = min(1.0, share + length / max(self.budget.seconds, 1e-9))
        seed = self.seed * 1_000_003 + self.round * 1_009
        parts = parts_of(self.day, current, count, seed)
        if self.capped:
            parts = [replace(part, spare=[0] * len(part.spare)) for part in parts]
        how = How(many, self._heat(share), self._heat(after), self.tuning, self.must)
        began = time.monotonic()
        try:
            found = list(executor.map(searched, pieces(self.compiled, parts, range(seed, seed + count), how)))
        except BrokenExecutor as error:
            self.notes.append(f"the executor broke, threads of this process went on: {error}")
            self.executor = None
            return current
        spent = time.monotonic() - began
        self.budget.done += many * turns
        self._reckon(many * turns / max(spent, 1e-4))
        self._loosen([piece.must for piece in found], any(piece.nowhere > TIGHT * many for piece in found))
        numbered = self.compiled.numbered
        best, cost = numbered([o for piece in found for o in piece.best_orders]), sum(piece.best for piece in found)
        if self.day.record["balance"] > 0:  # pieces know the mean of their own routes' hours alone
            cost = Chain.of(self.day, best, self.seed, spare_routes(self.day, best)).cost()
        self._keep(best, cost)
        return numbered([o for piece in found for o in piece.orders])

    def _reckon(self, speed: float) -> None:
        """Iterations a second that the next round will make."""
        self.speed = 0.5 * (self.speed + speed) if self.speed else speed

    def _loosen(self, prices: list[float], tight: bool) -> None:
        """Go through incomplete plans from now on when many changes fail for want of a place; carry their price on."""
        if self.must < DEAR:
            self.must = float(np.mean(prices))
        elif tight:
            self.must = LOOSE * self.unit

    def _divisible(self, current: Orders) -> bool:
        size = len(self.day.s)
        even = self.day.record["balance"] > 0
        return size > (LARGE if even else SMALL) and len(current) >= 2 * self.cores

    def _keep(self, orders: Orders, cost: float) -> None:
        if cost < self.best_cost:
            self.best, self.best_cost = [(c, list(nodes)) for c, nodes in orders], float(cost)
            if self.found is not None:
                self.found(self.best)


def spare_routes(day: Day, orders: Orders) -> list[int]:
    """How many unused routes of each class to hold ready: some, never more than there are vehicles."""
    used = [0] * len(day.c)
    for c, _ in orders:
        used[c] += 1
    return [min(int(count) - u, 2 + int(0.25 * u)) for count, u in zip(day.c["count"], used, strict=True)]


SKETCH, SKETCH_STEP, SKETCH_SHARE = 3_000, 100, 0.05
"""Iterations in which a first plan of everything, whatever it costs, shows if it beats one of what pays at once; of how
many the clock is looked at; share of the time after which they end."""


def first_plan(
    day: Day,
    start: Orders,
    seed: int,
    until: float | None = None,
    most: int = SKETCH,
    ended: Callable[[], bool] | None = None,
) -> Chain:
    """Return a chain with items put in one after the other, each where it adds least.

    Stops that are worth a vehicle only together are in none of those plans that put in what pays at once. So everything
    is put in as well, the search leaves out again what does not pay, and the better of the two plans is taken. That
    ends at the second ``until`` of the process's clock, or after ``most`` iterations; all of it ends with what there is
    when ``ended`` says so, which is asked often.
    """
    plain = _filled(day, start, seed, 0.0, ended)
    optional = [i for i in plain.left_out() if day.i["prize"][i] < DEAR]
    if not optional or not most or (ended is not None and ended()):
        return plain
    unit = float(day.i["prize"][optional].mean())
    best, cost = plain.orders(), plain.cost()
    for chain in (plain, _filled(day, start, seed, DEAR / 1e3, ended)):
        hot, done = unit / 10, 0
        while done < most and (until is None or not done or time.monotonic() < until):
            step = most if until is None else SKETCH_STEP
            cold = unit / 10 * 0.01 ** ((done + step) / most)
            now = chain.anneal(step, max(1e-6, hot), max(1e-6, cold), Tuning())
            if now < cost:
                best, cost = chain.best_orders(), now
            hot, done = cold, done + step
        if ended is not None and ended():
            break
    return topped_up(day, best, seed, ended)


def topped_up(day: Day, orders: Orders, seed: int, ended: Callable[[], bool] | None = None) -> Chain:
    """Return a chain of these orders without routes that cost more than they save, with all put in that pays."""
    chain = Chain.of(day, orders, seed, spare_routes(day, orders))
    s, n = chain.state, len(day.s)
    worth = []
    for k in s.slot[s.slots["length"][s.slot] > 0].tolist():
        nodes = s.place["node"][k, 1 : s.slots["length"][k] + 1]
        saved = day.i["prize"][np.unique(day.s["item"][nodes[nodes < n]])].sum()
        if s.slots["cost"][k] < saved or not len(nodes[nodes < n]):
            worth.append((int(s.slots["kind"][k]), nodes.tolist()))
    if len(worth) < len(orders):
        chain = Chain.of(day, worth, seed, spare_routes(day, worth))
    left = -1
    while chain.left_out() and left != (left := len(chain.left_out())):
        chain.fill(0.0, ended, exact=True)
    return chain


def _filled(day: Day, start: Orders, seed: int, extra: float, ended: Callable[[], bool] | None) -> Chain:
    used = [0] * len(day.c)
    for c, _ in start:
        used[c] += 1
    longest = 40
    spare = [min(int(count) - u, len(day.i)) for count, u in zip(day.c["count"], used, strict=True)]
    if sum(spare) > 400:
        spare = [min(more, max(8, 400 // len(day.c))) for more in spare]
    chain = Chain.of(day, start, seed, spare, longest=longest)
    while True:
        before = len(chain.left_out())
        chain.fill(extra, ended)
        left = len(chain.left_out())
        if not left or not chain.cramped() or left == before or (ended is not None and ended()):
            return chain
        longest *= 2
        orders = chain.orders()
        used = [sum(c == k for c, _ in orders) for k in range(len(day.c))]
        spare = [min(int(count) - u, u + 50) for count, u in zip(day.c["count"], used, strict=True)]
        chain = Chain.of(day, orders, seed, spare, longest=longest)
