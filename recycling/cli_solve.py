"""`recycling solve`, `check` and `explain`: plan a day that is written down as JSON, without any record."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from recycling.errors import N_, BadRequestError, NotFoundError
from recycling.figures import remedy, why
from recycling.progress import bar

if TYPE_CHECKING:
    from routing.plan import Plan, Unserved
    from routing.problem import Problem

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("problem", type=FILE)
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(min=0.1), help="How long to search.")
@click.option("--cores", default=1, show_default=True, type=click.IntRange(1, 64), help="How many cores search.")
@click.option("--seed", default=1, show_default=True, help="Another seed searches another way.")
@click.option(
    "--executor",
    type=click.Choice(["threads", "processes", "dask"]),
    default="threads",
    show_default=True,
    help="What searches the pieces of a day of thousands of stops.",
)
@click.option("--cluster", default="", metavar="ADDRESS", help="A Dask scheduler's, such as tls://host:8786.")
@click.option("-o", "--out", type=FILE, help="Where the plan goes; its name is the problem's with .plan, if left out.")
def solve(problem: Path, seconds: float, cores: int, seed: int, executor: str, cluster: str, out: Path | None) -> None:
    """Plan the day in PROBLEM.json and write the plan.

    Ctrl-C ends the search and keeps the best plan so far. What every field of the file means is in docs/solving.md.
    With --executor dask the pieces of a large day are searched by --cores processes here, or by the workers of the
    cluster that --cluster names, as many at once as it has threads.

    \b
      recycling solve day.json --seconds 30 --cores 2 -o plan.json
      recycling solve week.json --seconds 600 --executor dask --cluster tls://planner:8786
      recycling check day.json plan.json
      recycling explain plan.json 'b:17'
    """
    from routing.solve import solve as plan_day
    from routing.solve.executors import workers

    if cluster and executor != "dask":
        raise click.UsageError("--cluster goes with --executor dask.")
    day = read_problem(problem)
    target = out or problem.with_suffix(".plan.json")
    stopped: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.append(number)

    guarded = executor == "threads"
    before = signal.signal(signal.SIGINT, stop)
    try:
        with workers(executor, cores, cluster) as hands, bar("planning", ticking=False) as update:

            def told(share: float, cost: int | None) -> bool:
                update(share, "" if cost is None else f"{cost / 100:,.2f} yuan")
                return bool(stopped)

            pool = None if guarded else hands.executor
            plan = plan_day(day, seconds, seed, told, hands.cores, executor=pool, guarded=guarded)
    finally:
        signal.signal(signal.SIGINT, before)
    write_plan(plan, target)
    for line in _summary(day, plan):
        click.echo(line)
    click.echo(f"written to {target}")


@click.command()
@click.argument("problem", type=FILE)
@click.argument("plan", type=FILE)
@click.pass_context
def check(ctx: click.Context, problem: Path, plan: Path) -> None:
    """Judge whether the plan in PLAN keeps every rule of the day in PROBLEM.

    Nothing is printed, and the status is 0, when it does; else a line for each rule that it breaks, and 1.

    \b
      recycling check day.json plan.json
    """
    from routing.check import check as judge

    broken = judge(read_problem(problem), read_plan(plan))
    for violation in broken:
        click.echo(str(violation))
    if broken:
        click.echo(f"{len(broken)} rules broken", err=True)
        ctx.exit(1)
    click.echo("keeps every rule", err=True)


@click.command()
@click.argument("problem", type=FILE, nargs=-1)
@click.argument("plan", type=FILE)
@click.argument("stop")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(min=0.5), help="How long to look.")
@click.option("--cores", default=1, show_default=True, type=click.IntRange(1, 64), help="How many cores look.")
def explain(problem: tuple[Path, ...], plan: Path, stop: str, seconds: float, cores: int) -> None:
    """Say who serves STOP in the plan PLAN and when, or why nobody does and what would help.

    With the day in PROBLEM as well, other plans are looked for: on a small day it is proven whether one serves the stop
    beside all that is served now, and what could be left out instead.

    \b
      recycling explain plan.json 'b:17'
      recycling explain day.json plan.json 'b:17'
    """
    if len(problem) > 1:
        raise click.UsageError("Give at most one PROBLEM, then PLAN and STOP.")
    found = read_plan(plan)
    for route in found.routes:
        for visit in route.visits:
            if visit.kind == "stop" and visit.id == stop:
                click.echo(
                    f"{stop}: {route.vehicle}, there {clock(visit.arrival)}, work {clock(visit.start)}"
                    f" to {clock(visit.end)}"
                )
                return
    left = next((u for u in found.unserved if u.stop == stop), None)
    if left is None:
        raise NotFoundError.one(
            "no-stop",
            N_("The plan knows no stop %(stop)s. Stops that one of a group stands for are in no plan."),
            stop=stop,
        )
    if not problem:
        _say_why(left, CERTAINTY["proven"] if left.proven else "")
        return
    from routing.solve.exact.asked import answer

    day = read_problem(problem[0])
    if stop not in {s.id for s in day.stops}:
        raise NotFoundError.one("no-stop", N_("The day knows no stop %(stop)s."), stop=stop)
    told = answer(day, found, stop, seconds, cores)
    _say_why(told.unserved, CERTAINTY[told.certainty])
    for note in told.notes:
        click.echo(f"  note: {note}")


CERTAINTY = {
    "proven": "Proven: no plan serves it as well without a change, or at a lower price.",
    "routes": "There is no place for it on the routes as they are.",
    "possible": "Another plan serves it beside all that is served now.",
}


def _say_why(left: Unserved, certainty: str) -> None:
    figures = ", ".join(f"{name} {value}" for name, value in left.values.items())
    click.echo(f"{left.stop}: left out, {left.reason}" + (f" ({figures})" if figures else ""))
    click.echo(f"  {' '.join(why(left.reason, left.values, left.stop))}")
    if certainty:
        click.echo(f"  {certainty}")
    for fix in left.fixes:
        click.echo(f"  {remedy(fix.change, fix.values)} ({fix.cost / 100:+,.2f} yuan)")


def _summary(problem: Problem, plan: Plan) -> list[str]:
    lines = [
        f"{len(problem.stops) - len(plan.unserved)} of {len(problem.stops)} stops, {len(plan.routes)} vehicles,"
        f" {sum(r.distance for r in plan.routes) / 1000:,.1f} km, {plan.cost / 100:,.2f} yuan ({plan.engine})"
    ]
    lines += [f"  {name:<12} {fen / 100:>14,.2f} yuan" for name, fen in plan.prices.items()]
    if plan.bound and plan.bound < plan.cost:
        above = plan.cost - plan.bound
        share = 100 * above / plan.bound
        lines.append(f"proven: it costs at most {above / 100:,.2f} yuan ({share:.1f} %) more than the best plan")
    lines += [f"left out: {u.stop} ({u.reason})" for u in plan.unserved[:20]]
    if len(plan.unserved) > 20:
        lines.append(f"left out: {len(plan.unserved) - 20} more")
    return lines + [f"note: {note}" for note in plan.notes]


def write_plan(plan: Plan, target: Path) -> None:
    """Write a plan, the whole of it or nothing."""
    draft = target.with_name(target.name + ".part")
    draft.write_text(plan.to_json(), encoding="utf-8")
    draft.replace(target)


def clock(second: int) -> str:
    """Return a second of the day as hours, minutes and seconds."""
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}:{second % 60:02d}"


def read_text(path: Path) -> str:
    """Return the text of a file."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequestError.one(
            "no-file",
            N_("%(file)s cannot be read: %(why)s. Give a file of UTF-8 text."),
            file=str(path),
            why=str(error),
        ) from error


def read_problem(path: Path) -> Problem:
    """Return the problem in a file, with the matrices that lie beside it."""
    from routing.files import problem_of

    return problem_of(read_text(path), path.parent)


def read_plan(path: Path) -> Plan:
    """Return the plan in a file."""
    from routing.plan import Plan

    return Plan.from_json(read_text(path))
