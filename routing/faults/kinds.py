"""Whether every value of a record is of the kind that its type hints promise."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, partial
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

LARGEST = 2**31 - 1
"""No number of a problem may be larger: sums and products of them must fit the 64 bits that engines count with."""


def wrong_kinds(record: Any, largest: int | None = None) -> Iterable[str]:
    """Name every value of the wrong kind inside a dataclass with its path; whole numbers up to ``largest``."""
    return _record(type(record), record, "", largest)


Judge = Callable[[Any, str, int | None], Iterable[str]]
"""Called with a value, its path and the largest whole number; names what is of the wrong kind."""


def short(value: Any) -> str:
    """Show a value in at most 40 characters."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "this"
    return text if len(text) <= 40 else text[:37] + "..."


@cache
def hints(kind: Any) -> dict[str, Any]:
    """Return the type hints of a dataclass by the names of its fields."""
    return get_type_hints(kind)


@cache
def _judge(kind: Any) -> Judge:
    """Return what judges values of a kind."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return partial(_plain, kind)
    if origin in (Union, types.UnionType):
        return partial(_either, [_judge(one) for one in inner if one is not type(None)], type(None) in inner)
    if is_dataclass(kind):
        return partial(_record, kind)
    if kind == NDArray[np.int32]:
        return _table
    if origin is tuple:
        return partial(_tuple, inner[0], _judge(inner[0]))
    if origin is frozenset:
        return partial(_set, _judge(inner[0]))
    if origin is Literal:
        return partial(_literal, inner)
    return partial(_mapping, _judge(inner[0]), _judge(inner[1]))


def _record(kind: Any, value: Any, path: str, largest: int | None) -> Iterable[str]:
    if not isinstance(value, kind):
        yield f"{path}: {short(value)} is no {kind.__name__}"
        return
    at = f"{path}." if path else ""
    for name, judge, default in _fields(kind):
        item = getattr(value, name)
        if item is not default:
            yield from judge(item, at + name, largest)


@cache
def _fields(kind: Any) -> list[tuple[str, Judge, Any]]:
    return [(f.name, _judge(hints(kind)[f.name]), f.default) for f in fields(kind)]


def _plain(kind: Any, value: Any, path: str, largest: int | None) -> Iterable[str]:
    known = (int, float) if kind is float else kind
    if not isinstance(value, known) or (isinstance(value, bool) and kind is not bool):
        return (f"{path}: {short(value)} is no {_PLAIN[kind]}",)
    if kind is int and largest is not None and abs(value) > largest:
        return (f"{path}: {short(value)} is larger than {largest}",)
    return ()


def _either(judges: list[Judge], none: bool, value: Any, path: str, largest: int | None) -> Iterable[str]:
    if value is None and none:
        return ()
    found = [list(judge(value, path, largest)) for judge in judges]
    return found[0] if all(found) else ()


def _table(value: Any, path: str, largest: int | None) -> Iterable[str]:
    right = isinstance(value, np.ndarray) and value.dtype == np.int32 and value.ndim == 2
    return () if right else (f"{path}: is no table of whole numbers of 32 bits",)


def _tuple(kind: Any, judge: Judge, value: Any, path: str, largest: int | None) -> Iterable[str]:
    if not isinstance(value, tuple):
        yield f"{path}: {short(value)} is no tuple"
        return
    if kind is int and largest is not None and all(type(item) is int and abs(item) <= largest for item in value):
        return  # loads, of which there are many
    for i, item in enumerate(value):
        yield from judge(item, f"{path}[{i}]", largest)


def _set(judge: Judge, value: Any, path: str, largest: int | None) -> Iterable[str]:
    if not isinstance(value, frozenset):
        yield f"{path}: {short(value)} is no frozenset"
        return
    for item in value:
        yield from judge(item, path, largest)


def _literal(words: tuple[Any, ...], value: Any, path: str, largest: int | None) -> Iterable[str]:
    return () if value in words else (f"{path}: {short(value)} is none of {', '.join(map(str, words))}",)


def _mapping(names: Judge, items: Judge, value: Any, path: str, largest: int | None) -> Iterable[str]:
    if not isinstance(value, Mapping):
        yield f"{path}: {short(value)} is no table of names"
        return
    for key, item in value.items():
        yield from names(key, path, largest)
        yield from items(item, f"{path}[{short(key)}]", largest)


_PLAIN = {int: "whole number", float: "number", str: "text", bool: "yes or no"}
