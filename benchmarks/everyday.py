"""``python -m benchmarks.everyday``: made-up days under every rule: our plans, OR-Tools', and what each rule costs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchmarks import words
from benchmarks.days import FEWEST
from benchmarks.days.rules import WITHOUT
from benchmarks.everyday_comparison import PEERS, Comparison, Options
from benchmarks.everyday_table import REPORT
from benchmarks.searching import Search


@click.command(context_settings=words.CONTEXT)
@click.option("--stops", default="50,100,200,500", show_default=True, help=f"Sizes, with commas; from {FEWEST} up.")
@click.option("--days", type=click.IntRange(1), default=1, show_default=True, help="Days of each size.")
@words.seconds_option(10.0)
@words.cores_option
@words.against_option("ortools,relaxed")
@click.option("--rules", default="", help="Rules whose price is asked, with commas; all by default.")
@click.option("--reference-seconds", type=words.POSITIVE, help="Search so long for gaps.")
@words.seed_option
@words.json_option
def main(
    stops: str,
    days: int,
    seconds: float,
    cores: int,
    against: str,
    rules: str,
    reference_seconds: float | None,
    seed: int,
    json_file: Path | None,
) -> None:
    """Plan made-up days of a recycling company that use every rule there is, and hold our plans against others.

    \b
    First look, a minute:
      python -m benchmarks.everyday --stops 50 --seconds 5 --against ortools
    Is a plan after ten seconds as good as one after ten minutes?
      python -m benchmarks.everyday --stops 100 --days 3 --seconds 10 --cores 2 --against '' \\
        --reference-seconds 600
    What do promised hours, breaks and closed zones cost?
      python -m benchmarks.everyday --stops 200 --seconds 30 --cores 2 --against relaxed \\
        --rules windows,breaks,'closed zones'

    \b
    Engines   ours       routing.solve
              ortools    its routing library as routing.solve.ortools states the day, one process
                         a core, each with another way to its own first plan; the best counts.
                         What its plan breaks is mended by leaving out
              relaxed    ours on the day without one rule, for each rule: the price of the rule
              reference  ours for --reference-seconds

    The same size and number always give the same day: places and roads are those of data/geo, with traffic by the hour.
    Each engine searches for --seconds in a process of its own; loading and compiled code are not counted. Every plan is
    judged by routing.check. cost is in fen with the prizes of stops left out; cheaper is the share by which our plan
    costs less (a peer that leaves out required stops, which is not valid, pays their prizes); price is the cost under
    the rule over that without it, less 1 (negative for what helps, such as overtime); gap is the share above the best
    plan of the day in the run; lost counts stops that the peer serves and we leave out. Shares in JSON are 0.01 for 1
    %. A dash (JSON: null) is something a run did not produce; see the note.
    """
    with words.faults_told("everyday"):
        sizes = words.sizes_of(stops, FEWEST)
        peers = words.known_words(against, PEERS, "--against")
        priced = words.known_words(rules, WITHOUT, "--rules") or list(WITHOUT)
        options = Options(peers, priced, reference_seconds, Search(seconds, words.cores_of(cores), seed))
        words.must_be_writable(json_file)
        with tempfile.TemporaryDirectory(prefix="everyday-") as work:
            REPORT.show(_comparisons(sizes, days, options, Path(work)), json_file)


def _comparisons(sizes: Sequence[int], days: int, options: Options, work: Path) -> Iterator[Comparison]:
    for size in sizes:
        for day in range(1, days + 1):
            yield Comparison(size, day, options, work / f"{size}-{day}", words.say)


if __name__ == "__main__":
    main()
