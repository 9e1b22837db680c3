"""What the tags and members of one turn restriction say.

Source: https://wiki.openstreetmap.org/wiki/Relation:restriction and Conditional_restrictions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

WORDS = frozenset(
    {"no_left_turn", "no_right_turn", "no_straight_on", "no_u_turn", "no_entry", "no_exit"}
    | {"only_left_turn", "only_right_turn", "only_straight_on", "only_u_turn"}
)
BINDING = ("", "motor_vehicle", "goods", "hgv")
"""``restriction:hgv`` binds heavy trucks alone; one for buses, cars or bicycles alone binds no truck."""

Member = tuple[str, int, str]
"""Type (``n``, ``w``, ``r``), id, role."""

_WORD_AT = re.compile(r"([a-z_]+)\s*@")
_HOURS = ("day_on", "day_off", "hour_on", "hour_off")


class Saying(NamedTuple):
    """One word of a relation: for whom, and when (see `routing.roads.turn_rules.TurnRule`)."""

    kind: str
    binds: str
    condition: str


class Restriction(NamedTuple):
    """A relation whose word is known and whose members are there; ids of OpenStreetMap."""

    relation: int
    sayings: tuple[Saying, ...]
    exempt: frozenset[str]
    start: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    end: tuple[int, ...]


def read_restriction(
    relation: int, tags: Mapping[str, str], members: Iterable[Member]
) -> tuple[Restriction | None, str]:
    """Read a relation; without a restriction, give the reason why it cannot be one.

    Reasons: ``other-vehicles`` (binds no truck), ``unknown-word``, ``incomplete`` (no from, via or to),
    ``unclear`` (via is neither one node nor ways only, or one of several ``to`` is the only way allowed).
    """
    sayings = tuple(_sayings(tags))
    if not sayings:
        binds_others = any(key.startswith("restriction:") for key in tags) and "restriction" not in tags
        return None, "other-vehicles" if binds_others and not _said(tags) else "unknown-word"
    by_role: dict[str, list[tuple[str, int]]] = {"from": [], "via": [], "to": []}
    for kind, number, role in members:
        by_role.get(role, []).append((kind, number))
    start = tuple(number for kind, number in by_role["from"] if kind == "w")
    end = tuple(number for kind, number in by_role["to"] if kind == "w")
    nodes = [number for kind, number in by_role["via"] if kind == "n"]
    ways = tuple(number for kind, number in by_role["via"] if kind == "w")
    if not start or not end or not by_role["via"]:
        return None, "incomplete"
    if len(nodes) + bool(ways) != 1:
        return None, "unclear"
    if len(set(end)) > 1 and any(saying.kind.startswith("only_") for saying in sayings):
        return None, "unclear"
    exempt = frozenset(word for word in re.split(r"[;,\s]+", tags.get("except", "")) if word)
    return Restriction(relation, sayings, exempt, start, nodes[0] if nodes else None, ways, end), ""


def _said(tags: Mapping[str, str]) -> Iterable[str]:
    """Give the keys that could bind a truck."""
    keys = [f"restriction:{binds}".rstrip(":") for binds in BINDING]
    return [key for key in (*keys, *(f"{key}:conditional" for key in keys)) if key in tags]


def _sayings(tags: Mapping[str, str]) -> Iterable[Saying]:
    for binds in BINDING:
        key = f"restriction:{binds}".rstrip(":")
        word = tags.get(key, "").strip()
        if word in WORDS:
            yield Saying(word, binds, " ".join(tags[name] for name in _HOURS if name in tags))
        parts = _WORD_AT.split(tags.get(f"{key}:conditional", ""))
        for conditional, condition in zip(parts[1::2], parts[2::2], strict=True):
            if conditional in WORDS and conditional != word:
                yield Saying(conditional, binds, condition.strip(" ;").removeprefix("(").removesuffix(")").strip())
