"""What sites and rounds decided together say: a table of all answers that were driven, how it ended, and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from recycling.siting import FEN, Ground

if TYPE_CHECKING:
    from routing.siting.located.search import Located, Routed

NAMED = 3
"""Sites by which a line of the table says how an answer differs from the best."""

OVER = 1.1
"""From which share of its room on a site counts as too small: rounds fill sites by the load."""


def report(ground: Ground, found: Located, days: int) -> Iterator[str]:
    """Give the best answer's sites, all answers by what they cost with rounds, the turns, and how sure that is."""
    names = {place.id: place.name_en for place in ground.places}
    best = found.best
    for code, size in sorted(best.answer.opened.items()):
        yield f"{code}  {names[code]}{f' ({size})' if size else ''}: {100 * best.taken[code]:.0f} % of the goods"
    yield ""
    yield f"yuan a year, by what it costs with rounds on {days} sampled days:"
    yield f"{'':4}{'with rounds':>13}{'model':>13}{'difference':>13}{'corrected':>13}{'turn':>6}{'left out':>10}  sites"
    for number, one in enumerate(found.answers, 1):
        yield (
            f"{number:>3} {_yuan(one.routed):>13}{_yuan(one.estimate):>13}{_yuan(one.routed - one.estimate):>13}"
            f"{_yuan(one.corrected):>13}{one.turn:>6}{one.left_out:>10}  {_instead(one, best)}"
        )
    yield (
        "the model counts a truck's way to a site and back; rounds count also calls, ways between them and from and to "
        "the depot, and trucks by the day"
    )
    yield ""
    for turn in found.turns:
        floor = "" if math.isnan(turn.floor) else f", no other was estimated below {_yuan(turn.floor)}"
        yield (
            f"turn {turn.number}: {turn.added} answers driven, the best {_yuan(turn.best)}; a yuan of the model's ways "
            f"is {turn.slope:.2f} in routes, estimates err by {_yuan(turn.error)}{floor}"
        )
    yield _ended(found)
    yield _changed(found)
    yield from _too_full(ground, best)


def document(ground: Ground, found: Located) -> dict[str, Any]:
    """Return all of it as JSON takes it; money in yuan a year."""
    places = {p.id: {"name": p.name, "name_en": p.name_en, "lon": p.lon, "lat": p.lat} for p in ground.places}
    return {
        "notice": dict(ground.notice) if ground.notice else None,
        "answers": [
            {
                "sites": dict(sorted(one.answer.opened.items())),
                "routed": _number(one.routed),
                "days": [_number(day) for day in one.days],
                "model": _number(one.estimate),
                "corrected": _number(one.corrected),
                "turn": one.turn,
                "left_out": one.left_out,
                "trucks": one.trucks,
                "km": round(one.km, 1),
                "taken": {site: round(share, 4) for site, share in sorted(one.taken.items())},
            }
            for one in found.answers
        ],
        "turns": [
            {
                "turn": turn.number,
                "added": turn.added,
                "best": _number(turn.best),
                "floor": _number(turn.floor),
                "noise": _number(turn.noise),
                "error": _number(turn.error),
                "slope": round(turn.slope, 4),
            }
            for turn in found.turns
        ],
        "ended": found.ended,
        "noise": _number(found.noise),
        "floor": _number(found.floor),
        "floor_error": _number(found.doubt),
        "model_first": dict(sorted(found.first.opened.items())),
        "changed_by_routing": found.changed,
        "places": places,
    }


def _instead(one: Routed, best: Routed) -> str:
    """Say by which sites an answer differs from the best."""
    if one is best:
        return f"the {len(one.answer.opened)} above"
    mine, other = set(one.answer.opened), set(best.answer.opened)
    return f"{_some(mine - other)} instead of {_some(other - mine)}"


def _some(codes: set[str]) -> str:
    if not codes:
        return "nothing"
    return ", ".join(sorted(codes)[:NAMED]) + (f" and {len(codes) - NAMED} more" if len(codes) > NAMED else "")


def _ended(found: Located) -> str:
    noise, floor = _yuan(found.noise), _yuan(found.floor)
    if found.ended == "every":
        return f"every choice of sites was driven; differences up to {noise} may be chance"
    if found.ended == "sure":
        return (
            f"no answer that was not driven is estimated below {floor}, with an error of "
            f"{_yuan(found.doubt)}: none could be better by more than the noise of the days ({noise})"
        )
    why = "the turns are over" if found.ended == "turns" else "somebody stopped it"
    if math.isfinite(found.floor):
        return (
            f"{why}: one that was not driven may cost {floor} by estimate, with an error of {_yuan(found.doubt)}; "
            f"differences up to {noise} may be chance"
        )
    return f"{why}; differences up to {noise} may be chance"


def _changed(found: Located) -> str:
    """Say whether rounds have led to other sites than the model alone, and what that saves."""
    first = next((one for one in found.answers if set(one.answer.opened) == set(found.first.opened)), None)
    if len(found.answers) == 1:
        return "only one answer was driven: whether rounds would change the choice is not known"
    if not found.changed:
        return "rounds confirm the model: its first answer is also the cheapest to drive"
    if first is None:
        return "rounds led to other sites than the model's first answer, which was not driven"
    saved = first.routed - found.best.routed
    sure = "more than the noise" if saved > found.noise else "within the noise: either choice is as good"
    return f"rounds changed the choice: the model's first answer costs {_yuan(saved)} more with its rounds, {sure}"


def _too_full(ground: Ground, best: Routed) -> Iterator[str]:
    """Name sites that get more by rounds than they can sort: trucks unload where it is best for them."""
    sizes = {(c.id, s.name): s for c in ground.problem.candidates for s in c.sizes}
    tonnes = sum(sum(point.tonnes) for point in ground.problem.points)
    for code, size in sorted(best.answer.opened.items()):
        room = sum(sizes[code, size].capacity) if sizes[code, size].capacity else math.inf
        if best.taken[code] * tonnes > OVER * room:
            yield (
                f"{code} would get {best.taken[code] * tonnes:,.0f} t a year by these rounds and can sort {room:,.0f} "
                "t: some trucks must unload elsewhere, or it must be larger"
            )


def _yuan(fen: float) -> str:
    return f"{fen / FEN:,.0f}" if math.isfinite(fen) else "-"


def _number(fen: float) -> float | None:
    return round(fen / FEN, 2) if math.isfinite(fen) else None
