"""``python -m benchmarks.routing``: our plans beside other people's, on public instances, judged by `routing.check`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks import words
from benchmarks.instances.finding import find, load
from benchmarks.interpreters import peer_pythons
from benchmarks.routing_comparison import PEERS, Comparison, Options
from benchmarks.routing_table import REPORT
from benchmarks.searching import Search


@click.command(context_settings=words.CONTEXT)
@click.argument("paths", metavar="FOLDER ..", nargs=-1, required=True, type=click.Path(path_type=Path))
@words.seconds_option(60.0)
@words.cores_option
@words.against_option("pyvrp,ortools")
@click.option("--limit", type=click.IntRange(1), help="At most so many instances a family, spread over sizes.")
@words.seed_option
@click.option("--solutions", type=click.Path(path_type=Path, file_okay=False), help="Write our plans into this folder.")
@words.peer_python_option
@words.json_option
def main(
    paths: Sequence[Path],
    seconds: float,
    cores: int,
    against: str,
    limit: int | None,
    seed: int,
    solutions: Path | None,
    peer_python: Sequence[str],
    json_file: Path | None,
) -> None:
    """Let our engine and other people's solve the same instances, one after the other, in the same time.

    \b
    FOLDER is one of
      a family                 files .vrp in the VRPLIB dialect of PyVRP's instances (CVRP, VRPB,
                               VRPTW, PCVRPTW, HFVRP, MDVRPTW, SDVRPTW, MTVRPTWR), or files
                               .vrpsdptw of VRPSPDTW
      a folder of families     all of them
      a file                   this instance alone

    \b
    First look, a minute or two:
      python -m benchmarks.routing instances/MTVRPTWR --limit 2 --seconds 10 --against ortools
    Two instances of each family beside PyVRP from another interpreter:
      python -m benchmarks.routing instances --limit 2 --seconds 60 --cores 2 \\
        --against pyvrp,ortools --peer-python ~/peers/bin/python --json routing.json
    Does our judge agree with the best known solutions beside the instances?
      python -m benchmarks.routing instances --seconds 1 --against known

    \b
    Engines   ours      routing.solve
              pyvrp     its search with as many seeds as cores; the best counts
              ortools   its routing library by guided local search from as many first plans as
                        cores; the best counts. No loading again on the way
              vroom     its threads; ends by itself. CVRP, VRPTW, HFVRP and VRPSPDTW only
              known     no engine: the file INSTANCE.sol beside the instance, judged like a plan

    best_known.tsv in the family's folder or the one above it has columns family, instance, rounding and upper. Without
    a line there, the rounding is the usual one of the file's TYPE (round for CVRP and VRPB; exact for HFVRP, MDVRPTW
    and SDVRPTW; dimacs for the others) and best_known and gap stay empty.

    Each engine searches for --seconds in a process of its own; reading the instance is not counted. Every plan is
    timed, priced and judged by us: valid means that routing.check finds nothing against it, and only a valid plan has a
    gap. gap is a share in JSON (0.01 = 1 %). cost counts the integers of the rounding convention, and thousandths for
    VRPSPDTW. The means close the table: gap_to_pyvrp is the mean gap divided by pyvrp's on the same instances,
    cost_to_pyvrp the mean of the costs divided by pyvrp's. A dash (JSON: null) is something a run did not produce; see
    the note.

    --solutions writes FOLDER/FAMILY/INSTANCE.sol in the form of the files beside the instances: a line
    'Route #1: 5 9 0 3' for each vehicle, a 0 between clients being a stop to load again, then 'Cost: ..'.

    Environment: ROADS_PEER_PYTHON names interpreters like --peer-python, with ':' between them.
    """
    with words.faults_told("routing"):
        options = Options(
            words.known_words(against, PEERS, "--against"),
            peer_pythons(peer_python),
            solutions,
            Search(seconds, words.cores_of(cores), seed),
        )
        sources = find(paths, limit)
        words.must_be_writable(json_file)
        for source in sources:
            load(source.path, source.rounding)  # a damaged file is told before hours are spent
        with tempfile.TemporaryDirectory(prefix="routing-") as work:
            REPORT.show(
                (
                    Comparison(source, options, Path(work) / str(number), words.say)
                    for number, source in enumerate(sources, 1)
                ),
                json_file,
            )


if __name__ == "__main__":
    main()
