"""``python -m benchmarks.routing``: our plans beside other people's, on public instances, judged by `routing.check`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.instances.finding import find, load
from benchmarks.interpreters import peer_pythons
from benchmarks.routing_comparison import PEERS, Comparison, Options
from benchmarks.routing_table import as_json, means, table
from benchmarks.words import cores_of, known_words, say
from routing.errors import InputError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.command(context_settings=CONTEXT)
@click.argument("paths", metavar="FOLDER ..", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True, help="Search.")
@click.option("--cores", type=click.IntRange(1), default=1, show_default=True, help="Cores an engine may use.")
@click.option("--against", default="pyvrp,ortools", show_default=True, help="Peers, with commas; '' for none.")
@click.option("--limit", type=click.IntRange(1), help="At most so many instances a family, spread over sizes.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the searches.")
@click.option("--solutions", type=click.Path(path_type=Path, file_okay=False), help="Write our plans into this folder.")
@click.option("--peer-python", multiple=True, metavar="PATH", help="Interpreter with peers; may be given again.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the rows here too.")
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
    try:
        options = Options(
            known_words(against, PEERS, "--against"),
            peer_pythons(peer_python),
            seconds,
            cores_of(cores),
            seed,
            solutions,
        )
        sources = find(paths, limit)
        if json_file is not None and not json_file.absolute().parent.is_dir():
            raise InputError("no-folder", "There is no folder for %(file)s. Make it first.", file=json_file)
        for source in sources:
            load(source.path, source.rounding)  # a damaged file is told before hours are spent
        rows, versions = [], {}
        with tempfile.TemporaryDirectory(prefix="routing-") as work:
            for number, source in enumerate(sources, 1):
                comparison = Comparison(source, options, Path(work) / str(number), say)
                rows += comparison.run()
                versions |= comparison.versions
                if json_file is not None:
                    json_file.write_text(as_json(rows, sys.argv[1:], versions))
    except InputError as error:
        click.echo(f"routing: {error}", err=True)
        sys.exit(2)
    click.echo(table(rows))
    click.echo()
    click.echo(table(means(rows)))


if __name__ == "__main__":
    main()
