"""A search for stations and centres together, or for a front, in a process of its own, which can be told to stop."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from recycling.sites.running import UnsoundError
from recycling.sites.tier_answers import answer_of, front_of
from recycling.sites.tier_asking import TierQuestion
from recycling.tier_aims import aim_of
from recycling.tiers import Sketch, Tiered, built
from routing.errors import InputError
from routing.memory import limit_memory
from routing.siting.apart import AT_WORK, Stop
from routing.siting.chain.answer import ChainAnswer
from routing.siting.chain.problem import Chain, ChainAim
from routing.siting.ways import Roads, engine


def search_tiers(
    teller: Connection,
    stop: Connection,
    drawn: Sketch,
    roads: Roads,
    asked: TierQuestion,
    reach_minutes: int,
    memory_mb: int,
) -> dict[str, Any] | None:
    """Return what is kept of the answer (`recycling.sites.tier_answers`), None where it was stopped before it had one.

    Says to ``teller`` when the roads are loaded, and then how far it is; anything that comes by ``stop`` ends it with
    the best so far.

    Raises
    ------
    InputError
        As `routing.siting.chain.optimise.optimise_chain`.
    UnsoundError
        Where the judge finds a fault.
    """
    limit_memory(memory_mb)
    ground = built(drawn, engine(roads), roads.profile)
    teller.send(AT_WORK)
    stopped = Stop(stop)
    try:
        return answered(drawn, ground, asked, reach_minutes, stopped, lambda share: teller.send(float(share)))
    except InputError as error:
        if error.code == "no-time" and stopped.now():
            return None
        raise


def answered(
    drawn: Sketch,
    ground: Tiered,
    asked: TierQuestion,
    reach_minutes: int,
    stopped: Callable[[], bool],
    told: Callable[[float], None],
) -> dict[str, Any]:
    """Search, have the answer judged, and return what is kept of it."""
    aim, seconds = aim_of(ground.chain, asked.limits(reach_minutes), ground.besides), float(asked.seconds)
    if asked.against is None:
        return answer_of(drawn, ground, _best(ground.chain, aim, seconds, stopped, told))
    from routing.siting.chain.front import front

    found = front(ground.chain, aim, asked.against, asked.points, seconds, stopped, told)
    for point in found.points:
        _judged(ground.chain, point.answer)
    return front_of(drawn, ground, found)


def _best(
    chain: Chain, aim: ChainAim, seconds: float, stopped: Callable[[], bool], told: Callable[[float], None]
) -> ChainAnswer:
    from routing.siting.chain.optimise import optimise_chain

    return _judged(chain, optimise_chain(chain, aim, seconds, stopped, told))


def _judged(chain: Chain, answer: ChainAnswer) -> ChainAnswer:
    from routing.siting.chain.check import check_chain

    faults = check_chain(chain, answer)
    if faults:
        raise UnsoundError(f"the answer breaks rules: {faults[0]} (and {len(faults) - 1} more)")
    return answer
