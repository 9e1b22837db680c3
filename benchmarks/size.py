"""``python -m benchmarks.size``: thousands of stops: what a short search lacks, how much memory it takes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from benchmarks import words
from benchmarks.days import FEWEST
from benchmarks.searching import Search
from benchmarks.size_comparison import DAYS, REPORT, Comparison, Options
from routing.errors import InputError
from routing.solve.executors import KINDS


@click.command(context_settings=words.CONTEXT)
@click.option("--stops", default="2000", show_default=True, help=f"Sizes, with commas; from {FEWEST} up.")
@click.option("--days", type=click.Choice(list(DAYS)), default="week", show_default=True, help="What is planned.")
@words.seconds_option(60.0)
@click.option("--reference", type=words.POSITIVE, help="Search so long as well, for the gap.")
@words.cores_option
@click.option("--executor", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="Who searches pieces.")
@click.option("--cluster", default="", metavar="ADDRESS", help="Of a Dask scheduler, with --executor dask.")
@words.seed_option
@words.json_option
def main(
    stops: str,
    days: str,
    seconds: float,
    reference: float | None,
    cores: int,
    executor: str,
    cluster: str,
    seed: int,
    json_file: Path | None,
) -> None:
    """Plan made-up days of thousands of stops.

    \b
    First look, a minute:
      python -m benchmarks.size --stops 500 --seconds 10
    Is a plan after a minute as good as one after ten?
      python -m benchmarks.size --stops 2000 --seconds 60 --reference 600 --cores 2
    A prefecture's week, on processes:
      python -m benchmarks.size --stops 10000 --seconds 600 --cores 2 --executor processes

    \b
    Days  week      towns of a whole prefecture for five days, with several depots and centres, and
                    other vehicles every day
          everyday  the core of a city under every rule; bounds of sites and balance of hours tie
                    all routes together
          apart     the same without these two, so that it can be searched in pieces

    The same size always gives the same day. Each search runs in a process of its own that reads the day from a file;
    seconds are those of routing.solve.solve, with preparing and finishing but without loading compiled code and
    starting other processes. Every plan is judged by routing.check. cost is in fen with the prizes of stops left out
    (unserved), required are those of them that must be served; gap is the cost over that of the search of --reference
    seconds, less 1, in JSON 0.01 for 1 %. peak_mb is the most memory of all processes together, those of a cluster
    elsewhere not among them. A dash (JSON: null) is something a run did not produce; see the note.
    """
    with words.faults_told("size"):
        sizes = words.sizes_of(stops, FEWEST)
        if cluster and executor != "dask":
            raise InputError("bad-cluster", "--cluster goes with --executor dask.")
        options = Options(days, reference, executor, cluster, Search(seconds, words.cores_of(cores), seed))
        words.must_be_writable(json_file)
        with tempfile.TemporaryDirectory(prefix="size-") as work:
            REPORT.show((Comparison(n, options, Path(work) / str(n), words.say) for n in sizes), json_file)


if __name__ == "__main__":
    main()
