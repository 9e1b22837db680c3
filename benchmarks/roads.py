"""``python -m benchmarks.roads``: our road networks and travel times beside other people's."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from benchmarks import networks, words
from benchmarks.cases import sizes
from benchmarks.comparison import CASES, OURS, Comparison, Options
from benchmarks.interpreters import peer_pythons
from benchmarks.table import as_json, means, table, with_ratios
from routing.errors import InputError

PEERS = [engine for engine in CASES if engine not in OURS]


@click.command(context_settings=words.CONTEXT)
@click.argument("paths", metavar="NETWORK ..", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--points", default="200,1000,2000", show_default=True, help="Matrices: N is N x N; RxC also goes.")
@words.against_option(",".join(PEERS))
@click.option("--cores", default="1", show_default=True, help="Cores an engine may use; 1,2 measures both.")
@click.option("--seconds", type=words.POSITIVE, help="End an engine whose case takes longer.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of points, pairs, closures, turns.")
@click.option("--limit", type=click.IntRange(1), help="At most so many networks, spread over sizes.")
@click.option("--repeat", type=click.IntRange(1), default=3, show_default=True, help="Times a case under 5 s is run.")
@click.option("--turns", type=click.IntRange(0), help="Junctions with a random forbidden turn.  [default: 2 % of them]")
@words.peer_python_option
@click.option("--work", type=click.Path(path_type=Path, file_okay=False), help="Keep all files in this folder.")
@words.json_option
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
    with words.faults_told("roads"):
        found = networks.find(paths, limit)
        options = Options(
            sizes=sizes(points),
            against=words.known_words(against, PEERS, "--against"),
            pythons=peer_pythons(peer_python),
            cores=_cores(cores),
            seconds=seconds,
            seed=seed,
            repeat=repeat,
            turns=turns,
        )
        words.must_be_writable(json_file)
        rows, versions = [], {}
        with _folder(work) as folder:
            for number, source in enumerate(found, 1):
                comparison = Comparison(source, options, folder / f"{number}-{source.name}", words.say)
                rows += comparison.run()
                versions |= comparison.versions
    rows = with_ratios(rows)
    click.echo(table(rows))
    click.echo(means(rows))
    if json_file is not None:
        json_file.write_text(as_json(rows, sys.argv[1:], versions))


def _cores(text: str) -> list[int]:
    have, asked = words.cores_here(), [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and 1 <= int(word) <= have for word in asked):
        raise InputError(
            "bad-cores",
            "--cores takes numbers from 1 to %(have)s, the cores here, not '%(text)s'.",
            have=have,
            text=text,
        )
    return list(dict.fromkeys(map(int, asked)))


@contextmanager
def _folder(work: Path | None) -> Iterator[Path]:
    if work is None:
        with tempfile.TemporaryDirectory(prefix="roads-") as folder:
            yield Path(folder)
    else:
        work.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix="roads-", dir=work)).resolve()


if __name__ == "__main__":
    main()
