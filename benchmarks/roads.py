"""``python -m benchmarks.roads``: our road networks and travel times beside other people's."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from benchmarks import networks
from benchmarks.cases import sizes
from benchmarks.comparison import CASES, OURS, Comparison, Options
from benchmarks.interpreters import peer_pythons
from benchmarks.table import as_json, means, table, with_ratios
from routing.errors import InputError

PEERS = [engine for engine in CASES if engine not in OURS]
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.command(context_settings=CONTEXT)
@click.argument("paths", metavar="NETWORK ..", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--points", default="200,1000,2000", show_default=True, help="Matrices: N is N x N; RxC also goes.")
@click.option("--against", default=",".join(PEERS), show_default=True, help="Peers, with commas; '' for none.")
@click.option("--cores", default="1", show_default=True, help="Cores an engine may use; 1,2 measures both.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="End an engine whose case takes longer.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of points, pairs, closures, turns.")
@click.option("--limit", type=click.IntRange(1), help="At most so many networks, spread over sizes.")
@click.option("--repeat", type=click.IntRange(1), default=3, show_default=True, help="Times a case under 5 s is run.")
@click.option("--turns", type=click.IntRange(0), help="Junctions with a random forbidden turn.  [default: 2 % of them]")
@click.option("--peer-python", multiple=True, metavar="PATH", help="Interpreter with peers; may be given again.")
@click.option("--work", type=click.Path(path_type=Path, file_okay=False), help="Keep all files in this folder.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the rows here too.")
def main(
    paths: Sequence[Path],
    points: str,
    against: str,
    cores: str,
    seconds: float | None,
    seed: int,
    limit: int | None,
    repeat: int,
    turns: int | None,
    peer_python: Sequence[str],
    work: Path | None,
    json_file: Path | None,
) -> None:
    """Measure our roads beside other people's, on the same network, points and machine.

    \b
    NETWORK is one of
      FILE.osm.pbf             an OpenStreetMap extract; its import is measured too
      FILE.gpkg                a road layer that 'recycling roads import' has made
      FILE-t.NAME.gr.gz        a network of the 9th DIMACS Challenge; FILE-d.NAME.gr.gz
                               and FILE-d.NAME.co.gz must be beside it
      FOLDER                   all networks in it

    \b
    First look, a minute:
      python -m benchmarks.roads andorra.osm.pbf --points 200,1000 --against scipy
    All that is installed here and in another interpreter:
      python -m benchmarks.roads andorra.osm.pbf --peer-python ~/peers/bin/python
    A city of 264,000 junctions, half an hour:
      python -m benchmarks.roads USA-road-t.NY.gr.gz --points 200,1000,2000,50000x200 \\
        --cores 1,2 --peer-python ~/peers/bin/python --json roads.json

    \b
    Engines   ours          our network without turn restrictions
              ours-turns    with those of the layer, and its roads that are closed to through
                            traffic; a DIMACS network gets random ones
              scipy         Dijkstra; the travel times that all others are held against
              pandana, osrm, pyroutingkit, pyrosm   whatever can be found; see --peer-python
    Cases     import        extract to layer; pyrosm: to a graph. Loading the libraries counts
              prepare       layer or arrays to a network on disk (osrm: all its programs;
                            scipy, pandana: in memory)
              open          from disk to memory
              customise     new travel times everywhere
              closure K     close K random roads until the next matrix can be asked for
              closure K, then RxC   that matrix
              matrix RxC    travel times between junctions of the largest connected part.
                            Ours takes their coordinates, finds the road, gives metres
                            too; osrm finds the road too; the others are given the node.
                            osrm's lists are turned into an array
              paths N       N single ways with their lines

    Each engine runs in a process of its own, on so many cores. A case under 5 seconds is run --repeat times and the
    shortest counts, a longer one once. peak_mb is the most that the process, with all it has loaded, held during the
    case. edges are arcs in one direction. ratio is seconds divided by those of 'ours'. disagreements are pairs whose
    travel time is not scipy's: to the millisecond, ours to the whole second it rounds up to; for ours-turns a few rows
    are held against a search over all turns. A dash (JSON: null) was not measured, see the note.

    Environment: ROADS_PEER_PYTHON names interpreters like --peer-python, with ':' between them.
    """
    try:
        found = networks.find(paths, limit)
        options = Options(
            sizes=sizes(points),
            against=_peers(against),
            pythons=peer_pythons(peer_python),
            cores=_cores(cores),
            seconds=seconds,
            seed=seed,
            repeat=repeat,
            turns=turns,
        )
        if json_file is not None and not json_file.absolute().parent.is_dir():
            raise InputError("no-folder", "There is no folder for %(file)s. Make it first.", file=json_file)
        rows, versions = [], {}
        with _folder(work) as folder:
            for number, source in enumerate(found, 1):
                comparison = Comparison(source, options, folder / f"{number}-{source.name}", _say)
                rows += comparison.run()
                versions |= comparison.versions
    except InputError as error:
        click.echo(f"roads: {error}", err=True)
        sys.exit(2)
    rows = with_ratios(rows)
    click.echo(table(rows))
    click.echo(means(rows))
    if json_file is not None:
        json_file.write_text(as_json(rows, sys.argv[1:], versions))


def _peers(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in PEERS:
            raise InputError(
                "no-such-peer", "--against knows %(all)s, not '%(name)s'.", all=", ".join(PEERS), name=name
            )
    return list(dict.fromkeys(names))


def _cores(text: str) -> list[int]:
    have = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and 1 <= int(word) <= have for word in words):
        raise InputError(
            "bad-cores",
            "--cores takes numbers from 1 to %(have)s, the cores here, not '%(text)s'.",
            have=have,
            text=text,
        )
    return list(dict.fromkeys(map(int, words)))


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    if work is None:
        with tempfile.TemporaryDirectory(prefix="roads-") as folder:
            yield Path(folder)
    else:
        work.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix="roads-", dir=work)).resolve()


def _say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
