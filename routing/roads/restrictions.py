"""The table ``restrictions`` of a road layer: turn rules, a row each."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routing.errors import InputError
from routing.roads.turn_rules import Move, TurnRule

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

COLUMNS = {
    "restriction_id": "INTEGER PRIMARY KEY",
    "relation": "INTEGER",
    "kind": "TEXT NOT NULL",
    "moves": "TEXT NOT NULL",
    "exempt": "TEXT",
    "binds": "TEXT",
    "condition": "TEXT",
}
"""``moves`` is such as ``+12 -15``: edge ids in the order driven, + from u to v, - from v to u. The others are as in
`routing.roads.turn_rules.TurnRule`; ``exempt`` holds several vehicles with ``;`` between them."""

_KIND = re.compile(r"(?:no|only)_[a-z_]+")
_MOVES = re.compile(r"[+-]\d{1,18}(?: [+-]\d{1,18})+")


class Moves(dict[int, list[Move]]):
    """Old id of each edge to what is driven now from its u to its v; nothing where it was dropped."""

    def __deepcopy__(self, memo: object) -> Moves:
        """Give itself: pandas copies a table's attrs with every column, and nobody changes this there."""
        return self


def rows(rules: Iterable[TurnRule]) -> Iterator[tuple[Any, ...]]:
    """Give the rows of the table, in the order of `COLUMNS`."""
    for number, rule in enumerate(rules):
        moves = " ".join(f"{'+' if along else '-'}{edge}" for edge, along in rule.moves)
        exempt = ";".join(sorted(rule.exempt))
        yield number, rule.relation, rule.kind, moves, exempt or None, rule.binds or None, rule.condition or None


def read_rules(path: Path, edges: GeoDataFrame) -> list[TurnRule]:
    """Read the turn rules of a layer; none where the layer has no such table.

    Parameters
    ----------
    edges
        The layer as `routing.roads.layer.read_layer` gives it: where ids of edges were changed while reading,
        the moves are changed with them.

    Raises
    ------
    InputError
        When a row names an edge that is not there, drives roads that do not join, or is no rule at all.
    """
    path = Path(path)
    try:
        rules = list(_rules(path))
    except sqlite3.DatabaseError as error:
        raise InputError(
            "layer-not-geopackage",
            "%(file)s: the table 'restrictions' cannot be read (%(detail)s). Import the roads again.",
            file=path.name,
            detail=str(error),
        ) from error
    return settled(rules, edges, path.name, edges.attrs.get("renumbered"))


def settled(rules: Sequence[TurnRule], edges: GeoDataFrame, file: str, moves: Moves | None = None) -> list[TurnRule]:
    """Give the rules with the edges' present ids, and refuse those over roads that do not join.

    A rule over an edge that was dropped holds nothing any more and goes too.

    Parameters
    ----------
    moves
        Where ids of edges were changed: the rules still have the old ones.
    """
    tail = dict(zip(edges["edge_id"].tolist(), edges["u"].tolist(), strict=True))
    head = dict(zip(edges["edge_id"].tolist(), edges["v"].tolist(), strict=True))
    found = []
    for row, rule in enumerate(rules, start=1):
        for edge, _ in rule.moves:
            if edge not in (tail if moves is None else moves):
                raise _wrong(file, row, f"names edge {edge}, which is not in 'edges'", "moves")
        driven = rule.moves if moves is None else _driven(rule.moves, moves)
        for (a, along_a), (b, along_b) in pairwise(driven):
            if (head if along_a else tail)[a] != (tail if along_b else head)[b]:
                raise _wrong(file, row, f"drives from edge {a} to edge {b}, which do not join that way", "moves")
        if driven:
            found.append(replace(rule, moves=driven))
    return found


def _driven(old: Sequence[Move], moves: Moves) -> tuple[Move, ...]:
    now = [moves[edge] if along else [(e, not way) for e, way in reversed(moves[edge])] for edge, along in old]
    if not all(now):
        return ()
    now[0], now[-1] = now[0][-1:], now[-1][:1]  # of an edge cut in two, the half at the junction counts
    return tuple(move for part in now for move in part)


def _rules(path: Path) -> Iterator[TurnRule]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        found = [row[1] for row in database.execute("PRAGMA table_info(restrictions)")]
        if not found:
            return
        if missing := [name for name in COLUMNS if name not in found]:
            raise InputError(
                "layer-columns",
                "%(file)s: the table 'restrictions' lacks the columns %(columns)s. Import the roads again.",
                file=path.name,
                columns=", ".join(missing),
            )
        names = ", ".join(COLUMNS)
        for row, values in enumerate(database.execute(f"SELECT {names} FROM restrictions ORDER BY 1"), start=1):
            yield _rule(values, path.name, row)


def _rule(values: Sequence[Any], file: str, row: int) -> TurnRule:
    _, relation, kind, moves, exempt, binds, condition = values
    if not isinstance(relation, int):
        raise _wrong(file, row, "is not a whole number", "relation")
    if not _KIND.fullmatch(str(kind)):
        raise _wrong(file, row, "is neither no_.. nor only_..", "kind")
    if not _MOVES.fullmatch(str(moves)):
        raise _wrong(file, row, "is not two or more edges such as +12 -15", "moves")
    return TurnRule(
        relation=relation,
        kind=kind,
        moves=tuple((int(move[1:]), move[0] == "+") for move in moves.split()),
        exempt=frozenset(word.strip() for word in str(exempt or "").split(";") if word.strip()),
        binds=str(binds or ""),
        condition=str(condition or ""),
    )


def _wrong(file: str, row: int, wrong: str, column: str) -> InputError:
    return InputError(
        "layer-restriction",
        "%(file)s, row %(row)s of 'restrictions': %(column)s %(wrong)s. Mend or delete the row.",
        file=file,
        row=row,
        column=column,
        wrong=wrong,
    )
